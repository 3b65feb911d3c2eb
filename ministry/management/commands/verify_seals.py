"""`manage.py verify_seals`: prove that no log was tampered with, or name the first row that was."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ministry import sealing
from ministry.models import Seal

_WORDS = {
    "changed": "entry {id} was changed after it was sealed",
    "missing": "entry {id} was removed after it was sealed",
    "inserted": "entry {id} was inserted among sealed ones",
    "seal_changed": "seal {id} was changed",
    "seal_missing": "a seal before seal {id} was removed or exchanged",
}


class Command(BaseCommand):
    """Check every seal; exit 1 and name the first broken row of each broken seal."""

    help = "Verify the hash chain over the logs. Exit status 1 names what was tampered with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect",
            action="append",
            default=[],
            metavar="DIGEST",
            help="a digest noted elsewhere (line «log_sealed» of the process log) that must be in the chain",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        lines = [
            f"{fault.log}: {_WORDS[fault.kind].format(id=fault.id)} (seal {fault.seal_id})"
            for fault in sealing.broken_seals()
        ]
        known = set(Seal.objects.filter(digest__in=options["expect"]).values_list("digest", flat=True))
        lines += [f"digest {digest} is not in the chain" for digest in options["expect"] if digest not in known]
        if lines:
            raise CommandError("\n".join(lines))
        for state in sealing.states():
            self.stdout.write(f"{state.log}: {state.sealed} entries intact, {state.unsealed} not yet sealed")
