"""Registers that name people by given and family name and house them at a postal address: their fields and keys.

The engine is the same as for names that follow the father's: blocks of equal keys, one level a field, a model that
weighs levels. What differs is which fields there are. Nothing is said of families here: such registers hold single
people, so a model has two classes that matter, learnt by `training.learn_unaided`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from beneficiaries.duplicates.blocking import one_key, pairs_within
from beneficiaries.duplicates.model import Model
from beneficiaries.duplicates.people import Codes
from beneficiaries.duplicates.similarity import by_distinct_pair, nearness

COLUMNS = (
    "given_name",
    "family_name",
    "street_number",
    "street",
    "building",
    "suburb",
    "postcode",
    "state",
    "birth_date",
    "number",
)
_TEXT = ("different", "somewhat", "near")
_SAME = ("same_very_common", "same_common", "same_usual", "same_rare")
# Shares of people above which a value is that common.
_VERY_COMMON, _COMMON, _USUAL = 0.01, 0.003, 0.0005
FIELDS: dict[str, tuple[str, ...]] = {
    "given_name": (*_TEXT, *_SAME, "exchanged"),
    "family_name": (*_TEXT, *_SAME),
    "street": (*_TEXT, *_SAME, "exchanged"),
    "building": (*_TEXT, *_SAME),
    "suburb": (*_TEXT, *_SAME, "exchanged"),
    "street_number": (*_TEXT, "same"),
    "postcode": (*_TEXT, "same"),
    "state": (*_TEXT, "same"),
    "number": (*_TEXT, "same"),
    "birth_date": (*_TEXT, "one_part", "two_parts", "slip", "swapped", "same"),
}
# Pairs of fields that a typist fills in each other's place.
_EXCHANGED = (("given_name", "family_name"), ("street", "building"), ("suburb", "postcode"))
_EXCHANGED_LEVEL = len(_TEXT) + len(_SAME)
_PLAIN = ("street_number", "postcode", "state", "number")
# Any two of the keys in common make a pair worth comparing; of the others here one is enough where few share it.
_KEYS = tuple(name for name in COLUMNS if name != "state")
_ALONE = ("birth_date", "number", "street")


class EnglishModel(Model):
    """What the levels of these fields weigh."""

    fields = FIELDS


@dataclass(frozen=True)
class Residents:
    """Columns of codes into one list of texts, so that a value met in another field's place is recognised; -1: none."""

    columns: Mapping[str, Codes]
    texts: Sequence[str]

    def __len__(self) -> int:
        return len(self.columns[COLUMNS[0]])

    def shares(self, column: str) -> np.ndarray:
        """Return which share of people has each row's value."""
        codes = self.columns[column]
        often = np.bincount(codes[codes >= 0], minlength=len(self.texts) or 1)
        return often[np.maximum(codes, 0)] / max(len(self), 1)


def residents_from(table: pa.Table) -> Residents:
    """Return the columns of a table of text columns (`COLUMNS`); birth dates are eight digits, however impossible."""
    columns = [
        pc.utf8_lower(pc.utf8_trim_whitespace(pc.fill_null(table[name], ""))).combine_chunks() for name in COLUMNS
    ]
    coded = pc.dictionary_encode(
        pa.concat_arrays([pc.if_else(pc.equal(column, ""), None, column) for column in columns])
    )
    codes = np.asarray(pc.fill_null(coded.indices, -1)).astype(np.int32)
    return Residents(dict(zip(COLUMNS, np.split(codes, len(COLUMNS)), strict=True)), coded.dictionary.to_pylist())


