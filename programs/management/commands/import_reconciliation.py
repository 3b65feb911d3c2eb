"""Take in a paying agent's report and match it with the payments."""

from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count
from django.utils.translation import gettext as _

from ministry import jobs
from ministry.certain import certain
from ministry.exceptions import DomainError
from programs.payments.operators import person
from programs.services.reconciliation import PERMISSION, ReportAlreadyTakenIn, receive_report


class Command(BaseCommand):
    help = "Take in a paying agent's report (CSV or XLSX); the same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the report: payment_ref, status, amount[, paid_on, agent_ref]")
        parser.add_argument("--as", dest="username", default="", help="user name of the person who takes it in")

    def handle(self, *, file: Path, username: str, **_options: Any) -> None:
        if not file.is_file():
            raise CommandError(_("There is no file {file}.").format(file=file))
        actor = person(username, PERMISSION)
        try:
            with file.open("rb") as content:
                report = receive_report(upload=File(content, name=file.name), actor=actor, tell_worker=False)
            jobs.run_now(certain(report.job))
        except ReportAlreadyTakenIn as known:
            self.stdout.write(f"report {known.file.pk}: {known.message}")
            return
        except DomainError as error:
            raise CommandError(error.message) from error
        outcomes = report.rows.values_list("outcome").annotate(rows=Count("id")).order_by("outcome")
        total = report.rows.count()
        counts = ", ".join(f"{rows} {outcome}" for outcome, rows in outcomes)
        self.stdout.write(f"report {report.pk}: {total} rows, {counts}")
        for row in report.rows.queued().order_by("row_number").iterator():
            self.stdout.write(f"  row {row.row_number}: {row.ref_text} {row.get_problem_display()}")
