"""Write a cycle's latest list for the paying agent to a file; makes the list where payments are ready."""

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ministry import audit, jobs
from ministry.exceptions import DomainError
from programs.models import PaymentFile
from programs.payments.operators import cycle_named, person
from programs.services.payment_files import FileAlreadyMade, make_payment_file


class Command(BaseCommand):
    help = "Write the list of a released payment cycle for the paying agent, with its control total and SHA-256."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cycle", help="number of the cycle, or PROGRAMME/YYYY-MM")
        parser.add_argument("--format", dest="file_format", default="xlsx", choices=["xlsx", "csv", "pain001"])
        parser.add_argument("--no-bom", action="store_true", help="CSV without the byte-order mark")
        parser.add_argument("--as", dest="username", default="", help="user name of the person who makes the file")
        parser.add_argument("--output", type=Path, help="where to write (default: the file's own name, here)")

    def handle(
        self, *, cycle: str, file_format: str, no_bom: bool, username: str, output: Path | None, **_options: Any
    ) -> None:
        chosen = PaymentFile.Format.CSV_PLAIN if file_format == "csv" and no_bom else file_format
        if output is not None and not output.parent.is_dir():
            raise CommandError(_("There is no folder {folder}.").format(folder=output.parent))
        found = cycle_named(cycle)
        actor = person(username, "programs.release_paymentcycle")
        try:
            job = jobs.run_now(make_payment_file(cycle=found, file_format=chosen, actor=actor, tell_worker=False))
            file = PaymentFile.objects.get(cycle=found, batch=job.params["batch"], format=chosen)
        except FileAlreadyMade as known:
            file = known.file
        except DomainError as error:
            raise CommandError(error.message) from error
        target = output or Path(file.document.filename)
        with file.document.file.open("rb") as source, target.open("wb") as written:
            shutil.copyfileobj(source, written)
        audit.disclose(reader=actor, subject=file.document, fields=["file"], channel="export")
        self.stdout.write(
            f"{target}: list {file.batch}, {file.lines} payments, {file.control_total} {found.currency}, "
            f"SHA-256 {file.sha256}"
        )
