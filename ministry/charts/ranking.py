"""Rankings as HTML bars."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class RankingRow:
    """One line: its name, its figure, the figure as it is written, where it leads."""

    name: str
    value: float | int | Decimal
    text: str
    url: str = ""


@dataclass(frozen=True)
class Ranking:
    """A ranking ready to be drawn by `components/charts/_ranking.html`."""

    title: str
    unit: str
    period: str
    rows: list[RankingRow]
    highest: float


def ranking(*, title: str, unit: str, period: str, rows: Iterable[RankingRow], most: int = 10) -> Ranking:
    """Return the `most` highest rows, highest first."""
    ordered = sorted(rows, key=lambda row: row.value, reverse=True)[:most]
    return Ranking(title, unit, period, ordered, float(ordered[0].value) if ordered else 0.0)
