"""What was found in a survey, and where a fitted model comes from, in sentences."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.facts import CATALOGUE
from beneficiaries.imports.reasons import REASONS, sentence
from beneficiaries.models import ScoreFit
from ministry import formats

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_REASONS: dict[str, "_StrPromise"] = {
    "no_ref": gettext_lazy("The row has no number of a household, so nobody knows whose it is. It is left out."),
    "no_welfare": gettext_lazy("The measure of welfare is missing or is no number. The household is left out."),
    "welfare_differs": gettext_lazy(
        "The rows of this household give different measures of welfare. The household is left out."
    ),
    "no_weight": gettext_lazy("The survey weight is missing or not above zero. The household is left out."),
    "ref_twice": gettext_lazy(
        "The number of this household stands in more than one row. The household is left out. If each row is a person, "
        "name the column that marks the head."
    ),
    "no_head": gettext_lazy("No row of this household is marked as its head. The household is left out."),
    "many_heads": gettext_lazy("More than one row of this household is marked as its head. The household is left out."),
    "not_scanned": gettext_lazy("The file has not been scanned for viruses yet. Try again in a minute."),
    "too_many_columns": gettext_lazy(
        "The file has more than 500 columns. Keep the number, the measure, the weight and the traits the register asks."
    ),
    "too_many_rows": gettext_lazy("The file has more than a million rows. Bring in a sample of it."),
}


def finding_sentence(reason: str, params: Mapping[str, Any] | None = None) -> str:
    """Return what is wrong, and what to do or what was done about it."""
    code, _colon, names = reason.partition(":")
    if code == "column_missing":
        return _("The file has no column {names}. Name its columns anew.").format(names=names.strip())
    if code in _REASONS:
        return str(_REASONS[code])
    return sentence(code, params or {}) if code in REASONS else code


def region_name(value: str) -> str:
    """Return what a region is called: as the survey writes it."""
    return formats.isolated(value)


def group_name(breakdown: str, value: str) -> str:
    """Return what a group of households is called."""
    if breakdown == "region":
        return region_name(value)
    if breakdown == "urban":
        return _("In towns") if value == "True" else _("In the country")
    if breakdown == "head_sex":
        return CATALOGUE["head_sex"].choice_label(value)
    if breakdown == "disability":
        return _("Somebody has a functional difficulty") if value == "True" else _("Nobody has one")
    low, _dash, high = value.partition("-")
    if not high:
        return _("{count} members and more").format(count=formats.number(int(low)))
    return format_html(
        _("{range} members"), range=formats.isolated_ltr(f"{formats.digits(low)}–{formats.digits(high)}")
    )


BREAKDOWNS: dict[str, "_StrPromise"] = {
    "region": gettext_lazy("By region of the survey"),
    "urban": gettext_lazy("By town and country"),
    "head_sex": gettext_lazy("By sex of the head of household"),
    "disability": gettext_lazy("By disability in the household"),
    "size": gettext_lazy("By size of the household"),
}


def model_source(fit: ScoreFit) -> str:
    """Return what stands as the source of a model drafted from a fit: survey, day, errors on the other half."""
    figures = fit.result["all"]
    text = _(
        "Fitted on {day} from “{survey}”: {learnt} households learnt from, tried on {held_out} others. Of the poor "
        "{exclusion} are missed, of those selected {inclusion} are not poor, when {coverage} of households are "
        "selected. {source}"
    )
    return text.format(
        day=formats.day(timezone.localtime(fit.completed_at)),
        survey=fit.survey.name,
        learnt=formats.number(fit.result["learnt"]),
        held_out=formats.number(fit.result["held_out"]),
        exclusion=_percent(figures["exclusion"]),
        inclusion=_percent(figures["inclusion"]),
        coverage=_percent(float(fit.coverage) / 100),
        source=fit.survey.source,
    ).strip()


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{formats.number(100 * share, 1)}%"
