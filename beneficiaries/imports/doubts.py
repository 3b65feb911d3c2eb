"""What is doubtful about a person, judged by what was said together: number and birth date, age and family. Pure.

Register files and the guided registration ask the same questions; each notes the answers in its own way.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from beneficiaries.rules import LEAST_YEARS_BETWEEN_GENERATIONS, completed_years
from ministry.countries.pack import CountryPack
from ministry.text import fold_digits

# Takes column, value, reason code and parameters of one finding.
Note = Callable[[str, str, str, dict[str, Any]], None]

_YOUNGEST_HEAD = 15
_YOUNGEST_SPOUSE = 15
_OLDEST = 105
_PREGNANCY = range(12, 56)


def number_key(typed: str) -> str:
    """Return an identifier's Western digits and capital letters."""
    return "".join(
        character for character in fold_digits(typed).upper() if "0" <= character <= "9" or "A" <= character <= "Z"
    )


def doubt_number(note: Note, *, country: CountryPack, number: str, typed: str, born: str, sex: str) -> bool:
    """Note what is doubtful about a national number and about what it says; return whether it is well formed.

    `number` is the key of what was `typed`; `born` is a day as year-month-day, or nothing.
    """
    read = country.read_national_id(number)
    if read.problem:
        reason, params = "identifier_malformed", {}
        if read.problem == "length":
            reason = "identifier_length"
            params = {"found": len(number), "expected": country.national_id_length}
        elif read.problem == "check_digit":
            reason = "identifier_check_digit"
        note("national_id", typed, reason, params)
        return False
    if born and read.birth_date and (expected := read.birth_date.isoformat()) != born:
        note("birth_date", born, "birth_date_differs", {"expected": expected})
    if sex and read.sex and read.sex != sex:
        note("sex", sex, "sex_differs", {})
    return True


def doubt_age(
    note: Note,
    *,
    today: dt.date,
    born: str,
    sex: str,
    relationship: str,
    marital: str,
    schooling: str,
    pregnant: str,
) -> None:
    """Note what hardly goes with somebody's age. `born` is a day as year-month-day; flags are 1, 0 or nothing."""
    years = today.year - int(born[:4])
    if (int(born[5:7]), int(born[8:])) > (today.month, today.day):
        years -= 1
    if years > _OLDEST:
        note("birth_date", born, "very_old", {"years": years})
    if relationship == "head" and years < _YOUNGEST_HEAD:
        note("relationship", relationship, "head_too_young", {"years": years})
    if years < _YOUNGEST_SPOUSE and marital and marital != "single":
        note("marital_status", marital, "married_too_young", {"years": years})
    if schooling and int(schooling) > max(years, 0):
        note("years_schooling", schooling, "schooling_unlikely", {"found": int(schooling), "years": years})
    if pregnant == "1" and (sex == "M" or years not in _PREGNANCY):
        note("pregnant", pregnant, "pregnant_unlikely", {"years": years})


def doubt_kinship(note: Note, *, relationship: str, born: dt.date, head_born: dt.date) -> None:
    """Note a child of the head who is too old for it, or a parent who is too young."""
    if relationship == "child":
        years = completed_years(head_born, born) if head_born <= born else -1
        if years < LEAST_YEARS_BETWEEN_GENERATIONS:
            note("birth_date", born.isoformat(), "child_too_old", {"years": max(years, 0)})
    elif relationship == "parent":
        years = completed_years(born, head_born) if born <= head_born else -1
        if years < LEAST_YEARS_BETWEEN_GENERATIONS:
            note("birth_date", born.isoformat(), "parent_too_young", {"years": max(years, 0)})
