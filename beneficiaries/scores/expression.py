"""A scoring model as SQL over `beneficiaries_householdfacts f`.

Weights are float8 literals: plain decimals would be `numeric` and cost 3.6 times as much (measured).
"""

from collections.abc import Iterable
from decimal import Decimal

from beneficiaries.facts import CATALOGUE, Kind
from beneficiaries.models import ScoreTerm, ScoringModel
from beneficiaries.scores.checks import YES, check_term, number
from ministry.certain import certain

T = ScoreTerm.Transform


def _float(value: Decimal | float) -> str:
    return f"'{value}'::float8"


def transformed(term: ScoreTerm) -> str:
    """Return what the term makes of its fact, NULL where the fact is unknown.

    Raises:
        ValueError: the term cannot be computed; `check_term` says why.
    """
    # SECURITY: columns and literals below come from the catalogue or are numbers, never text a person typed.
    if errors := [error.message for error in check_term(term)]:
        raise ValueError("; ".join(errors))
    fact = CATALOGUE[term.fact]
    column = f"f.{fact.code}"
    if term.transform == T.EQUALS:
        if fact.kind is Kind.CHOICE:
            return f"({column} = '{term.argument}')::int::float8"
        if fact.kind is Kind.BOOLEAN:
            return f"({column} = {'true' if term.argument == YES else 'false'})::int::float8"
        return f"({column} = {_float(certain(number(term.argument)))})::int::float8"
    if term.transform == T.AT_LEAST:
        return f"({column} >= {_float(certain(number(term.argument)))})::int::float8"
    value = f"{column}::int::float8" if fact.kind is Kind.BOOLEAN else f"{column}::float8"
    # Not greatest(): that takes no notice of NULL, so that what is not known would count as nought.
    return f"ln(1 + CASE WHEN {value} < 0 THEN 0 ELSE {value} END)" if term.transform == T.LOG1P else value


def contribution(term: ScoreTerm) -> str:
    """Return what the term adds to the score, in points."""
    value = transformed(term)
    if term.when_unknown is not None:
        value = f"coalesce({value}, {_float(term.when_unknown)})"
    return f"{_float(term.weight)} * {value}"


def contributions(terms: Iterable[ScoreTerm]) -> list[str]:
    """Return the expressions whose sum, with the intercept, is the score."""
    return [contribution(term) for term in terms]


def score(model: ScoringModel, terms: Iterable[ScoreTerm]) -> str:
    """Return the score of one row of facts: intercept + Σ weight × transform(fact); NULL when it cannot be known."""
    return score_of(model.intercept, terms)


def score_of(intercept: Decimal, terms: Iterable[ScoreTerm]) -> str:
    """Return the same for terms that belong to no stored model yet."""
    return " + ".join([_float(intercept), *contributions(terms)])