def candidate_pairs(people: Residents) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs that agree in two keys, in a rare one, or in both names in either order."""
    codes = {name: people.columns[name].astype(np.int64) for name in _KEYS}
    given, family = codes["given_name"], codes["family_name"]
    blocks = [
        (one_key(codes[a], codes[b]), (codes[a] >= 0) & (codes[b] >= 0), np.full(len(people), at))
        for at, (a, b) in enumerate(combinations(_KEYS, 2))
    ]
    blocks += [(one_key(codes[name]), codes[name] >= 0, given) for name in _ALONE]
    both = (given >= 0) & (family >= 0)
    blocks.append((one_key(np.minimum(given, family), np.maximum(given, family)), both, codes["suburb"]))
    count = np.int64(max(len(people), 1))
    found = [first * count + other for first, other in (pairs_within(*block) for block in blocks)]
    pairs = np.unique(np.concatenate(found))
    return pairs // count, pairs % count


def levels(people: Residents, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return one row of levels for each pair of rows, one column for each field of `FIELDS`."""
    found = {name: _text_level(people, name, first, name, second) for name in COLUMNS if name != "birth_date"}
    exchanged = {pair: _exchanged(people, found, pair, first, second) for pair in _EXCHANGED}
    found = {
        name: level if name in _PLAIN else _with_rarity(people, name, first, level) for name, level in found.items()
    }
    for (name, other), marked in exchanged.items():
        found[name] = np.where(marked, _EXCHANGED_LEVEL, found[name])
        found[other] = np.where(marked, -1, found[other])
    found["birth_date"] = _date_level(people, first, second)
    return np.stack([found[name] for name in FIELDS], 1).astype(np.int8)


def _text_level(people: Residents, name: str, first: np.ndarray, other: str, second: np.ndarray) -> np.ndarray:
    """Return 0 to 2 (`_TEXT`) or 3 for the same value; -1 where one is unknown."""
    x, y = people.columns[name][first], people.columns[other][second]
    level = np.where((x < 0) | (y < 0), -1, 3).astype(np.int8)
    unlike = np.flatnonzero((x != y) & (level >= 0))
    level[unlike] = by_distinct_pair(x[unlike], y[unlike], lambda a, b: nearness(_words(people, a), _words(people, b)))
    return level


def _words(people: Residents, codes: Codes) -> list[str]:
    return [people.texts[code] for code in codes.tolist()]


def _exchanged(
    people: Residents, found: Mapping[str, np.ndarray], pair: tuple[str, str], first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Mark the pairs whose two values agree better crosswise than each in its place."""
    name, other = pair
    there, back = _text_level(people, name, first, other, second), _text_level(people, other, first, name, second)
    straight = np.maximum(found[name], 0) + np.maximum(found[other], 0)
    crosswise = np.maximum(there, 0) + np.maximum(back, 0)
    agrees = ((there >= 2) & ((back >= 2) | (back < 0))) | ((back >= 2) & (there < 0))
    return agrees & (crosswise > straight)


def _with_rarity(people: Residents, name: str, first: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return levels in which the same value counts by how rare it is."""
    share = people.shares(name)[first]
    rarity = np.select([share < _USUAL, share < _COMMON, share < _VERY_COMMON], [3, 2, 1], 0)
    return np.where(level == len(_TEXT), len(_TEXT) + rarity, level)


def _date_level(people: Residents, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    x, y = people.columns["birth_date"][first], people.columns["birth_date"][second]
    level = np.where((x < 0) | (y < 0), -1, FIELDS["birth_date"].index("same")).astype(np.int8)
    unlike = np.flatnonzero((x != y) & (level >= 0))
    level[unlike] = by_distinct_pair(x[unlike], y[unlike], lambda a, b: _dates(_words(people, a), _words(people, b)))
    return level


def _dates(first: Sequence[str], second: Sequence[str]) -> np.ndarray:
    near = nearness(first, second)
    parts = np.array(
        [
            [a[:4] == b[:4], a[4:6] == b[4:6], a[6:] == b[6:], a[4:6] == b[6:] and a[6:] == b[4:6]]
            for a, b in zip(first, second, strict=True)
        ],
        bool,
    )
    agree = parts[:, :3].sum(1)
    word = FIELDS["birth_date"].index
    return np.select(
        [parts[:, 0] & parts[:, 3], agree == 2, near == 2, agree == 1],
        [word("swapped"), word("two_parts"), word("slip"), word("one_part")],
        near,
    ).astype(np.int8)
