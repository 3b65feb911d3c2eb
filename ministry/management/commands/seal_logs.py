"""`manage.py seal_logs`: seal the logs up to this moment."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ministry import sealing


class Command(BaseCommand):
    """Seal what the audit trail, the disclosure log and the row history hold now; beat does it every minute."""

    help = "Seal the audit trail, the disclosure log and the row history up to this moment."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = sealing.seal_now()
        except TimeoutError as error:
            raise CommandError(f"{error} Try again when it has ended.") from error
        self.stdout.write(f"{count} entries sealed")
        for state in sealing.states():
            self.stdout.write(
                f"{state.log}: {state.sealed} sealed, {state.unsealed} waiting, {state.last_digest or '-'}"
            )
