"""`manage.py load_reference_data`: areas, calendars, roles, programmes … as shipped; safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from ministry import reference


class Command(BaseCommand):
    """Load what every portal needs. Adds what is missing; what administrators changed stays."""

    help = "Load areas, calendars, roles and the apps' reference data; adds what is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            for name, rows in reference.load_all().items():
                self.stdout.write(f"{name}: {rows} added or changed")
