"""How long money lasts: pure arithmetic, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# So many of the latest approved months say what a month costs.
MONTHS_AVERAGED = 3


@dataclass(frozen=True)
class Forecast:
    """What a month costs, how many whole months the rest pays for, and what the year still lacks."""

    monthly: Decimal
    # Approved months it is the mean of.
    months_averaged: int
    months_covered: int
    # Months of the year for which no cycle is approved yet.
    months_open: int
    # What those months will cost less what is available; zero or less where it is enough.
    gap: Decimal

    @property
    def is_enough(self) -> bool:
        return self.gap <= 0


def forecast(
    *, available: Decimal, latest_totals: Sequence[Decimal], months_open: int, minor_units: int
) -> Forecast | None:
    """Return how far the money reaches at what recent months cost; None where no month was approved yet.

    `latest_totals` are approved cycles' totals, the latest first; the mean of at most three counts, rounded half up.
    With 1,000 available and months of 300, 310 and 290: 300 a month, three whole months; with five months still to
    come 500 are lacking.
    """
    counted = latest_totals[:MONTHS_AVERAGED]
    if not counted:
        return None
    unit = Decimal(1).scaleb(-minor_units)
    monthly = (sum(counted, Decimal(0)) / len(counted)).quantize(unit, ROUND_HALF_UP)
    return Forecast(
        monthly=monthly,
        months_averaged=len(counted),
        months_covered=int(max(available, Decimal(0)) // monthly) if monthly else 0,
        months_open=months_open,
        gap=monthly * months_open - available,
    )
