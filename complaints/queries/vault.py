"""What may be said of the vault outside it: one number a year, for the whole country, hidden when small."""

import datetime as dt

from django.utils import timezone

from complaints.models import VaultCase
from complaints.vault import KEEPER, opened


def received_in_the_last_year(today: dt.date) -> tuple[int, int]:
    """Return the last calendar year that is over, and how many confidential cases it brought.

    Of a year that is running nothing is said: from one day to the next the number would tell of a single case.
    """
    year, zone = today.year - 1, timezone.get_current_timezone()
    start, end = (dt.datetime(one, 1, 1, tzinfo=zone) for one in (year, year + 1))
    with opened(KEEPER):
        return year, VaultCase.objects.filter(received_at__gte=start, received_at__lt=end).count()
