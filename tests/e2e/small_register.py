"""A register of two dozen households in Asyut, and what is due to each, computed by hand from the files' own cells.

Nothing here calls the product's arithmetic: facts, score, decisions and amounts are worked out again in plain
Python, so that the browser test can hold the portal's figures against them.
"""

import csv
import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

POVERTY_RATE_OF_ASYUT = 66.7
POVERTY_LINE = 45.0
HOUSEHOLD_COLUMNS = (
    "household_ref",
    "registered_on",
    "governorate_code",
    "district_code",
    "address",
    "phone",
    "urban",
    "tenure",
    "monthly_rent",
    "rooms",
    "bedrooms",
    "wall",
    "floor",
    "roof",
    "water",
    "sanitation",
    "electricity",
    "cooking_fuel",
    "waste",
    "refrigerator",
    "television",
    "computer",
    "mobile_phone",
    "tablets",
    "mobile_phones",
    "income_monthly",
)
INDIVIDUAL_COLUMNS = (
    "household_ref",
    "person_ref",
    "full_name",
    "mother_name",
    "national_id",
    "birth_date",
    "sex",
    "phone",
    "relationship",
    "marital_status",
    "years_schooling",
    "in_school",
    "works",
    "pregnant",
    "disability",
)
Row = dict[str, str]

