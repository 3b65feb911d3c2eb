"""Two people field by field: for each field one level, the same for a sweep of millions and for one new person.

`levels` names the levels; `compared_names` and `compared_numbers` find them.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from beneficiaries.duplicates.compared_names import given_names, mothers, other_names
from beneficiaries.duplicates.compared_numbers import births, numbers, phones
from beneficiaries.duplicates.levels import FIELDS, ONE_DAY, first_of
from beneficiaries.duplicates.people import CORES, People

# Pairs compared at once: what a few dozen arrays of this length need is all the memory that comparing takes.
AT_ONCE = 100_000
_ALIKE = FIELDS["given_name"].index("alike")
_LINEAGE = FIELDS["other_names"].index("father_apart_common")
_SAME_DAY_FROM = FIELDS["birth_date"].index("same_first_of_year")


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
    number = numbers(people, a, b)
    given, lineage = given_names(people, a, b), other_names(people, a, b)
    # What a number tells of the date is only asked where the names could be one person's.
    alike = (given >= _ALIKE) & (lineage >= _LINEAGE)
    birth = births(people, a, b, number, alike)
    number = np.where((number >= 0) & (birth >= _SAME_DAY_FROM), number + ONE_DAY, number).astype(np.int8)
    columns = (
        given,
        lineage,
        mothers(people, a, b),
        birth,
        number,
        phones(people, a, b),
        _sex(people, a, b),
        _place(people, a, b),
    )
    return np.stack(columns, 1)


def _sex(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    x, y = people.sex[a], people.sex[b]
    return np.where((x >= 0) & (y >= 0), x == y, -1).astype(np.int8)


def _place(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    def agree(column: np.ndarray) -> np.ndarray:
        return (column[a] >= 0) & (column[a] == column[b])

    known = (people.governorate[a] >= 0) & (people.governorate[b] >= 0)
    level = first_of([agree(people.household), agree(people.area), agree(people.governorate)], [3, 2, 1], 0)
    return np.where(known, level, -1).astype(np.int8)
