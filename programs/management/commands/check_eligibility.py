"""Check who is eligible for a programme, as the nightly check does, and write the decisions to a file."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ministry import jobs
from ministry.exceptions import DomainError
from ministry.models import Job
from programs.models import EligibilityRun, Program
from programs.queries.decisions import EXPORT_COLUMNS, export_rows
from programs.services.eligibility import start_eligibility_check


class Command(BaseCommand):
    help = "Check every household of the register against the version of a programme in force on a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", help="code of the programme, e.g. takaful")
        parser.add_argument("--on", type=_day, help="day of the check, YYYY-MM-DD (default: today)")
        parser.add_argument("--export", type=Path, help="CSV file for the decisions: " + ",".join(EXPORT_COLUMNS))

    def handle(self, *, program: str, on: dt.date | None, export: Path | None, **_options: Any) -> None:
        if export is not None and not export.parent.is_dir():
            raise CommandError(_("There is no folder {folder}.").format(folder=export.parent))
        found = Program.objects.filter(code=program).first()
        if found is None:
            codes = ", ".join(Program.objects.values_list("code", flat=True))
            raise CommandError(
                _("There is no programme “{code}”. Known are: {codes}.").format(code=program, codes=codes or "—")
            )
        try:
            job = start_eligibility_check(program=found, actor=None, on_date=on)
            jobs.run_now(job, on_progress=self._report)
        except DomainError as error:
            raise CommandError(error.message) from error
        run = EligibilityRun.objects.get(job=job)
        self.stdout.write(
            f"run {run.pk} on {run.on_date}: {run.eligible} eligible, {run.not_eligible} not eligible, "
            f"{run.needs_information} need information"
        )
        if export is not None:
            with export.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(EXPORT_COLUMNS)
                rows = 0
                for row in export_rows(run):
                    writer.writerow(row)
                    rows += 1
            self.stdout.write(f"{rows} decisions written to {export}")

    def _report(self, job: Job) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{job.done}/{job.total} {job.phase}", ending="")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(_("“{text}” is not a day. Write it as YYYY-MM-DD.").format(text=text)) from error
