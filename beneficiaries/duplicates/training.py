"""Learning a model from a register without being told which of its pairs are one person.

Each class is learnt where it can be recognised without the model: one person from pairs that share a sound number,
families from the people of one household and of two households linked by such a pair, strangers from random pairs.
Learnt from the pairs worth comparing alone, by expectation and maximisation, the first class drifts to families, in
which so much agrees, and strangers seem to share birth dates, because they were looked for by birth date.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from beneficiaries.duplicates.comparison import levels
from beneficiaries.duplicates.levels import FIELDS, ONE_DAY
from beneficiaries.duplicates.model import Model
from beneficiaries.duplicates.people import People

# Random pairs looked at, and pairs of households: enough for levels that one stranger in a million shows.
_RANDOM_PAIRS = 3_000_000
_HOUSEHOLD_PAIRS = 150_000
_SMOOTHING = 0.5
# However it was typed, one person's number seldom becomes another sound number or wholly different digits, and hardly
# ever the next sound number of the same day and place: that is a twin's.
_NUMBER_APART = {"different": 0.003, "different_sound": 0.003, "beside": 0.0001}
# Two people seldom share a number: a brother's may be copied from the line above, a stranger's hardly ever is.
_NUMBER_OF_KIN = 0.002
_NUMBER_OF_STRANGER = {"same": 1e-7, "same_one_day": 1e-5}
# Nor is anybody often registered under another given name altogether.
_OTHER_GIVEN_NAME = 2e-5
# A person is seldom in one household twice, but is.
_TWICE_IN_ONE_HOUSEHOLD = 0.01
# Where learning without anchors begins and ends: how much less the first level is believed of one person than the
# last, pairs a person, and the change of any weight below which nothing more is to be learnt.
_LEAST_BELIEVED = 0.1
_PAIRS_A_PERSON = 0.2
_NEXT_TO_NEVER = 1e-6
_SETTLED = 1e-3
_TURNS = 100
_NUMBER_SAME = ("same", "same_one_day")


def distinct(
    rows: np.ndarray, fields: Mapping[str, Sequence[str]] = FIELDS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distinct rows of levels, which of them each row is, and how often each is met."""
    sizes = np.array([len(words) + 1 for words in fields.values()], np.int64)
    factors = np.concatenate([[1], np.cumprod(sizes[:-1])])
    codes = (rows.astype(np.int64) + 1) @ factors
    _codes, at, where, counts = np.unique(codes, return_index=True, return_inverse=True, return_counts=True)
    return rows[at], where, counts


def train(people: People, first: np.ndarray, second: np.ndarray, *, version: str, seed: int = 1) -> Model:
    """Return a model learnt from a register and its pairs worth comparing. The same seed gives the same model."""
    rng = np.random.default_rng(seed)
    rows = levels(people, first, second)
    at = {name: rows[:, column] for column, name in enumerate(FIELDS)}
    fits = at["given_name"] >= _level("given_name", "slip")
    proven = np.isin(at["national_id"], [_level("national_id", word) for word in _NUMBER_SAME]) & fits
    agree = (
        (at["given_name"] >= _level("given_name", "script"))
        & (at["birth_date"] >= _level("birth_date", "swapped"))
        & (at["other_names"] >= _level("other_names", "short_two_common"))
        & ((at["mother"] >= _level("mother", "same_common")) | (at["phone"] == _level("phone", "same")))
        & (at["sex"] == 1)
    )
    # What one person's given name turns into is learnt where all else says that it is one person.
    named = (
        np.isin(at["national_id"], [_level("national_id", "same_one_day")])
        & (at["other_names"] >= _level("other_names", "short_two_common"))
        & (at["sex"] == 1)
    )
    anchors = dict.fromkeys(FIELDS, proven) | {"national_id": agree, "given_name": named}
    family = _family_rows(people, first[proven], second[proven], rng)
    strangers = _stranger_rows(people, rng)
    one_day = _one_day_rows(people, rng)
    chances = {}
    for column, name in enumerate(FIELDS):
        person = _chances(rows[anchors[name], column], name)
        kin = np.mean([_chances(part[:, column], name) for part in family], 0)
        unknown = _chances(strangers[:, column], name)
        if name == "national_id":
            person = _number_of_one_person(person)
            unknown[ONE_DAY:] = _chances(one_day[:, column], name)[ONE_DAY:]
            for word, chance in _NUMBER_OF_STRANGER.items():
                unknown[_level(name, word)] = chance
                kin[_level(name, word)] = min(kin[_level(name, word)], _NUMBER_OF_KIN)
        if name == "given_name":
            other = _level("given_name", "two_names")
            person[other] = min(person[other], _OTHER_GIVEN_NAME)
            person /= person.sum()
        if name == "place":
            household = _level("place", "household")
            person[household] = max(person[household], _TWICE_IN_ONE_HOUSEHOLD)
            person /= person.sum()
        chances[name] = [
            [float(f"{value:.4g}") for value in row] for row in np.stack([person, kin, unknown], 1).tolist()
        ]
    model = Model(version=version, chances=chances, pairs_per_person=[0.03, 1.0])
    distinct_rows, _where, counts = distinct(rows)
    count = len(people)
    shares = model.shares_among(distinct_rows, counts, count)
    rates = [float(f"{share * (count - 1) / 2:.3g}") for share in shares[:2]]
    return Model(version=version, chances=chances, pairs_per_person=rates)


