"""Reads over comparisons: their figures by group, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from beneficiaries.models import Individual
from ministry import formats
from ministry.models import Area
from programs.models import WhatIf, WhatIfFigure

Breakdown = WhatIfFigure.Breakdown
EXPORT_COLUMNS = (
    "breakdown", "group", "households", "eligible_before", "eligible_after", "winners", "losers", "unknown_after",
    "cost_before", "cost_after",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """The figures of one breakdown with the groups' names, in the order in which they are read."""

    breakdown: WhatIfFigure.Breakdown
    rows: list[tuple[str, WhatIfFigure]]

    @property
    def title(self) -> str | Promise:
        return self.breakdown.label


def total_of(what_if: WhatIf) -> WhatIfFigure | None:
    """Return the figures of all households; None while the comparison is under way, or of an empty registry."""
    return what_if.figures.filter(breakdown=Breakdown.TOTAL).first()


def tables_of(what_if: WhatIf) -> list[Table]:
    """Return the tables of a comparison, in two statements."""
    figures = list(what_if.figures.exclude(breakdown=Breakdown.TOTAL))
    places = [int(figure.value) for figure in figures if figure.breakdown == Breakdown.GOVERNORATE and figure.value]
    areas = Area.objects.in_bulk(places)
    names = {
        Breakdown.GOVERNORATE: {str(pk): area.name for pk, area in areas.items()},
        Breakdown.HEAD_SEX: {code: str(label) for code, label in Individual.Sex.choices},
        Breakdown.DISABILITY: {"True": _("Somebody has a functional difficulty"), "False": _("Nobody has one")},
        Breakdown.DECILE: {str(tenth): formats.number(tenth) for tenth in range(1, 11)},
    }
    order = {str(pk): area.code for pk, area in areas.items()}
    tables = []
    for breakdown, known in names.items():
        mine = [figure for figure in figures if figure.breakdown == breakdown]
        mine.sort(key=lambda figure: (not figure.value, order.get(figure.value, figure.value.zfill(2))))
        tables.append(Table(breakdown, [(known.get(figure.value) or _("Not known"), figure) for figure in mine]))
    return [table for table in tables if table.rows]


def export_rows(what_if: WhatIf) -> Iterator[tuple[object, ...]]:
    """Yield the figures as they stand in the file, all households first."""
    total = total_of(what_if)
    named = [(Breakdown.TOTAL.value, "", total)] if total else []
    named += [(table.breakdown.value, name, figure) for table in tables_of(what_if) for name, figure in table.rows]
    for breakdown, name, figure in named:
        yield breakdown, name, *(getattr(figure, column) for column in EXPORT_COLUMNS[2:])
