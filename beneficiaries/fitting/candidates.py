"""How a fact may enter a model, and the terms that makes of it on a given half of a survey."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beneficiaries.facts import CATALOGUE, Fact, Kind
from beneficiaries.fitting.survey import SurveyHousehold
from beneficiaries.models import ScoreTerm
from beneficiaries.scores.signs import expected_sign

T = ScoreTerm.Transform
OUT, VALUE, LOG, BANDS, ANSWERS = "out", "value", "log", "bands", "answers"
FORMS: dict[str, str | Promise] = {
    OUT: _("left out"),
    VALUE: _("as it is"),
    LOG: _("its logarithm (the first ones count most)"),
    BANDS: _("in bands (a step at each quarter of the survey)"),
    ANSWERS: _("each frequent answer"),
}
# An answer, or a band, must be seen in so many households of the half: fewer say nothing that would hold elsewhere.
SEEN_AT_LEAST = 20
_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Candidate:
    """A term that may come into the model (its weight is still open), and the sign it may have (0: either)."""

    term: ScoreTerm
    sign: int


def forms_of(fact: Fact) -> tuple[str, ...]:
    """Return how a fact may enter a model, the usual way first."""
    if fact.kind is Kind.CHOICE:
        return ANSWERS, OUT
    if fact.kind is Kind.BOOLEAN:
        return VALUE, OUT
    if fact.kind is Kind.MONEY:
        return LOG, VALUE, BANDS, OUT
    return VALUE, LOG, BANDS, OUT


def candidates(chosen: Mapping[str, str], households: Sequence[SurveyHousehold]) -> list[Candidate]:
    """Return the candidate terms, in the order of the catalogue, so that the same questions give the same model."""
    found: list[Candidate] = []
    for code, fact in CATALOGUE.items():
        form = chosen.get(code, OUT)
        if form == OUT:
            continue
        values = [value for one in households if (value := one.facts.get(code)) is not None]
        if form == ANSWERS:
            found += _answers(code, values)
        elif form == BANDS:
            found += _bands(fact, values)
        elif len(set(values)) > 1:
            term = ScoreTerm(fact=code, transform=T.LOG1P if form == LOG else T.VALUE)
            found.append(Candidate(term, expected_sign(term)))
    return found


def _answers(code: str, values: Sequence[object]) -> list[Candidate]:
    """Return one term for each frequent answer but the most frequent, with which the others are compared."""
    counted = Counter(str(value) for value in values)
    order = [value for value, _label in CATALOGUE[code].choices]
    frequent = [value for value in order if counted[value] >= SEEN_AT_LEAST]
    if len(frequent) < 2:
        return []
    base = max(frequent, key=lambda value: (counted[value], -order.index(value)))
    terms = [ScoreTerm(fact=code, transform=T.EQUALS, argument=value) for value in frequent if value != base]
    return [Candidate(term, expected_sign(term, [base])) for term in terms]


def _bands(fact: Fact, values: Sequence[object]) -> list[Candidate]:
    """Return a step at each quarter of the values; the steps of one sign make a curve that never turns."""
    numbers = np.array(values, dtype=float)
    if not len(numbers):
        return []
    limits = sorted({_round(float(np.quantile(numbers, quarter)), fact) for quarter in _QUARTERS})
    terms = []
    for limit in limits:
        reaching = int((numbers >= limit).sum())
        if SEEN_AT_LEAST <= reaching <= len(numbers) - SEEN_AT_LEAST:
            terms.append(ScoreTerm(fact=fact.code, transform=T.AT_LEAST, argument=f"{limit:g}"))
    return [Candidate(term, expected_sign(term)) for term in terms]


def _round(value: float, fact: Fact) -> float:
    """Return a limit a person can read: a whole number of people, two leading figures of anything else."""
    return float(round(value)) if fact.kind is Kind.COUNT else float(f"{value:.2g}")