def learn_unaided(kind: type[Model], rows: np.ndarray, strangers: np.ndarray, *, people: int, version: str) -> Model:
    """Return a model of one person and strangers for fields without anchors: no sound number, no households.

    `rows` are the levels of the pairs worth comparing, `strangers` those of random pairs. Strangers stay as random
    pairs show them; one person is found by expectation and maximisation, from the belief that whoever is in twice
    mostly agrees. Kin are nobody here: their class is that of strangers, and next to never met.
    """
    patterns, _where, counts = distinct(rows, kind.fields)
    unknown = [_met(strangers[:, at], np.ones(len(strangers)), words) for at, words in enumerate(kind.fields.values())]
    person = [np.linspace(_LEAST_BELIEVED, 1, len(words)) ** 2 for words in kind.fields.values()]
    person = [chances / chances.sum() for chances in person]
    rates = [_PAIRS_A_PERSON, _NEXT_TO_NEVER]
    model = _of_two_classes(kind, version, person, unknown, rates)
    for _turn in range(_TURNS):
        shares = model.shares_among(patterns, counts, people)
        weights = model.posteriors(patterns, shares)[:, 0] * counts
        person = [_met(patterns[:, at], weights, words) for at, words in enumerate(kind.fields.values())]
        rates = [max(float(weights.sum()) / max(people, 1), _NEXT_TO_NEVER), _NEXT_TO_NEVER]
        former, model = model, _of_two_classes(kind, version, person, unknown, rates)
        moved = max(np.abs(new - old).max() for new, old in zip(model.weights, former.weights, strict=True))
        if moved < _SETTLED:
            break
    return model


def _of_two_classes(
    kind: type[Model], version: str, person: list[np.ndarray], unknown: list[np.ndarray], rates: list[float]
) -> Model:
    chances = {
        name: np.stack([mine, others, others], 1).tolist()
        for name, mine, others in zip(kind.fields, person, unknown, strict=True)
    }
    return kind(version=version, chances=chances, pairs_per_person=rates)


