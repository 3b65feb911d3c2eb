"""How well a model tells the pairs that people have decided on: what a new model must show before it is used."""

from dataclasses import asdict, dataclass

import numpy as np

from beneficiaries.duplicates import comparison
from beneficiaries.duplicates.model import PERSON, Model, Shares
from beneficiaries.duplicates.people import People
from beneficiaries.models import DuplicatePair

_DECIDED = (DuplicatePair.Status.SAME, DuplicatePair.Status.DIFFERENT)


@dataclass(frozen=True)
class Proof:
    """One model against decided pairs. `loss`: mean negative log2 of the probability given to what was decided."""

    pairs: int
    same: int
    precision: float
    recall: float
    loss: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall) if self.recall else 0.0

    def as_json(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in (asdict(self) | {"f1": self.f1}).items()}


@dataclass(frozen=True)
class Labelled:
    """Decided pairs of people who both have a card still, as rows of levels, and which of them are one person."""

    levels: np.ndarray
    is_same: np.ndarray


def decided_pairs(people: People) -> Labelled:
    """Return the pairs people have decided on, compared anew."""
    pairs = np.array(
        [
            (a, b, status == DuplicatePair.Status.SAME)
            for a, b, status in DuplicatePair.objects.filter(status__in=_DECIDED)
            .order_by("pk")
            .values_list("individual_a_id", "individual_b_id", "status")
        ],
        np.int64,
    ).reshape(-1, 3)
    order = np.argsort(people.ids)
    rows = []
    known = np.ones(len(pairs), bool)
    for column in (0, 1):
        at = np.minimum(np.searchsorted(people.ids, pairs[:, column], sorter=order), max(len(people) - 1, 0))
        found = order[at] if len(people) else at
        known &= people.ids[found] == pairs[:, column] if len(people) else False
        rows.append(found)
    first, second = rows[0][known], rows[1][known]
    return Labelled(comparison.levels(people, first, second), pairs[known, 2].astype(bool))


def prove(model: Model, shares: Shares, labelled: Labelled) -> Proof:
    """Return how a model does on decided pairs at its own review threshold."""
    chances = model.posteriors(labelled.levels, shares)[:, PERSON]
    hits = chances >= model.review
    right = int((hits & labelled.is_same).sum())
    given = np.where(labelled.is_same, chances, 1 - chances)
    return Proof(
        pairs=len(chances),
        same=int(labelled.is_same.sum()),
        precision=right / max(int(hits.sum()), 1),
        recall=right / max(int(labelled.is_same.sum()), 1),
        loss=float(-np.log2(np.maximum(given, 1e-9)).mean()) if len(chances) else 0.0,
    )
