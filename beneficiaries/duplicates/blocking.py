"""Which pairs are worth comparing: those who agree in at least one of a dozen combinations of keys.

A block that grows too large (a frequent name on a default birth date) is split by a second key instead of being
compared in full, so that pairs grow with the register and not with its square.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from beneficiaries.duplicates.nicknames import proper_names
from beneficiaries.duplicates.people import CORES, NO_DATE, People

# People in one block who are all compared with each other.
BLOCK_LIMIT = 24
# The same where names are all that agree: of namesakes there are many.
NAMESAKES_LIMIT = 8
_TAIL = 7
_LONGEST = 1_000


def candidate_pairs(people: People, *, only_with: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs as two arrays of rows, the first below the second, in ascending order.

    `only_with`: a mark for each row; a pair is kept when at least one of its two is marked.
    """
    count = np.int64(len(people))

    def pairs_of(rule: tuple) -> np.ndarray:
        keys, known, second, *limit = rule
        first, other = pairs_within(keys, known, second, *limit)
        if only_with is not None:
            kept = only_with[first] | only_with[other]
            first, other = first[kept], other[kept]
        return first * count + other

    with ThreadPoolExecutor(CORES) as threads:
        found = list(threads.map(pairs_of, _rules(people)))
    pairs = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    width = max(len(people), 1)
    return pairs // width, pairs % width


def _rules(people: People) -> Iterator[tuple]:
    """Yield (key, where it is known, second key for blocks that are too large[, another limit])."""
    skeletons = people.skeletons.astype(np.int64)
    given, father, grandfather = skeletons[:, 0], skeletons[:, 1], skeletons[:, 2]
    last = people.last.astype(np.int64)
    mother = people.mother_skeletons.astype(np.int64)
    has_given, has_father, has_three = given >= 0, father >= 0, grandfather >= 0
    has_mother = mother[:, 1] >= 0
    born = people.born.astype(np.int64)
    has_date = people.born != NO_DATE
    year = people.year.astype(np.int64)
    phone = people.phone.astype(np.int64)
    has_phone = people.phone >= 0
    number = people.number.astype(np.int64)
    has_number = people.number >= 0
    head, tail, has_tail = _number_ends(people)
    # Day and month in either order.
    digits = people.born_digits.astype(np.int64)
    month, day = digits[:, 4] * 10 + digits[:, 5], digits[:, 6] * 10 + digits[:, 7]
    swapped = year * 10000 + np.minimum(month, day) * 100 + np.maximum(month, day)
    sex = people.sex.astype(np.int64)
    proper = _proper_given(people)

    yield one_key(number), has_number, given
    yield one_key(swapped, given), has_date & has_given, father
    yield one_key(given, father, last, year), has_date & has_father, people.mother[:, 0].astype(np.int64)
    yield one_key(phone, given), has_phone & has_given, father
    yield one_key(tail, given), has_tail & has_given, father
    yield one_key(tail, father, last), has_tail & has_father, born
    yield one_key(head, father, last), has_tail & has_three, born
    four = skeletons[:, 3]
    yield (
        one_key(given, father, grandfather, np.where(four >= 0, four, last)),
        has_given & has_three,
        year,
        NAMESAKES_LIMIT,
    )
    yield one_key(given, mother[:, 0], mother[:, 1], year), has_mother & has_date & has_given, father
    yield one_key(given, father, mother[:, 0], mother[:, 1]), has_mother & has_father, year
    yield one_key(born, father, last, sex), has_date & has_three, given
    yield one_key(born, mother[:, 0], mother[:, 1], sex), has_mother & has_date, given
    yield one_key(phone, born), has_phone & has_date, given
    yield one_key(proper, father, last, sex), has_father & (proper >= 0), year, NAMESAKES_LIMIT
    yield one_key(proper, mother[:, 0], mother[:, 1], year), has_mother & has_date & (proper >= 0), father


def one_key(*columns: np.ndarray) -> np.ndarray:
    """Return one 64-bit key for several columns (splitmix64, so that neighbours do not collide)."""
    key = np.full(len(columns[0]), len(columns), np.uint64)
    with np.errstate(over="ignore"):
        for column in columns:
            key = (key ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
            key *= np.uint64(0xBF58476D1CE4E5B9)
            key ^= key >> np.uint64(32)
    return key


def pairs_within(
    keys: np.ndarray, known: np.ndarray, second: np.ndarray, limit: int = BLOCK_LIMIT
) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of rows with one key; blocks above the limit are cut by the second key, then given up."""
    rows = np.flatnonzero(known)
    first, other, large = _grouped(keys[rows], rows, limit)
    if len(large):
        first_again, other_again, _lost = _grouped(one_key(keys[large], second[large]), large, limit)
        first = np.concatenate([first, first_again])
        other = np.concatenate([other, other_again])
    return np.minimum(first, other), np.maximum(first, other)


def _grouped(keys: np.ndarray, rows: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs of rows with equal keys, and the rows of groups that are too large."""
    order = np.argsort(keys)
    keys, rows = keys[order], rows[order].astype(np.int64)
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, np.int64)
    sizes = np.diff(np.concatenate([starts, [len(keys)]]))
    large = rows[np.repeat(sizes > limit, sizes)]
    firsts, others = [], []
    in_play = (sizes > 1) & (sizes <= limit)
    # Neighbours at distance 1, 2, … within each group: no list of groups is ever looped over.
    left = np.concatenate([np.repeat(np.where(in_play, sizes, 0), sizes), [0]])[: len(rows)]
    place = np.arange(len(rows)) - np.repeat(starts, sizes)
    remaining = np.where(left > 0, left - 1 - place, 0)
    at = np.flatnonzero(remaining)
    for distance in range(1, limit):
        at = at[remaining[at] >= distance]
        if not len(at):
            break
        firsts.append(rows[at])
        others.append(rows[at + distance])
    nothing = np.zeros(0, np.int64)
    return (np.concatenate(firsts), np.concatenate(others), large) if firsts else (nothing, nothing, large)


def _number_ends(people: People) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return codes for the first and last seven characters of each number, and whether it is long enough for both."""
    texts = pa.array(people.number_texts, pa.string()) if len(people.number_texts) else pa.array([""])
    head, tail = (
        np.asarray(pc.dictionary_encode(ends).indices).astype(np.int64)
        for ends in (pc.utf8_slice_codeunits(texts, 0, _TAIL), pc.utf8_slice_codeunits(texts, -_TAIL, _LONGEST))
    )
    is_long = np.asarray(pc.utf8_length(texts)) > _TAIL + 2
    at = np.maximum(people.number, 0)
    return head[at], tail[at], (people.number >= 0) & is_long[at]


def _proper_given(people: People) -> np.ndarray:
    """Return the skeleton of the name a nickname may stand for; of others the given name's own; -1 where none is met.

    A nickname of several names follows the most frequent one; the other rules catch the rest.
    """
    words = people.words
    codes = {text: code for code, text in enumerate(words.texts)}
    skeleton_of = words.skeleton_codes.astype(np.int64)
    proper = np.full(len(words.texts) or 1, -1, np.int64)
    for text, code in codes.items():
        names = [codes[name] for name in proper_names(text) if name in codes]
        if names:
            best = skeleton_of[max(names, key=lambda name: words.share[name])]
            proper[code] = best
    met = set(proper[proper >= 0].tolist())
    if met:
        plain = np.isin(skeleton_of, list(met)) & (proper[: len(skeleton_of)] < 0)
        proper[: len(skeleton_of)][plain] = skeleton_of[plain]
    given = people.names[:, 0]
    return np.where(given >= 0, proper[np.maximum(given, 0)], -1)
