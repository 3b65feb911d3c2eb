"""People for tests of the search for duplicates, as a register holds them: with their keys."""

import datetime as dt

from beneficiaries.models import Household, Individual
from ministry.countries.egypt import check_digit, read_national_id
from ministry.text import name_key, name_skeletons, phone_key
from tests.beneficiaries.factories import HouseholdFactory, IdentifierFactory, IndividualFactory, MembershipFactory

BORN = dt.date(1988, 6, 15)


def number(*, born: dt.date = BORN, serial: int = 1234, governorate: str = "25") -> str:
    """Return a sound national number."""
    century = "2" if born.year < 2000 else "3"
    first = f"{century}{born:%y%m%d}{governorate}{serial:04d}"
    return f"{first}{check_digit(first)}"


def enter(
    full_name: str = "سعاد محمود عبد الله الهلالي",
    *,
    mother_name: str = "نعمة عبد الحميد الصاوي",
    national_id: str = "",
    birth_date: dt.date | None = BORN,
    sex: str = "F",
    phone: str = "01012345678",
    household: Household | None = None,
) -> Individual:
    """Return somebody registered, in a household of their own unless one is given."""
    person = IndividualFactory(
        full_name=full_name,
        name_key=name_key(full_name),
        name_skeletons=name_skeletons(full_name),
        mother_name=mother_name,
        mother_key=name_key(mother_name),
        birth_date=birth_date,
        sex=sex,
        phone=phone,
        phone_key=phone_key(phone) if phone else "",
    )
    if national_id:
        IdentifierFactory(
            individual=person, value=national_id, is_well_formed=read_national_id(national_id).is_well_formed
        )
    relationship = "child" if household else "head"
    MembershipFactory(individual=person, household=household or HouseholdFactory(), relationship=relationship)
    return person
