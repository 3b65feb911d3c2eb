"""Two people field by field: for each field one level, the same for a sweep of millions and for one new person.

A level is a small number with a name (`FIELDS`); -1 means that the field is unknown on one side and says nothing.
How frequent a name is belongs to its level: two people called كوكب agree in more than two called محمد.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from beneficiaries.duplicates.nicknames import is_nickname
from beneficiaries.duplicates.people import CORES, NO_DATE, NUMBER_START, Codes, People, Words, texts_at
from beneficiaries.duplicates.similarity import NEAR, SOMEWHAT, by_distinct_pair, nearness, slips
from ministry.countries import current

# Names of the levels of each field, in the order of their numbers.
_NAMES = ("none", "one_apart", "father_apart", "two_apart", "short_one", "short_two", "all", "slips", "short_slip")
_RARITY = ("common", "usual", "rare")
FIELDS: dict[str, tuple[str, ...]] = {
    "given_name": (
        "two_names", "two_names_alike", "different", "alike", "slip", "nickname", "script", "same_very_common",
        "same_common", "same", "same_rare",
    ),
    "other_names": tuple(f"{level}_{rarity}" for level in _NAMES for rarity in _RARITY),
    "mother": ("different", "family_only", "given_apart", "given_only", "same_common", "same", "slip"),
    "birth_date": (
        "different", "year_near", "same_year", "same_day", "same_month", "slip", "first_of_year", "year_beside",
        "swapped", "same_first_of_year", "through_number", "same",
    ),
    "national_id": (
        "different", "different_sound", "beside", "far_slips", "two_slips", "slip", "cut", "same", "same_unsound",
        # The same, where the birth dates agree: then most digits must.
        "different_one_day", "different_sound_one_day", "beside_one_day", "far_slips_one_day", "two_slips_one_day",
        "slip_one_day", "cut_one_day", "same_one_day", "same_unsound_one_day",
    ),
    "phone": ("different", "slip", "same"),
    "sex": ("different", "same"),
    "place": ("elsewhere", "governorate", "area", "household"),
}  # fmt: skip
# Shares of people above which a name is common.
_VERY_COMMON, _COMMON, _RARE = 0.04, 0.008, 0.001
_RARE_PART, _USUAL_PART = 0.0015, 0.01
# Pairs compared at once: what a few dozen arrays of this length need is all the memory that comparing takes.
AT_ONCE = 100_000
_FAR_SLIPS = 4
# Numbers given out at one counter on one day: twins, or neighbours in the queue.
_BESIDE = 60
_SERIAL_OF = slice(9, 13)
# Numbers of which counting characters first would cost more than comparing them.
_FEW_NUMBERS = 1_000
# A word so many times rarer than a near one is a slip for it, however often that slip is made.
_SLIP_IS_RARER = 150
ONE_DAY = len(FIELDS["national_id"]) // 2
_ALIKE = FIELDS["given_name"].index("alike")
_LINEAGE = FIELDS["other_names"].index("father_apart_common")
_SAME_DAY_FROM = FIELDS["birth_date"].index("same_first_of_year")


# For each place in a number: what turns the six digits from there on into one figure.
_SIX_IN_A_ROW = np.array(
    [
        [10.0 ** (5 - row + place) if 0 <= row - place < 6 else 0.0 for place in range(NUMBER_START - 5)]
        for row in range(NUMBER_START)
    ],
    np.float32,
)


def levels(people: People, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return one row of levels for each pair of rows, one column for each field of `FIELDS`."""
    if len(first) <= AT_ONCE:
        return _levels(people, first, second)
    # Arrays are worked on outside the interpreter's lock, so that two threads use two cores.
    with ThreadPoolExecutor(CORES) as threads:
        parts = threads.map(
            lambda at: _levels(people, first[at : at + AT_ONCE], second[at : at + AT_ONCE]),
            range(0, len(first), AT_ONCE),
        )
        return np.concatenate(list(parts))


