"""What levels weigh: the chance of each level among pairs of one person, of one family, and of strangers.

A pair's probability of being one person follows from the product of the chances of its levels (naive Bayes, Fellegi
and Sunter's way, with a third class), and from how frequent the three classes are among the pairs compared.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from beneficiaries.duplicates.levels import FIELDS
from beneficiaries.models import DuplicateModel

PERSON, FAMILY, STRANGERS = 0, 1, 2
# How likely a pair is one person, one family, strangers, before anything is compared.
Shares = tuple[float, float, float]
CLASSES = ("person", "family", "strangers")
SHIPPED = Path(__file__).with_name("model.json")
# Pairs worth of belief in the shares the model was trained with, against the shares of the pairs at hand.
_BELIEF_IN_SHARES = 100.0
# No level is so impossible that one field alone decides.
_LEAST_CHANCE = 1e-9


@dataclass(frozen=True)
class Model:
    """A version of the weights. `chances[field][level]` holds the three chances, by class."""

    version: str
    chances: dict[str, list[list[float]]]
    # Pairs of one person, and of one family, for each person of a register.
    pairs_per_person: list[float]
    # From this probability on a pair is put before people; from this one on it holds a payment.
    review: float = 0.5
    strong: float = 0.97
    # The fields compared and the names of their levels.
    fields: ClassVar[Mapping[str, tuple[str, ...]]] = FIELDS

    @classmethod
    def from_json(cls, parameters: dict[str, Any]) -> Self:
        """Read a model.

        Raises:
            ValueError: it was made for other fields or levels.
        """
        model = cls(**parameters)
        if {name: len(levels) for name, levels in model.chances.items()} != {
            name: len(levels) for name, levels in FIELDS.items()
        }:
            raise ValueError(f"Model {model.version} does not know the fields that are compared.")
        return model

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def shares(self, people: int) -> Shares:
        """Return how likely any two of so many people are one person, one family, or strangers."""
        person, family = (min(2 * rate / max(people - 1, 1), 0.2) for rate in self.pairs_per_person)
        return person, family, 1 - person - family

    @cached_property
    def weights(self) -> list[np.ndarray]:
        """Return for each field the natural logarithms of its chances; the last row (-1, unknown) says nothing."""
        return [
            np.vstack([np.log(np.maximum(np.array(self.chances[name]), _LEAST_CHANCE)), np.zeros(3)])
            for name in self.fields
        ]

    def log_likelihoods(self, levels: np.ndarray) -> np.ndarray:
        """Return the logarithms of the likelihood of each row of levels under the three classes."""
        total = np.zeros((len(levels), 3))
        for column, weights in enumerate(self.weights):
            total += weights[levels[:, column]]
        return total

    def posteriors(self, levels: np.ndarray, shares: Shares) -> np.ndarray:
        """Return the probabilities of the three classes for each row of levels."""
        logs = self.log_likelihoods(levels) + np.log(shares)
        logs -= logs.max(1, keepdims=True)
        chances = np.exp(logs)
        return chances / chances.sum(1, keepdims=True)

    def shares_among(self, levels: np.ndarray, counts: np.ndarray, people: int) -> Shares:
        """Return the shares of the three classes among all pairs of a register, from those worth comparing.

        Pairs that were not worth comparing are of strangers. The model's own shares count as some pairs, so that a
        handful of pairs does not overturn them.
        """
        pairs = max(people * (people - 1) / 2, 1.0)
        shares = np.array(self.shares(people))
        believed = shares[:2] / shares[:2].sum() * _BELIEF_IN_SHARES
        weight = pairs * shares[:2].sum()
        for _turn in range(50):
            mass = (self.posteriors(levels, tuple(shares)) * counts[:, None]).sum(0)[:2]
            mass = (mass + believed) * weight / (weight + _BELIEF_IN_SHARES) if weight else mass
            new = np.minimum(mass / pairs, 0.2)
            new = np.append(new, 1 - new.sum())
            moved = np.abs(np.log(new[:2] / shares[:2])).max()
            shares = new
            if moved < 1e-4:
                break
        return float(shares[0]), float(shares[1]), float(shares[2])

    def evidence(self, levels: np.ndarray, shares: Shares) -> list[dict[str, Any]]:
        """Return what one row of levels rests on: per field the weights of «one person» and «one family».

        Weights are log2 likelihood ratios against strangers; the entry «prior» holds those of the shares, so that
        each column adds up to the logarithm of the odds against strangers.
        """
        prior = np.log2(shares)
        entries = [_entry("prior", "", prior[PERSON] - prior[STRANGERS], prior[FAMILY] - prior[STRANGERS])]
        for column, (name, words) in enumerate(self.fields.items()):
            level = int(levels[column])
            logs = self.weights[column][level] / np.log(2)
            word = words[level] if level >= 0 else "unknown"
            entries.append(_entry(name, word, logs[PERSON] - logs[STRANGERS], logs[FAMILY] - logs[STRANGERS]))
        return entries


def _entry(name: str, level: str, person: float, family: float) -> dict[str, Any]:
    weights = {"weight_person": round(float(person), 2), "weight_family": round(float(family), 2)}
    return {"field": name, "level": level, **weights}


@cache
def shipped() -> Model:
    """Return the model that comes with the portal."""
    return Model.from_json(json.loads(SHIPPED.read_text()))


def in_force() -> Model:
    """Return the model by which pairs are scored now: the ministry's own where it has put one in force."""
    own = DuplicateModel.objects.filter(status=DuplicateModel.Status.IN_FORCE).first()
    return Model.from_json(own.parameters) if own else shipped()
