"""`manage.py rotate_vault_keys`: seal everything that is sealed with the first of VAULT_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from complaints.services.vault import keeping


class Command(BaseCommand):
    """Seal contacts, confidential cases and drafts anew with the first key. Can be stopped and begun again."""

    help = (
        "Seal everything that is sealed anew with the first of VAULT_KEYS. Put the new key in front, restart, run this;"
        " keys between the first and the last may go then. The last stays: PINs are marked with it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unopened = 0
        for table, sealed, lost in keeping.rotate():
            self.stdout.write(
                f"{table}: {sealed} rows sealed anew" + (f", {lost} not opened by any key" if lost else "")
            )
            unopened += lost
        if unopened:
            raise CommandError(
                f"{unopened} rows are sealed with a key that is not in VAULT_KEYS. Put it back and run this again."
            )
