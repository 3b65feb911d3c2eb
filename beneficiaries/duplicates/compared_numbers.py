"""What two people are known by in figures: birth dates, numbers, phones."""

from functools import lru_cache

import numpy as np

from beneficiaries.duplicates.levels import first_of
from beneficiaries.duplicates.people import NO_DATE, NUMBER_START, Codes, People, texts_at
from beneficiaries.duplicates.similarity import by_distinct_pair, slips
from ministry.countries import current

_FAR_SLIPS = 4
# Numbers given out at one counter on one day: twins, or neighbours in the queue.
_BESIDE = 60
_SERIAL_OF = slice(9, 13)
# Numbers of which counting characters first would cost more than comparing them.
_FEW_NUMBERS = 1_000
# For each place in a number: what turns the six digits from there on into one figure.
_SIX_IN_A_ROW = np.array(
    [
        [10.0 ** (5 - row + place) if 0 <= row - place < 6 else 0.0 for place in range(NUMBER_START - 5)]
        for row in range(NUMBER_START)
    ],
    np.float32,
)


def births(people: People, a: np.ndarray, b: np.ndarray, number: np.ndarray, alike: np.ndarray) -> np.ndarray:
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
    return first_of(
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


def numbers(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
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
    return first_of(
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


def phones(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
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
