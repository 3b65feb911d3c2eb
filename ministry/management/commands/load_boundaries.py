"""`manage.py load_boundaries FILE.geojson --credit "…"`: official boundaries, joined on ISO code."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ministry.exceptions import DomainError
from ministry.geography.loading import load_boundaries


class Command(BaseCommand):
    """Replace the boundaries of areas."""

    help = "Set the boundaries of areas from a GeoJSON file, joined on the ISO code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--credit", required=True, help="Credit line shown under every map.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_boundaries(options["file"], credit=options["credit"])
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{loaded.matched} areas have new boundaries.")
        if loaded.unknown:
            self.stderr.write(f"No area has these codes: {', '.join(loaded.unknown)}")
