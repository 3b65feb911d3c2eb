import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ministry import partners
from ministry.exceptions import DomainError
from ministry.models import Partner


class Command(BaseCommand):
    """Prints an access token of a partner system, for development; in production the administration issues them."""

    help = "Issue an access token for a partner system and print it (refused in production)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("partner", help="code of the partner system")
        parser.add_argument("--scope", action="append", dest="scopes", help="a scope; default: all there are")
        parser.add_argument("--days", type=int, default=1, help="for how many days it is good (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Refused: here tokens are issued on the administration's page of the partner system.")
        partner = Partner.objects.filter(code=options["partner"]).first()
        if partner is None:
            known = ", ".join(Partner.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no partner system {options['partner']}. There are: {known}.")
        try:
            _token, text = partners.issue_token(
                partner=partner,
                for_scopes=options["scopes"] or sorted(partners.scopes),
                lasts=dt.timedelta(days=options["days"]),
                actor=None,
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(text)