def _met(column: np.ndarray, weights: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """Return how often each level is met where the field is known, each pair by its weight, no level never."""
    known = column >= 0
    met = np.bincount(column[known], weights=weights[known], minlength=len(words)) + _SMOOTHING
    return met / met.sum()


def _level(field: str, word: str) -> int:
    return FIELDS[field].index(word)


def _column(field: str) -> int:
    return list(FIELDS).index(field)


def _chances(column: np.ndarray, field: str) -> np.ndarray:
    """Return how often each level is met where the field is known, no level never."""
    size = len(FIELDS[field])
    met = np.bincount(column[column >= 0], minlength=size) + _SMOOTHING
    if field != "national_id":
        return met / met.sum()
    # Numbers are judged apart where the birth dates agree, because then most of their digits must.
    return np.concatenate([met[:ONE_DAY] / met[:ONE_DAY].sum(), met[ONE_DAY:] / met[ONE_DAY:].sum()])


def _number_of_one_person(person: np.ndarray) -> np.ndarray:
    """Return the chances of numbers of one person, learnt from pairs that agree in all else.

    Among those are a few namesakes of one day: they must not teach that one person's numbers differ freely.
    """
    person = person.copy()
    for start in (0, ONE_DAY):
        part = person[start : start + ONE_DAY]
        for word, most in _NUMBER_APART.items():
            part[_level("national_id", word)] = min(part[_level("national_id", word)], most)
        part /= part.sum()
    # Dates seldom differ among pairs that agree in all else: slips of the number do not depend on that.
    person[:ONE_DAY] = person[ONE_DAY:]
    return person


def _family_rows(
    people: People, first: np.ndarray, second: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return levels of pairs of one household, and of members of two households that one person links.

    In the second kind each family was typed by another clerk, so that kinship shows as it does among duplicates. A
    pair counts as two people there when both have a sound number and the numbers differ.
    """
    order = np.argsort(people.household, kind="stable")
    households, starts = np.unique(people.household[order], return_index=True)
    members = dict(zip(households.tolist(), np.split(order, starts[1:]), strict=True))
    members.pop(-1, None)
    inside = []
    for household in rng.permutation(list(members))[:_HOUSEHOLD_PAIRS].tolist():
        inside.append(_all_pairs(members[household], members[household]))
    homes = {
        (min(a, b), max(a, b))
        for a, b in zip(people.household[first].tolist(), people.household[second].tolist(), strict=True)
        if a != b and a >= 0 and b >= 0
    }
    across = [_all_pairs(members[a], members[b]) for a, b in sorted(homes)[:_HOUSEHOLD_PAIRS]]
    inside_rows = _rows_of(people, inside)
    across_rows = _rows_of(people, across)
    number = across_rows[:, _column("national_id")]
    apart = [_level("national_id", word) for word in ("different_sound", "beside")]
    return inside_rows, across_rows[np.isin(number % ONE_DAY, apart) & (number >= 0)]


def _all_pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    pairs = np.stack(np.meshgrid(first, second, indexing="ij"), -1).reshape(-1, 2)
    return pairs[pairs[:, 0] < pairs[:, 1]] if first is second else pairs


def _rows_of(people: People, pairs: list[np.ndarray]) -> np.ndarray:
    both = np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64)
    return levels(people, both[:, 0], both[:, 1])


def _stranger_rows(people: People, rng: np.random.Generator) -> np.ndarray:
    count = len(people)
    wanted = min(_RANDOM_PAIRS, count * (count - 1) // 2)
    a, b = rng.integers(0, count, wanted), rng.integers(0, count, wanted)
    apart = (a != b) & ((people.household[a] != people.household[b]) | (people.household[a] < 0))
    rows = levels(people, a[apart], b[apart])
    return rows[~np.isin(rows[:, _column("national_id")], [_level("national_id", word) for word in _NUMBER_SAME])]


def _one_day_rows(people: People, rng: np.random.Generator) -> np.ndarray:
    """Return levels of neighbours in the order of birth dates, shuffled within a day: strangers of one day."""
    order = np.lexsort((rng.random(len(people)), people.born))
    pairs = [np.stack([order[:-distance], order[distance:]], 1) for distance in (1, 2, 3) if distance < len(order)]
    both = np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64)
    both = both[people.household[both[:, 0]] != people.household[both[:, 1]]]
    rows = levels(people, both[:, 0], both[:, 1])
    # Many of one day are in twice, or twins: whose names agree is no stranger.
    given, other = rows[:, _column("given_name")], rows[:, _column("other_names")]
    return rows[(given < _level("given_name", "alike")) & (other < _level("other_names", "father_apart_common"))]
