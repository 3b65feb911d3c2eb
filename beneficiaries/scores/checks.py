"""What is wrong with a term, said in a sentence, before it is saved. Nothing that cannot be computed gets through."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from beneficiaries.facts import CATALOGUE, Fact, Kind
from beneficiaries.models import ScoreTerm

T = ScoreTerm.Transform

# Which transforms make sense for which kinds of facts.
TRANSFORMS: dict[Kind, frozenset[str]] = {
    Kind.COUNT: frozenset(T.values),
    Kind.NUMBER: frozenset(T.values),
    Kind.MONEY: frozenset(T.values),
    Kind.BOOLEAN: frozenset({T.VALUE, T.EQUALS}),
    Kind.CHOICE: frozenset({T.EQUALS}),
}
YES, NO = "yes", "no"
# A score that went into itself would change with every sweep.
NOT_SCORABLE = frozenset({"pmt_score"})


@dataclass(frozen=True)
class TermError:
    """What is wrong with one field of a term."""

    field: str
    message: str


def check_term(term: ScoreTerm) -> Iterator[TermError]:
    """Return everything that keeps a term from being computed as it stands."""
    fact = CATALOGUE.get(term.fact)
    if fact is None:
        yield TermError("fact", _("There is no fact “{code}” in the catalogue.").format(code=term.fact))
        return
    if fact.code in NOT_SCORABLE:
        yield TermError("fact", _("A score cannot be computed from itself: choose another fact."))
    if term.transform not in TRANSFORMS[fact.kind]:
        yield TermError(
            "transform",
            _("“{transform}” does not fit the fact “{fact}”. Possible here: {possible}.").format(
                transform=T(term.transform).label if term.transform in T.values else term.transform,
                fact=fact.label,
                possible=" / ".join(str(T(value).label) for value in T.values if value in TRANSFORMS[fact.kind]),
            ),
        )
    else:
        yield from _check_argument(term, fact)
    if term.when_unknown is not None and term.transform in (T.EQUALS, T.AT_LEAST) and not 0 <= term.when_unknown <= 1:
        yield TermError(
            "when_unknown", _("When the fact is unknown this term can be worth between 0 and 1, or nothing at all.")
        )


def _check_argument(term: ScoreTerm, fact: Fact) -> Iterator[TermError]:
    argument = term.argument
    if term.transform in (T.VALUE, T.LOG1P):
        if argument:
            yield TermError(
                "argument", _("Leave “compared with” empty: this transform compares with nothing, so it would be lost.")
            )
    elif fact.kind is Kind.CHOICE:
        permitted = [value for value, _label in fact.choices]
        if argument not in permitted:
            yield TermError(
                "argument",
                _("“{value}” is not an answer to “{fact}”. Permitted: {permitted}.").format(
                    value=argument, fact=fact.label, permitted=", ".join(permitted)
                ),
            )
    elif fact.kind is Kind.BOOLEAN:
        if argument not in (YES, NO):
            yield TermError("argument", _("Compare “{fact}” with “yes” or “no”.").format(fact=fact.label))
    elif number(argument) is None:
        yield TermError(
            "argument",
            _("“{value}” is not a number, and “{fact}” is compared with one.").format(value=argument, fact=fact.label),
        )


def number(text: str) -> float | None:
    """Return a finite number written with Western digits, or nothing."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
