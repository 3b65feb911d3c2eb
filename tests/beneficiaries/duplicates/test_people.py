"""A handful of people is read into the same columns as a register of millions."""

import datetime as dt

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from beneficiaries.duplicates import comparison
from beneficiaries.duplicates.people import SCHEMA, Frequencies, people_from, people_of

_PARTS = st.sampled_from(["سعاد", "محمد", "محمود", "الهلالي", "هلالي", "عبدالله", "mohamed", "x", "حماده"])
_NAMES = st.lists(_PARTS, max_size=8).map(" ".join)
_NUMBERS = st.none() | st.sampled_from(["28806152501234", "28806152501242", "2880615250124", "A1", "9" * 40, ""])
_ROWS = st.fixed_dictionaries(
    {
        "id": st.integers(0, 2**40),
        "name_key": _NAMES,
        "mother_key": _NAMES,
        "sex": st.sampled_from(["F", "M", "", "?"]),
        "birth_date": st.none() | st.dates() | st.sampled_from([dt.date(1988, 6, 15), dt.date(1988, 1, 1)]),
        "phone_key": st.sampled_from(["", "1012345678", "1012345679"]),
        "number": _NUMBERS,
        "is_well_formed": st.none() | st.booleans(),
        "household": st.none() | st.integers(1, 3),
        "area": st.none() | st.integers(1, 3),
        "governorate": st.none() | st.integers(1, 3),
    }
)


@settings(deadline=None)
@given(st.lists(_ROWS, min_size=1, max_size=16))
def test_a_handful_is_compared_as_a_register_is(rows):
    frequencies = Frequencies(10_000, {"محمد": 900, "سعاد": 40})
    few, many = people_of(rows, frequencies=frequencies), _table(rows, frequencies)
    for column in ("ids", "born", "born_digits", "sex", "number_is_sound", "number_is_whole", "household", "area"):
        assert np.array_equal(getattr(few, column), getattr(many, column)), column
    first, second = np.triu_indices(len(rows), 1)
    assert np.array_equal(comparison.levels(few, first, second), comparison.levels(many, first, second))


def _table(rows, frequencies):
    return people_from(pa.Table.from_pylist(rows, schema=SCHEMA), frequencies=frequencies)
