"""What a fit found, as it is kept: the terms, and how well they find the poor in the half they have not seen."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from beneficiaries.fitting.design import Floats
from beneficiaries.fitting.errors import (
    Flags,
    calibration,
    errors,
    poorest,
    r_squared,
    rank_correlation,
)
from beneficiaries.fitting.survey import SurveyHousehold, facts_of
from beneficiaries.models import ScoreTerm, ScoringModel
from beneficiaries.scores.on_rows import score_rows

if TYPE_CHECKING:
    from beneficiaries.fitting.estimation import Fitted

# Households of so many members are one group.
_SIZES = ((1, 2), (3, 4), (5, 6), (7, None))


def measure_of(households: Sequence[SurveyHousehold], *, is_log: bool) -> Floats:
    """Return what is estimated: the measure of welfare or its logarithm."""
    welfare = np.array([one.welfare for one in households], dtype=float)
    return np.log(welfare) if is_log else welfare


def report(
    fitted: "Fitted",
    held_out: Sequence[SurveyHousehold],
    *,
    is_log: bool,
    line: float | None,
    coverage: float,
    in_force: ScoringModel | None,
) -> dict[str, Any]:
    """Return the figures of a fitted model on households it has not seen, beside those of the model in force.

    `coverage` is the share of households selected, 0–1. Without a poverty line the poor are that share, too.
    """
    weights = np.array([one.weight for one in held_out])
    actual = measure_of(held_out, is_log=is_log)
    # By the stored weights and the statement of the sweep, not by the estimator: what is judged is what will be used.
    points = _scores(fitted.intercept, fitted.terms, held_out)
    welfare = np.array([one.welfare for one in held_out], dtype=float)
    poor = welfare <= line if line is not None else poorest(welfare, weights, coverage)
    selected = poorest(points, weights, coverage)
    estimated = fitted.estimate(points)
    old, left_out = _by_model_in_force(in_force, held_out)
    old_selected = poorest(old, weights, coverage) if old is not None else None
    figures: dict[str, Any] = {
        "all": asdict(errors(poor, selected, weights)),
        "cut_off": float(points[selected].max()),
        "r_squared": r_squared(actual, estimated, weights),
        "rank_correlation": rank_correlation(actual, points, weights),
        "poor_share": float(weights[poor].sum() / weights.sum()),
        "groups": [
            {
                "breakdown": breakdown,
                "value": value,
                "new": asdict(errors(poor, selected, weights, within)),
                "in_force": asdict(errors(poor, old_selected, weights, within)) if old_selected is not None else None,
            }
            for breakdown, value, within in _groups(held_out)
        ],
        "calibration": [asdict(tenth) for tenth in calibration(actual, estimated, weights)],
        "in_force": None,
    }
    if in_force is not None and old is not None and old_selected is not None:
        figures["in_force"] = {
            "model": in_force.pk,
            "all": asdict(errors(poor, old_selected, weights)),
            "rank_correlation": rank_correlation(actual, old, weights),
            "left_out": left_out,
        }
    return figures


def _scores(intercept: Decimal, terms: Sequence[ScoreTerm], households: Sequence[SurveyHousehold]) -> Floats:
    return np.array(score_rows(intercept, terms, [one.facts for one in households]), dtype=float)


def _by_model_in_force(
    model: ScoringModel | None, households: Sequence[SurveyHousehold]
) -> tuple[Floats | None, list[str]]:
    """Return the scores by the model in force, and the facts of its terms that the survey does not hold.

    Such a term would be worth the same for everybody and so changes nobody's place: it is left out, and named. One
    whose fact is unknown of single households only is worth there what the model says; where it says nothing, nothing.
    """
    if model is None:
        return None, []
    known = set(facts_of(list(households)))
    terms = list(model.terms.all())
    usable = [term for term in terms if term.fact in known]
    left_out = sorted({term.fact for term in terms if term.fact not in known})
    if not usable:
        return None, left_out
    for term in usable:
        if term.when_unknown is None:
            term.when_unknown = Decimal(0)
    return _scores(model.intercept, usable, households), left_out


def _groups(households: Sequence[SurveyHousehold]) -> Iterator[tuple[str, str, Flags]]:
    """Yield the groups whose errors are told apart: (breakdown, value, who belongs)."""

    def flags(values: Sequence[Any], value: Any) -> Flags:
        return np.array([one == value for one in values])

    regions = [one.region for one in households]
    for region in sorted(set(regions) - {""}):
        yield "region", region, flags(regions, region)
    for code, answers in (("urban", (True, False)), ("head_sex", ("F", "M"))):
        values = [one.facts.get(code) for one in households]
        for answer in answers:
            if answer in values:
                yield code, str(answer), flags(values, answer)
    disabled = [_has_disability(one) for one in households]
    for value in (True, False):
        if value in disabled:
            yield "disability", str(value), flags(disabled, value)
    sizes = [one.facts.get("members") for one in households]
    for low, high in _SIZES:
        within = np.array([size is not None and low <= float(size) <= (high or 1e9) for size in sizes])
        if within.any():
            yield "size", f"{low}-{high or ''}", within


def _has_disability(household: SurveyHousehold) -> bool | None:
    counts = [household.facts.get(code) for code in ("members_with_disability", "members_with_severe_disability")]
    known = [float(count) for count in counts if count is not None]
    return any(known) if known else None
