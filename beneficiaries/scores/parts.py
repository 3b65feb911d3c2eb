"""Parts of a score as they are shown: rounded so that they still add up to the score that is shown."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal


def parts_that_add_up(parts: Sequence[float], places: int = 2) -> list[Decimal]:
    """Return each part with so many decimals, their sum being exactly the rounded sum of the parts.

    Each is rounded down; what then lacks goes, one last decimal each, to those that lost most (largest remainder).
    None is off by a whole last decimal. Whoever adds up what the page shows comes to what the page shows.
    """
    unit = Decimal(1).scaleb(-places)
    exact = [Decimal(str(part)) / unit for part in parts]
    shown = [part.to_integral_value(ROUND_FLOOR) for part in exact]
    lacking = int(sum(exact, Decimal(0)).to_integral_value(ROUND_HALF_EVEN) - sum(shown, Decimal(0)))
    by_loss = sorted(range(len(parts)), key=lambda place: shown[place] - exact[place])
    for place in by_loss[:lacking]:
        shown[place] += 1
    return [part * unit for part in shown]
