from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ministry.translations import check_catalogues, compile_catalogues, own_apps, update_catalogue
from ministry.translations.extraction import owned_messages


class Command(BaseCommand):
    """Brings the Arabic catalogues in line with the sources; checks them; compiles them."""

    help = (
        "Collect translatable texts into APP/locale/ar, keeping what is translated, and compile. "
        "Name apps to touch only theirs."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("apps", nargs="*", help="apps whose catalogue is written (default: all)")
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--check", action="store_true", help="change nothing; list what is missing or wrong, exit 1")
        group.add_argument("--compile", action="store_true", help="only write compiled catalogues that are out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = set(options["apps"]) - set(own_apps())
        if unknown:
            raise CommandError(f"No such app: {', '.join(sorted(unknown))}. There are: {', '.join(own_apps())}.")
        chosen = [app for app in own_apps() if not options["apps"] or app in options["apps"]]
        if options["check"]:
            self._check()
            return
        if not options["compile"]:
            owned = owned_messages()
            for app in chosen:
                total, untranslated = update_catalogue(app, owned)
                self.stdout.write(f"{app}: {total} messages, {untranslated} not translated")
        self.stdout.write(f"{compile_catalogues(chosen)} catalogues compiled")

    def _check(self) -> None:
        problems = list(check_catalogues())
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            raise CommandError(f"The Arabic catalogues have {len(problems)} faults.")
        self.stdout.write("The Arabic catalogues are complete.")
