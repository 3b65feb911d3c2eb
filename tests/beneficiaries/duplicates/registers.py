"""Register files as columns, without a database, and how well the shipped model does on them."""

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa

from beneficiaries.duplicates import blocking, comparison
from beneficiaries.duplicates.model import PERSON, Model
from beneficiaries.duplicates.people import SCHEMA
from beneficiaries.duplicates.people import people_from as columns_of
from beneficiaries.duplicates.training import distinct
from ministry.countries import current
from ministry.text import NameKeys, PhoneKeys, digits


def read_files(folder: Path) -> tuple[pa.Table, set[tuple[int, int]]]:
    """Return the people of a register's files, and the pairs of their rows that are one person."""
    names, phones, country = NameKeys(), PhoneKeys(), current()
    with (folder / "households.csv").open(encoding="utf-8", newline="") as file:
        homes = {row["household_ref"]: (at, row) for at, row in enumerate(csv.DictReader(file))}
    codes: dict[str, int] = {}
    rows, references = [], {}
    with (folder / "individuals.csv").open(encoding="utf-8", newline="") as file:
        for at, row in enumerate(csv.DictReader(file)):
            household, home = homes[row["household_ref"]]
            number = digits(row["national_id"])
            references[row["person_ref"]] = at
            rows.append(
                {
                    "id": at,
                    "name_key": names(row["full_name"])[0],
                    "mother_key": names(row["mother_name"])[0],
                    "sex": row["sex"],
                    "birth_date": dt.date.fromisoformat(row["birth_date"]) if row["birth_date"] else None,
                    "phone_key": phones(row["phone"])[0] if row["phone"] else "",
                    "number": number or None,
                    "is_well_formed": country.read_national_id(number).is_well_formed,
                    "household": household,
                    "area": codes.setdefault(home["district_code"], len(codes)),
                    "governorate": codes.setdefault(home["governorate_code"], len(codes)),
                }
            )
    with (folder / "truth_pairs.csv").open(encoding="utf-8", newline="") as file:
        truth = {
            tuple(sorted((references[row["person_a"]], references[row["person_b"]]))) for row in csv.DictReader(file)
        }
    return pa.Table.from_pylist(rows, schema=SCHEMA), truth


def f1_score(table: pa.Table, truth: set[tuple[int, int]], model: Model) -> float:
    """Return the harmonic mean of precision and recall at the model's own review threshold."""
    people = columns_of(table)
    first, second = blocking.candidate_pairs(people)
    rows, where, counts = distinct(comparison.levels(people, first, second))
    shares = model.shares_among(rows, counts, len(people))
    hits = np.flatnonzero(model.posteriors(rows, shares)[where, PERSON] >= model.review)
    found = set(zip(first[hits].tolist(), second[hits].tolist(), strict=True))
    right = len(found & truth)
    return 2 * right / (len(found) + len(truth))
