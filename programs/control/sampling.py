"""How many lines of each governorate are looked up, and what the answers say of all lines. Pure arithmetic."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

# The normal quantile of a 95 % interval.
Z = 1.959964


def allocate(size: int, lines: Mapping[Key, int]) -> dict[Key, int]:
    """Share a sample out over the governorates in proportion to their lines.

    Each that has lines gets one at least, as far as the sample goes, the largest first; nobody gets more than it has.
    What is left over by rounding goes to the largest remainders.
    """
    strata = {key: count for key, count in lines.items() if count > 0}
    size = min(size, sum(strata.values()))
    order = sorted(strata, key=lambda key: (-strata[key], str(key)))
    given = dict.fromkeys(order[:size], 1)
    left = size - len(given)
    if left > 0:
        total = sum(strata.values())
        # What each is short of its exact share, never beyond what it has.
        share = {key: min(size * strata[key] / total, strata[key]) for key in order}
        for key in order:
            more = max(min(int(share[key]) - given[key], left), 0)
            given[key] += more
            left -= more
        while left > 0:
            key = max(
                (key for key in order if given[key] < strata[key]),
                key=lambda key: (share[key] - given[key], -order.index(key)),
            )
            given[key] += 1
            left -= 1
    return given


@dataclass(frozen=True)
class Stratum:
    """One governorate: its lines, how many of them were looked up, and of how many something was true."""

    lines: int
    answered: int
    true: int


@dataclass(frozen=True)
class Estimate:
    """A share of all lines, between 0 and 1, with its 95 % interval."""

    share: float
    low: float
    high: float
    answered: int


def estimate(strata: Iterable[Stratum]) -> Estimate | None:
    """Return the share of all lines something is true of, from what was looked up; None before the first answer.

    Each governorate counts by its lines, however many of them were answered. The interval is Wilson's, for as many
    answers as the weighted ones are worth (Kish: (Σw)² ÷ Σw²): it holds for shares of 0 and 1 too, and is never
    narrower than that of a simple random sample of this worth.
    """
    known = [stratum for stratum in strata if stratum.answered > 0]
    if not known:
        return None
    total = sum(stratum.lines for stratum in known)
    share = sum(stratum.lines * stratum.true / stratum.answered for stratum in known) / total
    worth = total**2 / sum(stratum.lines**2 / stratum.answered for stratum in known)
    middle = (share + Z**2 / (2 * worth)) / (1 + Z**2 / worth)
    reach = Z / (1 + Z**2 / worth) * sqrt(share * (1 - share) / worth + Z**2 / (4 * worth**2))
    return Estimate(
        share=share,
        low=max(0.0, min(middle - reach, share)),
        high=min(1.0, max(middle + reach, share)),
        answered=sum(stratum.answered for stratum in known),
    )
