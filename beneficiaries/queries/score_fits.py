"""What a fit found, as its page shows it: figures side by side, groups, calibration."""

import math
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from beneficiaries.facts import CATALOGUE
from beneficiaries.fitting.errors import FEWEST
from beneficiaries.fitting.words import BREAKDOWNS, group_name
from beneficiaries.models import ScoreFit
from ministry import formats
from ministry.charts import Chart, Series, lines


@dataclass(frozen=True)
class ErrorRow:
    """Errors in one group; shares in words, a dash where too few households stand behind them."""

    name: str
    households: int
    exclusion: str
    inclusion: str
    old_exclusion: str
    old_inclusion: str


@dataclass(frozen=True)
class ErrorTable:
    title: str | Promise
    code: str
    rows: list[ErrorRow]


def _told(figures: dict[str, Any] | None, name: str, of: str) -> str:
    """Return a share in words; a dash where it is of fewer households than tell anything."""
    if figures is None or figures[name] is None or figures[of] < FEWEST:
        return "—"
    return formats.percent(100 * figures[name], 1)


def error_row(name: str, new: dict[str, Any], old: dict[str, Any] | None) -> ErrorRow:
    return ErrorRow(
        name,
        new["households"],
        _told(new, "exclusion", "poor"),
        _told(new, "inclusion", "selected"),
        _told(old, "exclusion", "poor"),
        _told(old, "inclusion", "selected"),
    )


def error_tables(fit: ScoreFit) -> list[ErrorTable]:
    """Return the errors by group, a table for each breakdown; the first holds all households."""
    old = fit.result["in_force"]
    tables = [
        ErrorTable(
            _("All households of the other half"),
            "all",
            [error_row(_("All"), fit.result["all"], old["all"] if old else None)],
        )
    ]
    for breakdown, groups in groupby(fit.result["groups"], key=lambda one: one["breakdown"]):
        rows = [error_row(group_name(breakdown, one["value"]), one["new"], one["in_force"]) for one in groups]
        tables.append(ErrorTable(BREAKDOWNS[breakdown], breakdown, rows))
    return tables


def left_out_facts(fit: ScoreFit) -> list[str]:
    """Return the traits of the model in force that the survey does not hold."""
    old = fit.result["in_force"]
    return [str(CATALOGUE[code].label) for code in old["left_out"] if code in CATALOGUE] if old else []


def calibration_chart(fit: ScoreFit) -> Chart:
    """Return estimate and measure in each tenth of the households by score."""
    tenths = fit.result["calibration"]

    def measure(value: float) -> float:
        return round(math.exp(value) if fit.is_log else value, 3)

    estimated, actual = ([measure(one[name]) for one in tenths] for name in ("estimated", "actual"))
    return lines(
        title=_("Does the estimate hold?"),
        unit=_("mean of the measure") if not fit.is_log else _("geometric mean of the measure"),
        period=_("in each tenth of the other half by score, the poorest first"),
        labels=[formats.number(place) for place in range(1, len(tenths) + 1)],
        series=[Series(_("Estimated"), estimated), Series(_("Found"), actual)],
        summary=_("Poorest tenth: estimated {a}, found {b}. Best-off tenth: estimated {c}, found {d}.").format(
            a=formats.number(estimated[0], 2),
            b=formats.number(actual[0], 2),
            c=formats.number(estimated[-1], 2),
            d=formats.number(actual[-1], 2),
        ),
        label_heading=_("Tenth"),
    )
