"""Terms of a scoring model as a person would say them, and whether their signs are what one would expect."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext as _

from beneficiaries.facts import CATALOGUE, Kind, phrase
from beneficiaries.models import ScoreTerm
from beneficiaries.scores.checks import YES
from beneficiaries.scores.signs import expected_sign, unnamed_answers
from ministry import formats

T = ScoreTerm.Transform
# Points of an amount of money are told per so many units of the currency: per one they would all be nought.
_MONEY_STEP = 100


@dataclass(frozen=True)
class TermInWords:
    """One term of a model: its trait, what it does in a sentence, and what is expected of its sign."""

    term: ScoreTerm
    title: str
    sentence: str
    # +1, −1, or 0 where either is sensible.
    expected: int

    @property
    def is_contrary(self) -> bool:
        """Whether the weight points the way that is not sensible."""
        return bool(self.expected) and float(self.term.weight) * self.expected < 0

    @property
    def expectation(self) -> str:
        """Return in words whether the sign is what one would expect."""
        if not self.expected:
            return _("either sign is sensible")
        if self.is_contrary:
            return _("against what is expected")
        return _("as expected: better off") if self.expected > 0 else _("as expected: worse off")

    @property
    def tone(self) -> str:
        return "" if not self.expected else "bad" if self.is_contrary else "ok"


def title_of(term: ScoreTerm) -> str:
    """Return the trait of a term, with what it is compared with where it asks for one thing."""
    fact = CATALOGUE.get(term.fact)
    if fact is None:
        return term.fact
    if term.transform == T.EQUALS and fact.kind is Kind.CHOICE:
        return _("{fact}: {value}").format(fact=fact.label, value=fact.choice_label(term.argument))
    if term.transform == T.EQUALS and fact.kind is not Kind.BOOLEAN:
        return _("{fact}: exactly {value}").format(fact=fact.label, value=formats.digits(term.argument))
    if term.transform == T.AT_LEAST:
        return _("{fact}: at least {value}").format(fact=fact.label, value=formats.digits(term.argument))
    if term.transform == T.LOG1P:
        return _("{fact} (logarithm)").format(fact=fact.label)
    return str(fact.label)


def sentence_of(term: ScoreTerm, base: Collection[str] = ()) -> str:
    """Return what a term does to the score."""
    fact = CATALOGUE.get(term.fact)
    if fact is None:
        return ""
    weight = float(term.weight)
    if fact.kind is Kind.BOOLEAN:
        answer = _("yes") if term.transform == T.VALUE or term.argument == YES else _("no")
        return _sentence(_("“{fact}”: the answer {answer} gives {points}."), weight, fact=fact.label, answer=answer)
    if term.transform == T.EQUALS and fact.kind is Kind.CHOICE:
        others = _(", ").join(fact.choice_label(value) for value in base)
        text = _("“{fact}”: the answer “{value}” gives {points}, compared with: {others}.")
        return _sentence(
            text,
            weight,
            fact=fact.label,
            value=fact.choice_label(term.argument),
            others=others or _("any other answer"),
        )
    if term.transform in (T.EQUALS, T.AT_LEAST):
        text = (
            _("“{fact}”: {value} or more gives {points}.")
            if term.transform == T.AT_LEAST
            else _("“{fact}”: exactly {value} gives {points}.")
        )
        return _sentence(text, weight, fact=fact.label, value=phrase(fact, _figure(term.argument)))
    if term.transform == T.LOG1P:
        return _sentence(_("“{fact}”: each doubling gives about {points}."), weight * math.log(2), fact=fact.label)
    if fact.kind is Kind.MONEY:
        amount = formats.money(_MONEY_STEP)
        return _sentence(
            _("“{fact}”: each further {amount} gives {points}."), weight * _MONEY_STEP, fact=fact.label, amount=amount
        )
    return _sentence(_("“{fact}”: each further one gives {points}."), weight, fact=fact.label)


def _figure(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _sentence(text: str, points: float, **values: object) -> str:
    places = 1 if abs(points) >= 10 else 2
    told = format_html(_("{points} points"), points=formats.signed(points, places=places))
    return format_html(text, points=told, **values)


def in_words(terms: Sequence[ScoreTerm], signs: Sequence[int] | None = None) -> list[TermInWords]:
    """Return all terms of a model in words, in their order; `signs` where a fit was held to some."""
    found = []
    for place, term in enumerate(terms):
        known = term.fact in CATALOGUE
        base = unnamed_answers(term.fact, terms) if known and CATALOGUE[term.fact].choices else []
        expected = signs[place] if signs is not None else expected_sign(term, base)
        found.append(TermInWords(term, title_of(term), sentence_of(term, base), expected))
    return found
