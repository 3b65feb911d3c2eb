from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from ministry.ops.fault import NO_ROOM, full_disk
from ministry.static_files import collect_if_changed

# What PostgreSQL says when its disk is used up.
DISK_FULL = "53100"


class Command(BaseCommand):
    """Brings everything the code needs up to date, in one process; run before every start."""

    help = (
        "Migrate, load reference data, compile translations and collect static files; "
        "where demo people are allowed, an empty registry gets the demo ministry."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave an empty registry empty")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._prepare(**options)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise CommandError(str(full_disk(Path(error.filename or settings.DATA_DIR)))) from error
            raise
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) == DISK_FULL:
                raise CommandError(
                    "The disk of the database is full; free some space there, then start again."
                ) from error
            raise

    def _prepare(self, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write("Database: up to date")
        call_command("load_reference_data")
        call_command("catalogue", compile=True)
        self.stdout.write(f"Static files: {'collected' if collect_if_changed() else 'up to date'}")
        if settings.DEMO and not options["no_demo"]:
            self._build_demo()

    def _build_demo(self) -> None:
        """Fill an empty registry, or go on with an interrupted demo; leave any other registry alone."""
        unfinished = Path(settings.DATA_DIR) / "demo-unfinished"
        if not unfinished.exists() and apps.get_model("beneficiaries", "Household").objects.exists():
            return
        self.stdout.write("Building the demo ministry …")
        self.stdout.flush()
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        call_command("demo")
        unfinished.unlink()
