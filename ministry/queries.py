"""Reads that cross the core's models."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ministry.models import Area, AreaFigure
from ministry.slots import AreaMeasure

# Counts from one to nine could point at a family: they are only told as «fewer than ten».
DISCLOSURE_THRESHOLD = 10


@dataclass(frozen=True)
class AreaCount:
    """A governorate's count and the share of its people."""

    area: Area
    count: int
    population: int | None
    # Year or date of the population figure, as published.
    population_period: str
    # Count per person. None where the count may not be told or the population is not known.
    share: Decimal | None

    @property
    def is_suppressed(self) -> bool:
        return 0 < self.count < DISCLOSURE_THRESHOLD

    def per(self, people: int) -> Decimal | None:
        """Return the rate per so many people."""
        return None if self.share is None else self.share * people


def counts_by_governorate(measure: AreaMeasure) -> list[AreaCount]:
    """Return each governorate's count of a public measure, set against its newest published population.

    Two statements besides the measure's own, however many areas there are.
    """
    counts = measure.values()
    populations: dict[int, AreaFigure] = {}
    # By rising period, so that the newest figure stays.
    for newer in AreaFigure.objects.filter(kind=AreaFigure.Kind.POPULATION).order_by("period"):
        populations[newer.area_id] = newer
    rows = []
    for area in Area.objects.governorates().filter(is_active=True).order_by("code"):
        count = counts.get(area.code, 0)
        figure = populations.get(area.pk)
        is_told = not 0 < count < DISCLOSURE_THRESHOLD
        rows.append(
            AreaCount(
                area=area,
                count=count,
                population=int(figure.value) if figure else None,
                population_period=figure.period if figure else "",
                share=Decimal(count) / figure.value if figure and figure.value and is_told else None,
            )
        )
    return rows


def readable_base(rows: Sequence[AreaCount]) -> int:
    """Return per how many people the rates are told: 1,000, or 100,000 where that would leave them all below one."""
    highest = max((row.share for row in rows if row.share is not None), default=Decimal(0))
    return 1_000 if highest * 1_000 >= 1 else 100_000


def public_total(rows: list[AreaCount]) -> tuple[int, bool]:
    """Return (total, is it rounded): rounded to tens where a hidden count could be found by subtracting the others."""
    total = sum(row.count for row in rows)
    if any(row.is_suppressed for row in rows):
        return round(total, -1), True
    return total, False
