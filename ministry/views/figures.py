"""Figures by governorate as map and ranking, for the public page and for the desk."""

from collections.abc import Callable, Sequence

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from ministry import formats
from ministry.charts import AreaMap, AreaValue, Ranking, RankingRow, area_map, ranking
from ministry.queries import AreaCount, readable_base
from ministry.slots import AreaMeasure


def rate_in_words(row: AreaCount, base: int) -> str:
    """Return a governorate's rate, or why there is none."""
    if row.is_suppressed:
        return _("fewer than ten")
    if row.share is None:
        return _("no population figure")
    return _("{rate} per {base} people").format(rate=formats.number(row.per(base), 1), base=formats.number(base))


def unit_of(base: int) -> str:
    """Return the unit of rates, in words."""
    return _("per {base} people").format(base=formats.number(base))


def as_of_today() -> str:
    """Return the date of figures that are counted as the page is drawn."""
    return format_html(_("as of {day}"), day=formats.day(timezone.localdate()))


def by_rate(rows: Sequence[AreaCount]) -> list[AreaCount]:
    """Return the rows by falling rate, those without one last."""
    return sorted(rows, key=lambda row: (row.share is None, -(row.share or 0)))


def map_of(measure: AreaMeasure, rows: Sequence[AreaCount], url_of: Callable[[AreaCount], str]) -> AreaMap | None:
    """Return the map of a measure; `url_of` says where a governorate leads."""
    base = readable_base(rows)
    highest = next((row for row in by_rate(rows) if row.share), None)
    summary = (
        _("Highest in {area}: {rate} per {base} people.").format(
            area=highest.area.name, rate=formats.number(highest.per(base), 1), base=formats.number(base)
        )
        if highest
        else _("No governorate has ten or more yet.")
    )
    return area_map(
        title=str(measure.title),
        unit=unit_of(base),
        period=as_of_today(),
        summary=summary,
        credit=next((row.area.boundary_credit for row in rows if row.area.boundary_credit), ""),
        no_data=_("fewer than ten, or no population figure"),
        areas=[
            AreaValue(
                code=row.area.code,
                name=row.area.name,
                boundary=row.area.boundary,
                rate=float(row.share * base) if row.share is not None else None,
                text=rate_in_words(row, base),
                url=url_of(row),
            )
            for row in rows
        ],
    )


def ranking_of(rows: Sequence[AreaCount], url_of: Callable[[AreaCount], str] = lambda row: "") -> Ranking:
    """Return the ten governorates with the highest rates."""
    base = readable_base(rows)
    return ranking(
        title=_("Highest governorates"),
        unit=unit_of(base),
        period=as_of_today(),
        rows=[
            RankingRow(row.area.name, row.share, formats.number(row.per(base), 1), url_of(row))
            for row in rows
            if row.share
        ],
    )
