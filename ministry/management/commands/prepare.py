from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from ministry.static_files import collect_if_changed


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
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write("Database: up to date")
        known = get_commands()
        for name in ("load_reference_data", "catalogue"):
            if name in known:
                call_command(name, **({"compile": True} if name == "catalogue" else {}))
        self.stdout.write(f"Static files: {'collected' if collect_if_changed() else 'up to date'}")
        if settings.DEMO and not options["no_demo"] and "demo" in known and self._registry_is_empty():
            self.stdout.write("Building the demo ministry …")
            self.stdout.flush()
            call_command("demo")

    def _registry_is_empty(self) -> bool:
        return not apps.get_model("beneficiaries", "Household").objects.exists()