_MEN = ("أحمد", "محمود", "مصطفى", "إبراهيم", "خالد", "حسن", "سعيد", "عبد الرحمن")
_WOMEN = ("فاطمة", "زينب", "نادية", "هدى", "سعاد", "أمينة", "صباح", "كريمة")
_FAMILIES = ("الصعيدي", "عثمان", "بشاي", "الجمل", "حماد", "الشريف")
_WEIGHTS = (2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def national_id(born: dt.date, sex: str, serial: int) -> str:
    """Return a number of Asyut (25) that fits birth date and sex, with the right last digit."""
    century = "2" if born.year < 2000 else "3"
    serial = serial * 2 + (1 if sex == "M" else 0)
    first = f"{century}{born:%y%m%d}25{serial:04d}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first, strict=True))
    return first + str((11 - total % 11) % 10)


@dataclass
class Register:
    """The two files' rows."""

    households: list[Row]
    individuals: list[Row]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the two files and return their paths."""
        paths = folder / "households.csv", folder / "individuals.csv"
        for path, columns, rows in zip(
            paths, (HOUSEHOLD_COLUMNS, INDIVIDUAL_COLUMNS), (self.households, self.individuals), strict=True
        ):
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)
        return paths

    def members_of(self, household_ref: str) -> list[Row]:
        return [row for row in self.individuals if row["household_ref"] == household_ref]


def make(prefix: str = "BR") -> Register:
    """Return the register; references begin with `prefix`, so that several can be entered side by side."""
    register = Register([], [])
    serial = 100
    for number in range(24):
        ref = f"{prefix}-{number:03d}"
        comfortable = number % 4 == 3
        register.households.append(_home(ref, number, comfortable))
        for place, (relationship, sex, born, more) in enumerate(_family(number)):
            serial += 1
            names = _MEN if sex == "M" else _WOMEN
            # No two families of one father, grandfather and family: the check for duplicates would rightly ask.
            father, grandfather = _MEN[number % 8], _MEN[(number + 3 + 2 * (number // 8)) % 8]
            person = dict.fromkeys(INDIVIDUAL_COLUMNS, "") | {
                "household_ref": ref,
                "person_ref": f"{prefix}-P{number:03d}{place}",
                "full_name": " ".join((names[(number + place) % 8], father, grandfather, _FAMILIES[number % 6])),
                "mother_name": f"{_WOMEN[(number + 5 + number // 8) % 8]} {_MEN[(number + 1 + 3 * (number // 8)) % 8]}",
                "national_id": national_id(born, sex, serial) if born else "",
                "birth_date": born.isoformat() if born else "",
                "sex": sex,
                "phone": f"010{(number * 7919 + place * 104729 + 10**7) * 37 % 10**8:08d}",
                "relationship": relationship,
                "marital_status": "married" if relationship in {"head", "spouse"} else "single",
                "years_schooling": str(_schooling(born, (number + place) % 13)),
                "works": "1" if relationship == "head" and number % 3 else "0",
            }
            register.individuals.append(person | more)
    # The same woman was registered again a year later: two files, one national number.
    twice = next(row for row in register.individuals if row["household_ref"] == f"{prefix}-001" and row["sex"] == "F")
    again = next(row for row in register.individuals if row["household_ref"] == f"{prefix}-006" and row["sex"] == "F")
    again |= {key: twice[key] for key in ("full_name", "mother_name", "national_id", "birth_date")}
    return register


def _schooling(born: dt.date | None, wanted: int) -> int:
    """Return `wanted` years of schooling, or as many as somebody of that age can have."""
    return wanted if born is None else max(0, min(wanted, timezone.localdate().year - born.year - 7))


def _home(ref: str, number: int, comfortable: bool) -> Row:
    return dict.fromkeys(HOUSEHOLD_COLUMNS, "") | {
        "household_ref": ref,
        "registered_on": f"2025-{number % 12 + 1:02d}-1{number % 9}",
        "governorate_code": "EG-AST",
        "district_code": "EG-AST-01",
        "address": f"شارع {number + 1}",
        "phone": f"0100{number:07d}",
        "urban": "1" if comfortable else "0",
        "tenure": "owned" if comfortable else "precarious" if number % 5 == 0 else "borrowed",
        "rooms": "5" if comfortable else "2",
        "bedrooms": "3" if comfortable else "1",
        "wall": "brick",
        "floor": "tile" if comfortable else "earth" if number % 2 else "cement",
        "roof": "concrete",
        "water": "piped_inside" if comfortable else "piped_outside",
        "sanitation": "sewer" if comfortable else "pit",
        "electricity": "grid",
        "cooking_fuel": "gas" if comfortable else "wood",
        "waste": "collected",
        "refrigerator": "1" if comfortable else "0",
        "television": "1",
        "computer": "1" if comfortable else "0",
        "mobile_phone": "1",
        "tablets": "0",
        "mobile_phones": "3" if comfortable else "1",
        "income_monthly": "" if number % 6 == 0 else str(1500 + number * 10),
    }


def _family(number: int) -> list[tuple[str, str, dt.date | None, Row]]:
    """Return (relationship, sex, birth date, further cells) of each member; families differ by number."""
    year = timezone.localdate().year
    family: list[tuple[str, str, dt.date | None, Row]] = [
        ("head", "M", dt.date(year - 38 - number % 5, 4, 1 + number), {}),
        ("spouse", "F", dt.date(year - 33 - number % 4, 9, 24 - number), {"pregnant": "1" if number == 8 else "0"}),
    ]
    # Children: none, one, two … with birthdays around the first of a month, where ages tip.
    for child in range(number % 5):
        born = dt.date(year - (4, 7, 13, 16, 10)[(number + child) % 5], child * 2 + 1, 1 if child % 2 else 2)
        family.append(("child", "F" if child % 2 else "M", born, {"in_school": "1"}))
    if number % 7 == 2:
        family.append(("parent", "F", dt.date(year - 71, 2, 3), {"marital_status": "widowed"}))
    if number % 7 == 4:
        family.append(("sibling", "M", dt.date(year - 29, 6, 5), {"disability": "mobility:4;self_care:3"}))
    if number == 10:
        # Nobody knows how old this relative is: the rules that ask for ages cannot be answered for sure.
        family.append(("sibling", "F", None, {}))
    return family


def age(born: str, on: dt.date) -> int | None:
    """Return completed years, None where no birth date is known."""
    if not born:
        return None
    date = dt.date.fromisoformat(born)
    return on.year - date.year - ((on.month, on.day) < (date.month, date.day))


def severity(member: Row) -> int:
    """Return the worst functional difficulty of a member, 0 for none."""
    return max((int(part.split(":")[1]) for part in member["disability"].split(";") if part), default=0)


def score(home: Row, members: list[Row], on: dt.date) -> float:
    """Return the household's score by the published demonstration formula."""
    head = next(member for member in members if member["relationship"] == "head")
    ages = [age(member["birth_date"], on) for member in members]
    known = [years for years in ages if years is not None]
    unsure = len(known) < len(members)
    dependants_share = 0.4 if unsure else sum(years < 15 or years >= 65 for years in known) / len(members)
    grown = [
        int(member["years_schooling"])
        for member, years in zip(members, ages, strict=True)
        if years is not None and years >= 18
    ]
    points = 51.25
    points -= 12 * math.log1p(len(members))
    points -= 10 * dependants_share
    points -= 8 * math.log1p(len(members) / int(home["rooms"]))
    points -= 3 * any(severity(member) >= SEVERE for member in members)
    points += 4 * any(member["works"] == "1" for member in members)
    points += 0.8 * int(head["years_schooling"])
    points += 0.6 * sum(grown) / len(grown)
    points -= 2 * (head["sex"] == "F")
    points += 3 * int(home["urban"])
    points -= 5 * (home["tenure"] == "precarious")
    points -= 8 * (home["floor"] == "earth") + 4 * (home["floor"] == "cement")
    points -= 5 * (home["wall"] == "waste")
    points += 3 * (home["water"] == "piped_inside")
    points += 4 * (home["sanitation"] == "sewer")
    points -= 6 * (home["cooking_fuel"] == "wood")
    points += 6 * int(home["refrigerator"]) + 3 * int(home["television"]) + 8 * int(home["computer"])
    points += 4 * math.log1p(int(home["mobile_phones"]))
    return points - 0.15 * POVERTY_RATE_OF_ASYUT


# «Cannot do at all» in any domain.
SEVERE = 4


def decide(program: str, home: Row, members: list[Row], on: dt.date) -> str:
    """Return eligible, not_eligible or needs_information, as the programme's published conditions say."""
    ages = [age(member["birth_date"], on) for member in members]
    if program == "takaful":
        first: Any = any(years is not None and years < 18 for years in ages) or any(
            member["pregnant"] == "1" for member in members
        )
        # Whether she is pregnant is asked of women of 15 to 49; of others an empty cell says nothing.
        unasked = any(
            member["pregnant"] == "" and member["sex"] == "F" and (years is None or 15 <= years <= 49)
            for member, years in zip(members, ages, strict=True)
        )
        if not first and (None in ages or unasked):
            first = None
    else:
        first = any(years is not None and years >= 65 for years in ages) or any(
            severity(member) >= SEVERE for member in members
        )
        if not first and None in ages:
            first = None
    if first is False or score(home, members, on) >= POVERTY_LINE:
        return "not_eligible"
    return "eligible" if first else "needs_information"


def amount(program: str, members: list[Row], on: dt.date) -> Decimal:
    """Return what is due for the month beginning `on`."""
    each = []
    for member in members:
        years = age(member["birth_date"], on)
        if program == "takaful":
            if years is not None and 6 <= years <= 17:
                each.append(60 if years <= 11 else 80 if years <= 14 else 100)
        elif (years is not None and years >= 65) or severity(member) >= SEVERE:
            each.append(350)
    most = sorted(each, reverse=True)[: 2 if program == "takaful" else 3]
    return Decimal((325 if program == "takaful" else 0) + sum(most))
