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

PERMISSION = "beneficiaries.view_household"


def _list_of(row: AreaCount) -> str:
    return f"{reverse('beneficiaries:household_list')}?governorate={row.area.pk}"


def households_on_map(request: HttpRequest) -> dict[str, Any] | None:
    """Return the map of the governorates a person works in; None for fewer than two."""
    paths = tuple(request.user.area_paths_with(PERMISSION))
    measure = AreaMeasure("households", gettext_lazy("Registered households"), "", households_by_governorate)
    rows = [row for row in counts_by_governorate(measure) if row.area.path.startswith(paths)]
    if len(rows) < 2 or not any(row.count for row in rows):
        return None
    base = readable_base(rows)
    return {
        "map": figures.map_of(measure, rows, _list_of),
        "unit": figures.unit_of(base),
        "rows": [(row, formats.number(row.per(base), 1)) for row in figures.by_rate(rows)],
        "ranking": figures.ranking_of(rows, _list_of),
    }


def households_by_district(request: HttpRequest) -> dict[str, Any] | None:
    """Return the districts with most households for somebody who works in one governorate."""
    paths = tuple(request.user.area_paths_with(PERMISSION))
    if not paths or Area.objects.governorates().within_reach_of(request.user, PERMISSION).count() > 1:
        return None
    counted = (
        Household.objects.visible_to(request.user)
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


desk_panels.register(DeskPanel("beneficiaries/_desk_map.html", households_on_map, (PERMISSION,)), order=10)
desk_panels.register(DeskPanel("beneficiaries/_desk_districts.html", households_by_district, (PERMISSION,)), order=20)
