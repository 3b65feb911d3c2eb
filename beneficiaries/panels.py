"""The registry's panels on the desk: where the households are, on a map for many governorates, by district for one."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.desk import households_by_governorate
from beneficiaries.models import Household
from ministry import formats
from ministry.charts import RankingRow, ranking
from ministry.models import Area
from ministry.queries import AreaCount, counts_by_governorate, readable_base
from ministry.slots import AreaMeasure, DeskPanel, desk_panels
from ministry.views import figures
from ministry.views.mixins import signed_in

PERMISSION = "beneficiaries.view_household"
MEASURE = AreaMeasure("households", gettext_lazy("Registered households"), "", households_by_governorate)


def _list_of(row: AreaCount) -> str:
    return f"{reverse('beneficiaries:household_list')}?governorate={row.area.pk}"


def _counts(request: HttpRequest) -> list[AreaCount]:
    """Return the governorates a person works in, counted once for all panels of the page."""
    counts: list[AreaCount] | None = getattr(request, "governorate_counts", None)
    if counts is None:
        paths = tuple(signed_in(request).area_paths_with(PERMISSION))
        rows = [row for row in counts_by_governorate(MEASURE) if row.area.path.startswith(paths)] if paths else []
        counts = rows if len(rows) > 1 and any(row.count for row in rows) else []
        vars(request)["governorate_counts"] = counts
    return counts


def households_on_map(request: HttpRequest) -> dict[str, Any] | None:
    """Return the map of the governorates a person works in; None for fewer than two."""
    rows = _counts(request)
    if not rows:
        return None
    base = readable_base(rows)
    return {
        "map": figures.map_of(MEASURE, rows, _list_of),
        "unit": figures.unit_of(base),
        "rows": [(row, formats.number(row.per(base), 1)) for row in figures.by_rate(rows)],
    }


def governorates_ranked(request: HttpRequest) -> dict[str, Any] | None:
    """Return the governorates with most registered households for their people; None for fewer than two."""
    rows = _counts(request)
    return {"ranking": figures.ranking_of(rows, _list_of)} if any(row.share for row in rows) else None


def households_by_district(request: HttpRequest) -> dict[str, Any] | None:
    """Return the districts with most households for somebody who works in one governorate."""
    paths = tuple(signed_in(request).area_paths_with(PERMISSION))
    if not paths or Area.objects.governorates().within_reach_of(signed_in(request), PERMISSION).count() > 1:
        return None
    counted = (
        Household.objects.visible_to(signed_in(request))
        .active()
        .values("area__name_ar", "area__name_en")
        .annotate(households=Count("pk"))
        .order_by("-households")[:10]
    )
    rows = [
        RankingRow(
            one["area__name_ar"] if formats.is_arabic() or not one["area__name_en"] else one["area__name_en"],
            one["households"],
            formats.number(one["households"]),
        )
        for one in counted
    ]
    if len(rows) < 2:
        return None
    return {
        "ranking": ranking(
            title=_("Households by district"), unit=_("households"), period=figures.as_of_today(), rows=rows
        )
    }


desk_panels.register(DeskPanel("beneficiaries/_desk_ranking.html", governorates_ranked, (PERMISSION,)), order=5)
desk_panels.register(DeskPanel("beneficiaries/_desk_map.html", households_on_map, (PERMISSION,)), order=10)
desk_panels.register(DeskPanel("beneficiaries/_desk_ranking.html", households_by_district, (PERMISSION,)), order=20)
