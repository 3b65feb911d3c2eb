"""The estimation itself: a penalised linear model held to sensible signs.

Only the job imports this module: it loads scikit-learn, which the processes that serve pages do without.

Lasso keeps few terms, so that the result can be read; its penalty is chosen by five-fold cross-validation within the
half that is learnt from. A term whose sign is known enters turned so that its weight cannot be negative; one whose
sign is open enters twice, once each way. Weights are the survey's throughout, also when the folds are compared.
Source: R. Tibshirani, Regression Shrinkage and Selection via the Lasso, J. R. Stat. Soc. B 58 (1996), sections 2 and 3
(selection), with the restriction to non-negative weights after L. Breiman's garotte.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
from sklearn.linear_model import LassoCV

from beneficiaries.fitting.candidates import Candidate
from beneficiaries.fitting.design import Floats, filled, matrix, means
from beneficiaries.fitting.survey import SurveyHousehold
from beneficiaries.models import ScoreTerm

FOLDS = 5
# On the scale of points the survey's mean household has 50, and one standard deviation of welfare is 20 points.
CENTRE, SPREAD = 50.0, 20.0
_DECIMALS = Decimal("0.000001")


@dataclass
class Fitted:
    """A fitted model in points, its terms ready to be drafted, and the estimator they were read from."""

    intercept: Decimal
    # With weights, and what each is worth when unknown; terms that got no weight are not among them.
    terms: list[ScoreTerm]
    # The sign each term was held to, in the order of `terms`.
    signs: list[int]
    # Candidates that got no weight because the survey says the opposite of what is sensible.
    contrary: list[ScoreTerm]
    # points = centre + spread × (estimate − mean) ÷ deviation
    mean: float
    deviation: float
    penalty: float
    explained_in_folds: float
    _estimator: LassoCV = field(repr=False)
    _candidates: list[Candidate] = field(repr=False)
    _unknown: Floats = field(repr=False)
    _scale: Floats = field(repr=False)

    def predict(self, households: Sequence[SurveyHousehold]) -> Floats:
        """Return the estimator's own prediction for some households, in points."""
        values = filled(matrix([one.term for one in self._candidates], households), self._unknown)
        estimate = self._estimator.predict(_turned(values / self._scale, self._candidates))
        return CENTRE + SPREAD * (estimate - self.mean) / self.deviation

    def estimate(self, points: Floats) -> Floats:
        """Return the measure (or its logarithm) that a number of points stands for."""
        return self.mean + (points - CENTRE) * self.deviation / SPREAD


def fit(candidates: Sequence[Candidate], households: Sequence[SurveyHousehold], measure: Floats) -> Fitted:
    """Fit a model to the measure of these households.

    Raises:
        ValueError: the measure does not vary, or there are no candidates.
    """
    weights = np.array([one.weight for one in households])
    mean = float(np.average(measure, weights=weights))
    deviation = float(np.sqrt(np.average((measure - mean) ** 2, weights=weights)))
    if not candidates or deviation < 1e-9:
        raise ValueError
    values = matrix([one.term for one in candidates], households)
    unknown = np.array([float(_rounded(value)) for value in means(values, weights)])
    values = filled(values, unknown)
    spread = np.sqrt(np.average((values - np.average(values, axis=0, weights=weights)) ** 2, axis=0, weights=weights))
    scale = np.where(spread > 1e-9, spread, 1.0)
    estimator = _estimator().fit(_turned(values / scale, candidates), measure, sample_weight=weights)
    slopes = _untwisted(estimator.coef_, candidates) / scale
    points = SPREAD / deviation
    terms, signs = [], []
    for candidate, slope, instead in zip(candidates, slopes, unknown, strict=True):
        weight = _rounded(slope * points)
        if weight:
            term = candidate.term
            term.weight, term.when_unknown = weight, _rounded(instead)
            terms.append(term)
            signs.append(candidate.sign)
    kept = {id(term) for term in terms}
    return Fitted(
        intercept=Decimal(f"{CENTRE + points * (float(estimator.intercept_) - mean):.6f}"),
        terms=terms,
        signs=signs,
        contrary=_contrary(candidates, values, measure, weights, kept),
        mean=mean,
        deviation=deviation,
        penalty=float(estimator.alpha_),
        explained_in_folds=_explained(estimator, measure, weights),
        _estimator=estimator,
        _candidates=list(candidates),
        _unknown=unknown,
        _scale=scale,
    )


def _estimator() -> LassoCV:
    return LassoCV(
        positive=True, cv=_Folds(), alphas=60, eps=1e-3, max_iter=50_000, tol=1e-5, selection="cyclic", n_jobs=1
    )


Places = np.ndarray[Any, np.dtype[np.intp]]


class _Folds:
    """Every fifth household. The rows come in the order of a hash: as good as chance, and repeatable."""

    def split(self, rows: Floats, *_others: object) -> list[tuple[Places, Places]]:
        number = np.arange(len(rows)) % FOLDS
        return [(np.flatnonzero(number != fold), np.flatnonzero(number == fold)) for fold in range(FOLDS)]

    def get_n_splits(self, *_others: object) -> int:
        return FOLDS


def _turned(values: Floats, candidates: Sequence[Candidate]) -> Floats:
    """Return the columns turned so that every weight has to be positive; open ones twice, once each way."""
    columns = []
    for place, candidate in enumerate(candidates):
        column = values[:, place]
        columns += [column * candidate.sign] if candidate.sign else [column, -column]
    return np.column_stack(columns)


def _untwisted(coefficients: Floats, candidates: Sequence[Candidate]) -> Floats:
    """Return one coefficient for each candidate."""
    found, place = [], 0
    for candidate in candidates:
        if candidate.sign:
            found.append(candidate.sign * coefficients[place])
            place += 1
        else:
            found.append(coefficients[place] - coefficients[place + 1])
            place += 2
    return np.array(found)


def _contrary(
    candidates: Sequence[Candidate], values: Floats, measure: Floats, weights: Floats, kept: set[int]
) -> list[ScoreTerm]:
    """Return terms left without weight that, all others held equal, the survey would give the opposite sign."""
    if len(measure) <= values.shape[1] + 1:
        return []
    root = np.sqrt(weights)
    columns = np.column_stack([np.ones(len(measure)), values]) * root[:, None]
    slopes = np.linalg.lstsq(columns, measure * root, rcond=None)[0][1:]
    return [
        one.term
        for one, slope in zip(candidates, slopes, strict=True)
        if one.sign and id(one.term) not in kept and slope * one.sign < 0
    ]


def _explained(estimator: LassoCV, measure: Floats, weights: Floats) -> float:
    """Return the share of the variance explained in the folds that were left out, at the chosen penalty."""
    place = int(np.argmin(np.abs(estimator.alphas_ - estimator.alpha_)))
    missed = float(estimator.mse_path_[place].mean())
    mean = np.average(measure, weights=weights)
    return 1 - missed / float(np.average((measure - mean) ** 2, weights=weights))


def _rounded(value: float) -> Decimal:
    """Return a weight as it is stored: four leading figures, at most six decimals."""
    return Decimal(f"{value:.4g}").quantize(_DECIMALS)
