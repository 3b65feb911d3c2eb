"""Small register files for tests: written from rows, damaged by a seed."""

import csv
import random
from pathlib import Path
from typing import Any

from beneficiaries.models import ImportBatch
from beneficiaries.services.imports import import_now
from ministry.countries import current
from ministry.geography.loading import load_country
from ministry.models import Area
from tests.shared_register import shared_register

HOUSEHOLD = {
    "household_ref": "H1", "registered_on": "2024-05-01", "governorate_code": "EG-AST", "district_code": "EG-AST-03",
    "address": "شارع 7 - عقار 12", "phone": "01001234567", "urban": "0", "tenure": "rented", "monthly_rent": "700",
    "rooms": "3", "bedrooms": "2", "wall": "brick", "floor": "cement", "roof": "metal", "water": "piped_inside",
    "sanitation": "pit", "electricity": "grid", "cooking_fuel": "gas", "waste": "collected", "refrigerator": "1",
    "television": "1", "computer": "0", "mobile_phone": "1", "tablets": "0", "mobile_phones": "2",
    "income_monthly": "1850.5",
}  # fmt: skip
PERSON = {
    "household_ref": "H1", "person_ref": "P1", "full_name": "سعاد محمود عبد الله", "mother_name": "هدى حسن",
    "national_id": "", "birth_date": "1988-06-15", "sex": "F", "phone": "01001234567", "relationship": "head",
    "marital_status": "widowed", "years_schooling": "9", "in_school": "", "works": "0", "pregnant": "",
    "disability": "",
}  # fmt: skip
# Well-formed numbers: a woman born on 15 June 1988 in Asyut, a man born on 3 February 1990 in Cairo.
WOMAN_1988 = "28806152500149"
MAN_1990 = "29002030100117"


def household(**cells: str) -> dict[str, str]:
    return HOUSEHOLD | cells


def person(**cells: str) -> dict[str, str]:
    return PERSON | cells


def write(
    folder: Path,
    households: list[dict[str, str]] | None = None,
    people: list[dict[str, str]] | None = None,
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    """Write the two files into a folder and return it."""
    folder.mkdir(exist_ok=True)
    for name, rows in (("households", households or [household()]), ("individuals", people or [person()])):
        with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def country_areas() -> Area:
    """Load the governorates and return the country."""
    load_country(current())
    return Area.objects.get(level=Area.Level.COUNTRY)


def take_in(folder: Path, *, area: Area | None = None, **options: Any) -> ImportBatch:
    """Import the two files of a folder in this process."""
    return import_now(
        households=folder / "households.csv",
        individuals=folder / "individuals.csv",
        area=area or country_areas(),
        **options,
    )


def findings(batch: ImportBatch, severity: str = "") -> list[tuple[str, int, str, str, str]]:
    """Return (file, row, column, value, reason) of what was found."""
    found = batch.issues.order_by("file", "row", "column")
    if severity:
        found = found.filter(severity=severity)
    return list(found.values_list("file", "row", "column", "value", "reason"))


# What a clerk, a spreadsheet or a bad line does to a cell: (file, column, what becomes of the cell).
DAMAGES = (
    ("households", "registered_on", lambda cell: "31/02/2024"),
    ("households", "registered_on", lambda cell: ""),
    ("households", "registered_on", lambda cell: "2999-01-01"),
    ("households", "governorate_code", lambda cell: "XX-1"),
    ("households", "governorate_code", lambda cell: ""),
    ("households", "district_code", lambda cell: "قسم ثان"),
    ("households", "urban", lambda cell: "نعم"),
    ("households", "tenure", lambda cell: "palace"),
    ("households", "monthly_rent", lambda cell: "-50"),
    ("households", "rooms", lambda cell: "three"),
    ("households", "rooms", lambda cell: "0"),
    ("households", "bedrooms", lambda cell: "2.5"),
    ("households", "wall", lambda cell: "brik"),
    ("households", "water", lambda cell: "١٢"),
    ("households", "refrigerator", lambda cell: "2"),
    ("households", "mobile_phones", lambda cell: "1e3"),
    ("households", "income_monthly", lambda cell: "12,5"),
    ("households", "income_monthly", lambda cell: "999999999"),
    ("households", "address", lambda cell: "ش" * 400),
    ("households", "address", lambda cell: "شارع \ufffd\ufffd"),
    ("individuals", "household_ref", lambda cell: "H-nowhere"),
    ("individuals", "household_ref", lambda cell: ""),
    ("individuals", "person_ref", lambda cell: ""),
    ("individuals", "person_ref", lambda cell: "P" * 41),
    ("individuals", "full_name", lambda cell: ""),
    ("individuals", "full_name", lambda cell: "12345"),
    ("individuals", "birth_date", lambda cell: "1990-13-01"),
    ("individuals", "birth_date", lambda cell: "2999-01-01"),
    ("individuals", "birth_date", lambda cell: "1820-01-01"),
    ("individuals", "birth_date", lambda cell: "غير معروف"),
    ("individuals", "sex", lambda cell: "ذكر"),
    ("individuals", "sex", lambda cell: ""),
    ("individuals", "relationship", lambda cell: "uncle-ish"),
    ("individuals", "relationship", lambda cell: ""),
    ("individuals", "marital_status", lambda cell: "engaged"),
    ("individuals", "years_schooling", lambda cell: "-1"),
    ("individuals", "years_schooling", lambda cell: "120"),
    ("individuals", "in_school", lambda cell: "maybe"),
    ("individuals", "works", lambda cell: "yes"),
    ("individuals", "disability", lambda cell: "vision"),
    ("individuals", "disability", lambda cell: "vision:9"),
    ("individuals", "disability", lambda cell: "hearing:2;hearing:3"),
)


def damaged_copy(folder: Path, *, cells: int, seed: int) -> set[tuple[str, int, str]]:
    """Write the shared register with so many damaged cells into a folder; return their (file, row, column)."""
    rng = random.Random(seed)
    rows = {}
    for name in ("households", "individuals"):
        with shared_register(f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows[name] = list(csv.DictReader(file))
    damaged: set[tuple[str, int, str]] = set()
    kinds = [*DAMAGES, *rng.choices(DAMAGES, k=max(0, cells - len(DAMAGES)))][:cells]
    touched: dict[str, set[int]] = {"households": set(), "individuals": set()}
    for name, column, damage in kinds:
        # Far enough apart that one finding is one damage.
        while (index := rng.randrange(len(rows[name]))) in touched[name]:
            continue
        touched[name] |= set(range(index - 15, index + 16))
        row = rows[name][index]
        row[column] = damage(row[column])
        damaged.add((name, index + 2, column))
    write(folder, rows["households"], rows["individuals"])
    return damaged
