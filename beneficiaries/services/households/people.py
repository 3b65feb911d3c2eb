"""People as rows of the registry: entering a new one with keys and numbers, correcting names and numbers."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from beneficiaries.models import Identifier, Individual
from ministry import countries
from ministry.exceptions import RuleViolation
from ministry.text import clean, digits, name_key, name_skeletons, phone_key

_NUMBERS_AT = 10_000_000


@dataclass(frozen=True)
class NewPerson:
    """What is known of somebody who is not in the registry yet; empty means not known."""

    full_name: str
    sex: str
    birth_date: dt.date | None
    mother_name: str = ""
    national_id: str = ""
    phone: str = ""
    marital_status: str = ""


def next_reference(prefix: str) -> str:
    """Return a file or person number of the portal's own, never given out twice: H-10000001."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('beneficiaries_reference')")
        return f"{prefix}-{_NUMBERS_AT + cursor.fetchone()[0]}"


def register_person(person: NewPerson, *, person_ref: str = "") -> Individual:
    """Enter a new person, with the keys by which searches find them, and the national number where it is known.

    Raises:
        RuleViolation: the national number already stands on somebody, or does not fit birth date or sex.
    """
    if person.national_id:
        refuse_number(person.national_id, birth_date=person.birth_date, sex=person.sex)
    individual = Individual(
        person_ref=person_ref or next_reference("P"),
        sex=person.sex,
        birth_date=person.birth_date,
        phone=person.phone,
        phone_key=phone_key(person.phone)[:20],
        marital_status=person.marital_status,
    )
    _name(individual, full_name=person.full_name, mother_name=person.mother_name)
    individual.save(force_insert=True)
    if person.national_id:
        _add_national_id(individual, person.national_id)
    return individual


def rename_person(individual: Individual, *, full_name: str, mother_name: str) -> None:
    """Correct somebody's name or mother's name, and the keys made of them."""
    _name(individual, full_name=full_name, mother_name=mother_name)
    individual.save(update_fields=["full_name", "mother_name", "name_key", "name_skeletons", "mother_key"])


def replace_identifier(individual: Individual, *, national_id: str, on: dt.date) -> None:
    """Give somebody another national number; the former one stays on the file as removed.

    Raises:
        RuleViolation: the number already stands on somebody else, or does not fit birth date or sex.
    """
    key = digits(national_id)
    current = individual.identifiers.filter(kind=Identifier.Kind.NATIONAL_ID, removed_on__isnull=True)
    if current.filter(value_key=key).exists():
        return
    refuse_number(national_id, birth_date=individual.birth_date, sex=individual.sex, holder=individual)
    for identifier in current.select_for_update():
        identifier.removed_on = on
        identifier.save(update_fields=["removed_on"])
    _add_national_id(individual, national_id)


def refuse_number(number: str, *, birth_date: dt.date | None, sex: str, holder: Individual | None = None) -> None:
    """Refuse a national number that cannot be this person's. A wrong check digit alone is no reason.

    Raises:
        RuleViolation: with the reason and what to do.
    """
    key = digits(number)
    read = countries.current().read_national_id(key)
    if read.problem and read.problem != "check_digit":
        raise RuleViolation(_("The national number is not built like one. Read it again from the card."))
    if birth_date and read.birth_date and read.birth_date != birth_date:
        raise RuleViolation(
            _("The national number says born on {number_date}, the file {birth_date}. Correct one of the two.").format(
                number_date=f"{read.birth_date:%d/%m/%Y}", birth_date=f"{birth_date:%d/%m/%Y}"
            )
        )
    if sex and read.sex and read.sex != sex:
        raise RuleViolation(_("The national number belongs to the other sex. Read it again from the card."))
    taken = Identifier.objects.filter(kind=Identifier.Kind.NATIONAL_ID, value_key=key, removed_on__isnull=True)
    if holder is not None:
        taken = taken.exclude(individual=holder)
    other = taken.select_related("individual").first()
    if other is not None:
        raise RuleViolation(
            _(
                "This national number already belongs to person {reference}. If that is the same person, enter the"
                " person's number instead of a new name."
            ).format(reference=other.individual.person_ref)
        )


def _name(individual: Individual, *, full_name: str, mother_name: str) -> None:
    individual.full_name = clean(full_name)
    individual.mother_name = clean(mother_name)
    individual.name_key = name_key(individual.full_name)[:300]
    individual.name_skeletons = name_skeletons(individual.full_name)
    individual.mother_key = name_key(individual.mother_name)[:300]


def _add_national_id(individual: Individual, number: str) -> None:
    key = digits(number)
    Identifier.objects.create(
        individual=individual,
        kind=Identifier.Kind.NATIONAL_ID,
        value=number,
        value_key=key,
        is_well_formed=countries.current().read_national_id(key).is_well_formed,
    )