def _levels(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    number = _numbers(people, a, b)
    given, other_names = _given(people, a, b), _other_names(people, a, b)
    # What a number tells of the date is only asked where the names could be one person's.
    alike = (given >= _ALIKE) & (other_names >= _LINEAGE)
    birth = _birth(people, a, b, number, alike)
    number = np.where((number >= 0) & (birth >= _SAME_DAY_FROM), number + ONE_DAY, number).astype(np.int8)
    columns = (
        given,
        other_names,
        _mother(people, a, b),
        birth,
        number,
        _phone(people, a, b),
        _sex(people, a, b),
        _place(people, a, b),
    )
    return np.stack(columns, 1)


def _first_of(conditions: Sequence[np.ndarray], values: Sequence[int], default: int) -> np.ndarray:
    """Return the value of the first condition that holds, place by place: `numpy.select` at a quarter of its cost."""
    chosen = np.full(conditions[0].shape, default, np.int8)
    for condition, value in zip(reversed(conditions), reversed(values), strict=True):
        np.copyto(chosen, value, where=condition, casting="unsafe")
    return chosen


def _word_nearness(words: Words, a: Codes, b: Codes) -> np.ndarray:
    """Return how near words are; of two scripts their consonants are compared."""
    texts, skeletons, latin = words.texts, words.skeletons, words.is_latin
    other_script = latin[a] != latin[b]
    first = [skeletons[x] if other else texts[x] for x, other in zip(a.tolist(), other_script, strict=True)]
    second = [skeletons[y] if other else texts[y] for y, other in zip(b.tolist(), other_script, strict=True)]
    return nearness(first, second)


def _given(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    words = people.words
    x, y = people.names[a, 0], people.names[b, 0]
    level = np.full(len(a), -1, np.int8)
    known = (x >= 0) & (y >= 0)
    same = known & (x == y)
    share = words.share[np.maximum(x[same], 0)]
    level[same] = _first_of([share >= _VERY_COMMON, share >= _COMMON, share >= _RARE], [7, 8, 9], 10)
    unlike = np.flatnonzero(known & ~same)
    level[unlike] = by_distinct_pair(x[unlike], y[unlike], lambda p, q: _given_level(words, p, q))
    return level


def _given_level(words: Words, a: Codes, b: Codes) -> np.ndarray:
    texts = words.texts
    near = _word_nearness(words, a, b)
    same_sound = words.skeleton_codes[a] == words.skeleton_codes[b]
    two_scripts = words.is_latin[a] | words.is_latin[b]
    both_known = _two_names(words, a, b, near)
    nickname = np.array([is_nickname(texts[p], texts[q]) for p, q in zip(a.tolist(), b.tolist(), strict=True)], bool)
    alike = near >= SOMEWHAT
    return _first_of(
        [
            same_sound & two_scripts,
            nickname,
            # Two names that many people bear are two names, however near their letters are: محمد and محمود.
            both_known & alike,
            both_known,
            (near == NEAR) | same_sound,
            alike,
        ],
        [6, 5, 1, 0, 4, 3],
        2,
    ).astype(np.int8)


def _two_names(words: Words, a: Codes, b: Codes, near: np.ndarray) -> np.ndarray:
    """Tell of which words both are names of their own: known, and neither a frequent slip for the other."""
    share_a, share_b = words.share[a], words.share[b]
    is_slip = (near == NEAR) & (np.maximum(share_a, share_b) > _SLIP_IS_RARER * np.minimum(share_a, share_b))
    return words.is_known[a] & words.is_known[b] & ~is_slip


def _matches(words: Words, p: Codes, q: Codes) -> np.ndarray:
    """Return for each pair of name parts whether they are one name: the same word, or the same sound."""
    known = (p >= 0) & (q >= 0)
    p, q = np.maximum(p, 0), np.maximum(q, 0)
    one_sound = words.skeleton_codes[p] == words.skeleton_codes[q]
    one_word = words.bare_codes[p] == words.bare_codes[q]
    return known & (one_word | (one_sound & ~(words.is_known[p] & words.is_known[q])))


def _near_parts(words: Words, p: Codes, q: Codes, unmatched: np.ndarray) -> np.ndarray:
    """Mark the unmatched pairs of parts that are a slip apart and not two known names."""
    near = np.zeros(unmatched.shape, bool)
    at = np.nonzero(unmatched)
    x, y = np.broadcast_to(p, unmatched.shape)[at], np.broadcast_to(q, unmatched.shape)[at]
    near[at] = by_distinct_pair(x, y, lambda a, b: _part_nearness(words, a, b)) == NEAR
    return near


def _part_nearness(words: Words, a: Codes, b: Codes) -> np.ndarray:
    near = _word_nearness(words, a, b)
    near[_two_names(words, a, b, near)] = 0
    return near


def _shared(words: Words, p: Codes, q: Codes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for two matrices of parts: how many are shared, how many more are near, and the matches themselves."""
    match = _matches(words, p[:, :, None], q[:, None, :])
    shared = np.minimum(match.any(2).sum(1), match.any(1).sum(1))
    shorter = np.minimum((p >= 0).sum(1), (q >= 0).sum(1))
    near = np.zeros(len(p), np.int64)
    left = np.flatnonzero((shorter > shared) & (shorter - shared <= 2))
    if len(left):
        m = match[left]
        free = (~m.any(2) & (p[left] >= 0))[:, :, None] & (~m.any(1) & (q[left] >= 0))[:, None, :]
        slip = _near_parts(words, p[left][:, :, None], q[left][:, None, :], free)
        near[left] = np.minimum(slip.any(2).sum(1), slip.any(1).sum(1))
    return shared, near, match


def _other_names(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    words = people.words
    p, q = people.names[a, 1:], people.names[b, 1:]
    count_a, count_b = (p >= 0).sum(1), (q >= 0).sum(1)
    shorter = np.minimum(count_a, count_b)
    shared, near, match = _shared(words, p, q)
    apart = shorter - shared - near
    total = shared + near
    base = _first_of(
        [
            (apart == 0) & (near > 0) & (total >= 2),
            (apart == 0) & (near > 0),
            (apart == 0) & (shared >= 3),
            (apart == 0) & (shared == 2),
            (apart == 0) & (shared == 1),
            total >= 2,
            match[:, 0, 0],
            total == 1,
        ],
        [7, 8, 6, 5, 4, 3, 2, 1],
        0,
    )
    share = np.where(match.any(2), words.share[np.maximum(p, 0)], 1.0).min(1)
    rarity = _first_of([share < _RARE_PART, share < _USUAL_PART], [2, 1], 0)
    return np.where(shorter > 0, base * len(_RARITY) + rarity, -1).astype(np.int8)


def _mother(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    words = people.words
    x, y = people.mother[a, 0], people.mother[b, 0]
    known = (x >= 0) & (y >= 0)
    p, q = people.mother[a, 1:], people.mother[b, 1:]
    shared, near, _match = _shared(words, p, q)
    total = shared + near
    none_other = np.minimum((p >= 0).sum(1), (q >= 0).sum(1)) == 0
    same = _matches(words, x, y)
    like = np.zeros(len(a), bool)
    unlike = np.flatnonzero(known & ~same)
    like[unlike] = by_distinct_pair(x[unlike], y[unlike], lambda s, t: _given_level(words, s, t)) >= 4
    is_common = words.share[np.maximum(x, 0)] >= _RARE
    level = _first_of(
        [
            same & (total > 0) & is_common,
            same & (total > 0),
            same & none_other,
            same,
            like & ((total > 0) | none_other),
            total > 0,
        ],
        [4, 5, 3, 2, 6, 1],
        0,
    )
    return np.where(known, level, -1).astype(np.int8)


def _birth(people: People, a: np.ndarray, b: np.ndarray, number: np.ndarray, alike: np.ndarray) -> np.ndarray:
    x, y = people.born[a], people.born[b]
    known = (x != NO_DATE) & (y != NO_DATE)
    level = np.full(len(a), -1, np.int8)
    level[known] = _dates_level(people.born_digits[a[known]], people.born_digits[b[known]])
    # A date that does not fit, or is missing, may stand in the other's number; with one number for both it is the
    # number that says so, not the date.
    open_ = np.flatnonzero((level < 5) & (number != 7) & (number != 8) & alike)
    mine, other = a[open_], b[open_]
    same = _tells(people, mine, other) | _tells(people, other, mine)
    neither = np.flatnonzero((x[open_] == NO_DATE) & (y[open_] == NO_DATE))
    if len(neither):
        told_a, told_b = _told_by_number(people, mine[neither]), _told_by_number(people, other[neither])
        same[neither] |= (told_a != NO_DATE) & (told_a == told_b)
    level[open_[same]] = 10
    return level


def _dates_level(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    wrong = a != b
    count = wrong.sum(1)
    first = wrong.argmax(1)
    rows = np.arange(len(a))
    beside = np.minimum(first + 1, 7)
    exchanged = (count == 2) & (a[rows, first] == b[rows, beside]) & (a[rows, beside] == b[rows, first])
    weights = np.array([1000, 100, 10, 1], np.int32)
    year_a, year_b = a[:, :4] @ weights, b[:, :4] @ weights
    month_a, month_b = a[:, 4] * 10 + a[:, 5], b[:, 4] * 10 + b[:, 5]
    day_a, day_b = a[:, 6] * 10 + a[:, 7], b[:, 6] * 10 + b[:, 7]
    same_year, same_month, same_day = year_a == year_b, month_a == month_b, day_a == day_b
    first_a, first_b = (month_a == 1) & (day_a == 1), (month_b == 1) & (day_b == 1)
    return _first_of(
        [
            (count == 0) & first_a,
            count == 0,
            same_year & (month_a == day_b) & (day_a == month_b),
            same_month & same_day & (np.abs(year_a - year_b) == 1),
            same_year & (first_a | first_b),
            (count == 1) | exchanged,
            same_year & same_month,
            same_month & same_day,
            same_year,
            np.abs(year_a - year_b) == 1,
        ],
        [9, 11, 8, 7, 6, 5, 4, 3, 2, 1],
        0,
    ).astype(np.int8)


def _tells(people: People, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Tell whose number tells the birth date that is known of the other."""
    tells = np.zeros(len(rows), bool)
    at = np.flatnonzero(people.number_is_whole[rows] & (people.born[others] != NO_DATE))
    at = at[_holds_digits(people, rows[at], others[at])]
    tells[at] = _told_by_number(people, rows[at]) == people.born[others[at]]
    return tells


def _holds_digits(people: People, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Tell which numbers hold the year's last two digits, month and day of the other, in this order or backwards.

    Whatever the country, a number that tells a date does; few others do, so that few numbers have to be read.
    """
    starts = people.number_starts[people.number[rows]].astype(np.float32) - ord("0")
    held = starts @ _SIX_IN_A_ROW
    digits = people.born_digits[others].astype(np.int32)
    year, month, day = (digits[:, at] * 10 + digits[:, at + 1] for at in (2, 4, 6))
    forwards, backwards = year * 10_000 + month * 100 + day, day * 10_000 + month * 100 + year
    return ((held == forwards[:, None]) | (held == backwards[:, None])).any(1)


def _told_by_number(people: People, rows: np.ndarray) -> Codes:
    """Return the birth dates that sound numbers tell, NO_DATE where there is none."""
    told = np.full(len(rows), NO_DATE, np.int32)
    at = np.flatnonzero(people.number_is_whole[rows])
    if len(at):
        codes, where = np.unique(people.number[rows[at]], return_inverse=True)
        days = [_days_told(text) for text in texts_at(people.number_texts, codes)]
        told[at] = np.array(days, np.int32)[where]
    return told


@lru_cache(maxsize=100_000)
def _days_told(number: str) -> int:
    born = current().read_national_id(number).birth_date
    return (np.datetime64(born, "D").astype(int)).item() if born else NO_DATE


def _numbers(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    x, y = people.number[a], people.number[b]
    known = (x >= 0) & (y >= 0)
    sound = people.number_is_sound[a] & people.number_is_sound[b]
    level = np.full(len(a), -1, np.int8)
    same = known & (x == y)
    level[same] = np.where(people.number_is_whole[a[same]], 7, 8)
    unlike = np.flatnonzero(known & ~same)
    if len(unlike):
        nearest = by_distinct_pair(x[unlike], y[unlike], lambda p, q: _number_level(people, p, q))
        # Two numbers whose own check is right and which differ belong to two people, however near they are.
        nearest = np.where(sound[unlike] & (nearest != 2), 1, nearest)
        nearest = np.where(~sound[unlike] & (nearest == 2), 4, nearest)
        level[unlike] = nearest
    return level


def _number_level(people: People, p: Codes, q: Codes) -> np.ndarray:
    lengths_differ = people.number_lengths[p] != people.number_lengths[q]
    wrong = np.full(len(p), _FAR_SLIPS + 1, np.int32)
    near = np.flatnonzero(_least_slips(people, p, q) <= _FAR_SLIPS)
    wrong[near] = slips(texts_at(people.number_texts, p[near]), texts_at(people.number_texts, q[near]))
    return _first_of(
        [
            _are_beside(people, p, q) & ~lengths_differ,
            lengths_differ & (wrong <= 2),
            wrong == 1,
            wrong == 2,
            wrong <= _FAR_SLIPS,
        ],
        [2, 6, 5, 4, 3],
        0,
    )


def _least_slips(people: People, p: Codes, q: Codes) -> np.ndarray:
    """Return how many slips lie between two numbers at least: each changes how often two characters are met by one."""
    if len(p) <= _FEW_NUMBERS:
        return np.zeros(len(p), np.int32)
    counts = people.number_characters
    apart = np.zeros(len(p), np.int16)
    for column in range(counts.shape[1]):
        mine = counts[:, column]
        apart += np.abs(mine[p] - mine[q])
    return apart // 2


def _are_beside(people: People, p: Codes, q: Codes) -> np.ndarray:
    """Tell which numbers are of one day and place, their serials a few apart: twins are numbered so."""
    starts = people.number_starts
    beside = np.zeros(len(p), bool)
    at = np.flatnonzero(people.number_lengths[p] > _SERIAL_OF.stop)
    at = at[(starts[p[at], : _SERIAL_OF.start] == starts[q[at], : _SERIAL_OF.start]).all(1)]
    if len(at):
        digits = np.stack([starts[p[at], _SERIAL_OF], starts[q[at], _SERIAL_OF]]).astype(np.int32) - ord("0")
        serials = digits @ np.array([1000, 100, 10, 1], np.int32)
        are_digits = ((digits >= 0) & (digits <= 9)).all((0, 2))
        beside[at] = are_digits & (np.abs(serials[0] - serials[1]) <= _BESIDE)
    return beside


def _phone(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    x, y = people.phone[a], people.phone[b]
    known = (x >= 0) & (y >= 0)
    level = np.where(known, np.where(x == y, 2, 0), -1).astype(np.int8)
    unlike = np.flatnonzero(known & (x != y))
    if len(unlike):
        level[unlike] = by_distinct_pair(x[unlike], y[unlike], lambda p, q: _phone_level(people, p, q))
    return level


def _phone_level(people: People, p: Codes, q: Codes) -> np.ndarray:
    first, second = texts_at(people.phone_texts, p), texts_at(people.phone_texts, q)
    return (slips(first, second) == 1).astype(np.int8)


def _sex(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    x, y = people.sex[a], people.sex[b]
    return np.where((x >= 0) & (y >= 0), x == y, -1).astype(np.int8)


def _place(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    def agree(column: np.ndarray) -> np.ndarray:
        return (column[a] >= 0) & (column[a] == column[b])

    known = (people.governorate[a] >= 0) & (people.governorate[b] >= 0)
    level = _first_of([agree(people.household), agree(people.area), agree(people.governorate)], [3, 2, 1], 0)
    return np.where(known, level, -1).astype(np.int8)
