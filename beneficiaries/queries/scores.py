"""Why a household has its score."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.html import format_html
from django.utils.translation import gettext as _

from beneficiaries.facts import CATALOGUE, Fact, phrase
from beneficiaries.models import Household, ScoreTerm, ScoringModel
from beneficiaries.scores import contributions
from beneficiaries.scores.parts import parts_that_add_up
from beneficiaries.scores.words import title_of
from ministry import formats


@dataclass(frozen=True)
class TermContribution:
    """What one term adds to a score. `points` is None when the fact is unknown and the model cannot do without it."""

    term: ScoreTerm
    fact: Fact
    # The fact as stored; None = unknown.
    value: Any
    points: float | None
    # The points as shown: with those of the other terms and the start they add up to the score that is shown.
    shown: Decimal | None = None

    @property
    def title(self) -> str:
        """Return the trait in words, with what it is compared with where the term asks for one thing."""
        return title_of(self.term)

    @property
    def seen(self) -> str:
        """Return what is known of this household, in words."""
        return phrase(self.fact, self.value)

    @property
    def shown_points(self) -> str:
        """Return the points as shown, with their sign."""
        return formats.signed(self.shown, places=2)

    @property
    def sentence(self) -> str:
        """Return in a sentence how this fact moved the score. A lower score means poorer."""
        if self.shown is None:
            return _("This is not known, and the model cannot do without it.")
        points = format_html(_("{points} points"), points=formats.number(abs(self.shown), 2))
        if self.is_assumed:
            text = _("Not known: the model assumes a usual value, which counts as better off by {points}.")
            if self.shown < 0:
                text = _("Not known: the model assumes a usual value, which counts as poorer by {points}.")
        elif not self.shown:
            return format_html(_("{seen}: this does not move the score."), seen=self.seen)
        elif self.shown < 0:
            text = _("{seen}: this counts as poorer and lowers the score by {points}.")
        else:
            text = _("{seen}: this counts as better off and raises the score by {points}.")
        return format_html(text, seen=self.seen, points=points)

    @property
    def is_assumed(self) -> bool:
        """Whether the points rest on what the model assumes for an unknown fact."""
        return self.value is None and self.points is not None


@dataclass(frozen=True)
class ScoreExplanation:
    """A score and where each point of it comes from: intercept + the terms' points, in this order, is the value."""

    model: ScoringModel
    value: float | None
    intercept: float
    # The start and the score as shown, two decimals; the terms' shown points lie exactly between them.
    start: Decimal
    total: Decimal | None
    terms: tuple[TermContribution, ...]

    @property
    def missing(self) -> list[Fact]:
        """Return the facts without which there is no score."""
        return [term.fact for term in self.terms if term.points is None]

    @property
    def shown_start(self) -> str:
        """Return the start as shown, with its sign."""
        return formats.signed(self.start, places=2)

    @property
    def by_size(self) -> list[TermContribution]:
        """Return the terms, those that move the score most first."""
        return sorted(self.terms, key=lambda term: -abs(term.points or 0))


def score_model_in_force(code: str) -> ScoringModel | None:
    """Return the version of a scoring model that is in force."""
    return ScoringModel.objects.filter(code=code, status=ScoringModel.Status.IN_FORCE).prefetch_related("terms").first()


def explain_score(model: ScoringModel, household: Household) -> ScoreExplanation | None:
    """Return the score of one household from its stored facts, split by term; None when it has no facts.

    The same expression as the sweep's, cut at its plus signs, so that the parts add up to the score exactly.
    """
    terms = list(model.terms.all())
    columns = [f"f.{term.fact}" for term in terms] + contributions(terms)
    with connection.cursor() as cursor:
        cursor.execute(
            # The columns come from the catalogue: `contributions` refuses any other.
            f"SELECT {', '.join(columns)} FROM beneficiaries_householdfacts f WHERE f.household_id = %s",  # noqa: S608
            [household.pk],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    values, points = row[: len(terms)], row[len(terms) :]
    total: float | None = float(model.intercept)
    for part in points:
        total = None if total is None or part is None else total + part
    # What is not known adds nothing that could be shown; the others are rounded together.
    start, *rounded = parts_that_add_up([float(model.intercept), *(part or 0.0 for part in points)])
    return ScoreExplanation(
        model=model,
        value=total,
        intercept=float(model.intercept),
        start=start,
        total=None if total is None else start + sum(rounded, Decimal(0)),
        terms=tuple(
            TermContribution(term, CATALOGUE[term.fact], value, part, None if part is None else shown)
            for term, value, part, shown in zip(terms, values, points, rounded, strict=True)
        ),
    )
