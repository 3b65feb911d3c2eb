"""One person's row as a clerk types it, the first time and, with other eyes, the second time."""

import datetime as dt
import random
from dataclasses import dataclass

from beneficiaries.demo.habits import Clerk, mistyped_name, swapped_digits
from beneficiaries.demo.people import Person

Cell = str | int


@dataclass(frozen=True, slots=True)
class TypedPerson:
    """A row of individuals.csv without its household, and how it differs from an earlier one of the same person."""

    person_ref: str
    cells: list[Cell]
    kind: str = ""


def type_person(rng: random.Random, clerk: Clerk, person: Person, person_ref: str, *, age: int) -> TypedPerson:
    """Return the row of somebody registered for the first time."""
    draw = rng.random
    name = person.full_name if draw() < 0.72 else person.short_name
    number = person.national_id
    # Newborn children often wait for their certificate; others have left the card at home.
    if draw() < (0.12 if age < 1 else 0.022):
        number = ""
    elif draw() < 0.004:
        number = swapped_digits(rng, number)
    born = person.born.isoformat() if draw() >= 0.004 else ""
    return TypedPerson(person_ref, _cells(rng, clerk, person, person_ref, name, number, born))


def type_again(
    rng: random.Random, clerk: Clerk, person: Person, person_ref: str, *, age: int, earlier: TypedPerson
) -> TypedPerson:
    """Return the row of somebody who is in already, and name what is different this time."""
    draw = rng.random
    changes: list[str] = []
    name = person.full_name
    if draw() < 0.3:
        name = person.short_name
    if draw() < 0.07:
        name = mistyped_name(rng, name)
        changes.append("typo")
    number = person.national_id
    if (luck := draw()) < 0.14:
        number = ""
        changes.append("no_number")
    elif luck < 0.2:
        number = swapped_digits(rng, number)
        changes.append("number_swapped")
    born, change = birth_date_again(rng, person.born, age=age)
    if change:
        changes.append(change)
    cells = _cells(rng, clerk, person, person_ref, name, number, born)
    if cells[1] != earlier.cells[1]:
        changes.append("spelling")
    if cells[6] != earlier.cells[6]:
        changes.append("phone")
    return TypedPerson(person_ref, cells, "+".join(changes) or "same")


def birth_date_again(rng: random.Random, born: dt.date, *, age: int) -> tuple[str, str]:
    """Return a birth date as it is typed the second time, and what is different about it.

    No slip puts a birth into the future: no office would have taken that.
    """
    luck = rng.random()
    if luck < 0.04 and born.day <= 12 and born.day != born.month:
        exchanged = born.replace(month=born.day, day=born.month)
        if age > 0 or exchanged < born:
            return exchanged.isoformat(), "day_and_month"
        return born.isoformat(), ""
    if luck < 0.08:
        return born.replace(month=1, day=1).isoformat(), "first_of_january"
    if luck < 0.11 and not (born.month == 2 and born.day == 29):
        return born.replace(year=born.year - 1).isoformat(), "year"
    return (born.isoformat(), "") if luck > 0.12 else ("", "no_birth_date")


def _cells(
    rng: random.Random, clerk: Clerk, person: Person, person_ref: str, name: str, number: str, born: str
) -> list[Cell]:
    draw = rng.random()
    mother = " ".join(person.mother if draw < 0.6 else person.mother[:2])
    return [
        person_ref,
        clerk.name(rng, name),
        clerk.name(rng, mother) if draw < 0.92 and mother else "",
        clerk.number(number),
        born,
        person.sex,
        clerk.phone(rng, person.phone) if person.phone else "",
        person.relationship,
        person.marital_status,
        person.years_schooling,
        "" if person.in_school is None else person.in_school,
        "" if person.works is None else person.works,
        "" if person.pregnant is None else person.pregnant,
        person.disability,
    ]
