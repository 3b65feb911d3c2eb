"""Terms on households of a survey as a matrix: in Python what `beneficiaries.scores.expression` is in SQL.

Estimation needs numbers and not statements. That both say the same is held by a property test on random households.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from beneficiaries.facts import CATALOGUE, Kind
from beneficiaries.fitting.survey import SurveyHousehold, Value
from beneficiaries.models import ScoreTerm
from beneficiaries.scores.checks import YES

T = ScoreTerm.Transform
Floats = NDArray[np.float64]


def transformed(term: ScoreTerm, value: Value) -> float:
    """Return what a term makes of a known fact; NaN of an unknown one."""
    if value is None:
        return np.nan
    kind = CATALOGUE[term.fact].kind
    if term.transform == T.EQUALS:
        if kind is Kind.CHOICE:
            return float(value == term.argument)
        if kind is Kind.BOOLEAN:
            return float(bool(value) == (term.argument == YES))
        return float(float(value) == float(term.argument))
    number = float(value)
    if term.transform == T.AT_LEAST:
        return float(number >= float(term.argument))
    return float(np.log1p(max(number, 0.0))) if term.transform == T.LOG1P else number


def matrix(terms: Sequence[ScoreTerm], households: Sequence[SurveyHousehold]) -> Floats:
    """Return one row per household and one column per term, NaN where the fact is not known."""
    made = np.empty((len(households), len(terms)))
    for place, term in enumerate(terms):
        made[:, place] = [transformed(term, one.facts.get(term.fact)) for one in households]
    return made


def means(values: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of each column over the rows where it is known (0 where it never is)."""
    known = ~np.isnan(values)
    total = (known * weights[:, None]).sum(axis=0)
    summed = (np.where(known, values, 0.0) * weights[:, None]).sum(axis=0)
    return np.divide(summed, total, out=np.zeros_like(summed), where=total > 0)


def filled(values: Floats, instead: Floats) -> Floats:
    """Return the matrix with each unknown replaced by what the column is worth when unknown."""
    return np.where(np.isnan(values), instead[None, :], values)
