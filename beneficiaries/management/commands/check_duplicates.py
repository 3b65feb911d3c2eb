"""`manage.py check_duplicates`: the same search as by night, from the console."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from beneficiaries.duplicates.model import in_force
from beneficiaries.duplicates.sweep import exported_pairs
from beneficiaries.models import DuplicateRun
from beneficiaries.services.duplicate_sweeps import start_duplicate_sweep
from ministry import jobs
from ministry.exceptions import DomainError
from ministry.models import Job

EXPORT_COLUMNS = ("person_a", "person_b", "probability", "band")


class Command(BaseCommand):
    help = "Look for people who are in the register twice, among what has changed since the last time or among all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--full", action="store_true", help="compare the whole register")
        parser.add_argument(
            "--export", type=Path, help="CSV file for all pairs that stand: " + ",".join(EXPORT_COLUMNS)
        )

    def handle(self, *, full: bool, export: Path | None, **_options: Any) -> None:
        if export is not None and not export.parent.is_dir():
            raise CommandError(_("There is no folder {folder}.").format(folder=export.parent))
        try:
            job = start_duplicate_sweep(full=full, tell_worker=False)
            jobs.run_now(job, on_progress=self._report)
        except DomainError as error:
            raise CommandError(error.message) from error
        job.refresh_from_db()
        run = DuplicateRun.objects.get(job=job)
        counts = ", ".join(f"{count} {name}" for name, count in job.result.items())
        kind = "full" if run.is_full else "incremental"
        self.stdout.write(f"run {run.pk} ({kind}, model {run.model_version}): {run.people} people, {counts}")
        if export is not None:
            with export.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(EXPORT_COLUMNS)
                rows = 0
                for row in exported_pairs(in_force()):
                    writer.writerow(row)
                    rows += 1
            self.stdout.write(f"{rows} pairs written to {export}")

    def _report(self, job: Job) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{job.done}/{job.total} {job.phase}", ending="")
