from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from ministry.demo import Demo, build, sign_ins
from ministry.exceptions import DomainError


class Command(BaseCommand):
    """Builds a believable ministry through the portal's own services. Running it again changes nothing."""

    help = "Build the demo ministry: staff for every role, a register, decisions, one paid and one open payment cycle."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--households", type=int, default=2000, help="size of the register (default 2000)")
        parser.add_argument("--seed", type=int, default=1, help="another number makes other people (default 1)")
        parser.add_argument("--truth", help="also write which rows are one person to this CSV file")
        parser.add_argument("--sign-ins", action="store_true", help="only print who can sign in, and the password")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo is refused here: its people and their password are public (setting DEMO).")
        if options["households"] < 1:
            raise CommandError("--households must be at least 1.")
        if options["sign_ins"]:
            self._print_sign_ins()
            return
        demo = Demo(households=options["households"], seed=options["seed"])
        try:
            taken = build(demo, say=self._say)
        except DomainError as error:
            raise CommandError(str(error)) from error
        if options["truth"]:
            self._copy_truth(demo, Path(options["truth"]))
        self.stdout.write(f"{taken} steps taken." if taken else "The demo is complete; nothing was changed.")

    def _copy_truth(self, demo: Demo, target: Path) -> None:
        source = demo.folder / "truth_pairs.csv"
        if not source.exists():
            raise CommandError(
                f"The demo of this database was not built from {demo.folder}, so its truth is not known."
            )
        target.write_bytes(source.read_bytes())

    def _print_sign_ins(self) -> None:
        # A terminal seldom shows Arabic in its right order.
        with translation.override("en"):
            people = sign_ins()
        width = max((len(username) for username, *_rest in people), default=0)
        for username, _full_name, role, area in people:
            self.stdout.write(f"  {username.ljust(width)}  {role}, {area}")
        if people:
            self.stdout.write(f"  password for all: {settings.DEMO_PASSWORD}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
