"""A registration's answers into the register: household, home, people, numbers, difficulties, consents.

Entered again after a correction, the same rows are brought in line; people who were taken out leave the household.
"""

import datetime as dt
from typing import Any

from beneficiaries.imports.doubts import number_key
from beneficiaries.imports.pairs import flag_shared_identifiers
from beneficiaries.models import (
    Consent,
    Disability,
    Dwelling,
    Household,
    Identifier,
    Individual,
    Membership,
    Registration,
    RegistrationPerson,
)
from beneficiaries.registration.file import RegistrationFile
from beneficiaries.registration.forms import SectionForm, boolean, day, decimal, whole
from beneficiaries.registration.sections import PersonForm
from ministry.countries import current
from ministry.models import User
from ministry.text import name_key, name_skeletons, phone_key

_DWELLING_CODES = ("tenure", "wall", "floor", "roof", "water", "sanitation", "electricity", "cooking_fuel", "waste")
_ASSETS = ("refrigerator", "television", "computer", "mobile_phone")
# What a person's card says; of somebody found in the register only what was not known there is filled in.
_NATIONAL = Identifier.Kind.NATIONAL_ID
_Move = RegistrationPerson.Move


def enter(*, file: RegistrationFile, actor: User, on_date: dt.date) -> Household:
    """Bring the register in line with a complete registration and return its household.

    Called in the transaction of the submission, with the registration locked.
    """
    registration = file.registration
    household = registration.household or Household(household_ref=registration.reference, registered_on=on_date)
    _household(household, file)
    _dwelling(household, file)
    _leave(household, registration, on_date)
    people = [_person(person.row, form, file, household, on_date) for person, form in file.person_forms]
    flag_shared_identifiers(individual_ids=people)
    _consents(household, file.forms["consent"], actor)
    return household


def _household(household: Household, file: RegistrationFile) -> None:
    address, work = file.forms["address"].cleaned_data, file.forms["work"].cleaned_data
    household.area = address["area"]
    household.address = address["address"]
    household.phone = address["phone"]
    household.phone_key = phone_key(address["phone"])[:20]
    household.urban = boolean(address["urban"])
    household.income_monthly = decimal(work["income_monthly"])
    household.save()


def _dwelling(household: Household, file: RegistrationFile) -> None:
    home, assets = file.forms["dwelling"].cleaned_data, file.forms["assets"].cleaned_data
    values: dict[str, Any] = {name: home[name] for name in _DWELLING_CODES}
    values |= {name: boolean(assets[name]) for name in _ASSETS}
    values |= {name: whole(home[name]) for name in ("rooms", "bedrooms")}
    values |= {name: whole(assets[name]) for name in ("tablets", "mobile_phones")}
    Dwelling.objects.update_or_create(
        household=household, defaults=values | {"monthly_rent": decimal(home["monthly_rent"])}
    )


def _leave(household: Household, registration: Registration, on_date: dt.date) -> None:
    """End the memberships of people who were taken out since the last submission."""
    gone = registration.people.filter(is_removed=True, individual__isnull=False).values("individual")
    for membership in household.memberships.current().filter(individual__in=gone):
        membership.left_on = max(on_date, membership.joined_on)
        membership.save(update_fields=["left_on"])


def _person(
    row: RegistrationPerson, form: PersonForm, file: RegistrationFile, household: Household, on_date: dt.date
) -> int:
    values = _card(form, file, row.number)
    individual = row.individual
    if individual is None:
        individual = Individual(person_ref=f"{file.registration.reference}-{row.number:02}", **values)
        individual.save()
    else:
        for name, value in values.items():
            # SECURITY: what another office knows of somebody is not overwritten by being found.
            if not row.is_linked or getattr(individual, name) in (None, "", []):
                setattr(individual, name, value)
        individual.save()
    _number(individual, form.cleaned_data["national_id"], on_date, keeps_former=row.is_linked)
    _difficulties(individual, file.forms["health"].disabilities(row.number), keeps_former=row.is_linked)  # type: ignore[attr-defined]
    move = _membership(individual, row, form, household, on_date)
    if row.individual_id != individual.pk or row.move != move:
        row.individual, row.move = individual, move
        row.save(update_fields=["individual", "move"])
    return individual.pk


def _card(form: PersonForm, file: RegistrationFile, number: int) -> dict[str, Any]:
    answers = form.cleaned_data
    health, work = file.forms["health"], file.forms["work"]
    return {
        "full_name": answers["full_name"],
        "mother_name": answers["mother_name"],
        "name_key": name_key(answers["full_name"])[:300],
        "name_skeletons": name_skeletons(answers["full_name"]),
        "mother_key": name_key(answers["mother_name"])[:300],
        "sex": answers["sex"],
        "birth_date": day(answers["birth_date"]),
        "phone": answers["phone"],
        "phone_key": phone_key(answers["phone"])[:20],
        "marital_status": answers["marital_status"],
        "years_schooling": whole(answers["years_schooling"]),
        "in_school": boolean(answers["in_school"]),
        "works": boolean(work.works(number)),  # type: ignore[attr-defined]
        "pregnant": boolean(health.pregnant(number)),  # type: ignore[attr-defined]
    }


def _number(individual: Individual, typed: str, on_date: dt.date, *, keeps_former: bool) -> None:
    key = number_key(typed)[:60]
    known = individual.identifiers.filter(kind=_NATIONAL, removed_on__isnull=True)
    if known.filter(value_key=key).exists() if key else (keeps_former or not known.exists()):
        return
    if not keeps_former:
        for identifier in known:
            identifier.removed_on = on_date
            identifier.save(update_fields=["removed_on"])
    if key:
        individual.identifiers.create(
            kind=_NATIONAL, value=typed, value_key=key, is_well_formed=current().read_national_id(key).is_well_formed
        )


def _difficulties(individual: Individual, found: dict[str, int], *, keeps_former: bool) -> None:
    if not keeps_former:
        individual.disabilities.exclude(domain__in=found).delete()
    for domain, severity in found.items():
        Disability.objects.update_or_create(individual=individual, domain=domain, defaults={"severity": severity})


def _membership(
    individual: Individual, row: RegistrationPerson, form: PersonForm, household: Household, on_date: dt.date
) -> str:
    """Let the person belong to the household, unless they live in another: that is for the second person to decide."""
    current_one = Membership.objects.current().filter(individual=individual).first()
    if current_one is None:
        if row.move == _Move.STAYS:
            return row.move
        joined = max(household.registered_on, individual.birth_date or household.registered_on)
        Membership.objects.create(
            household=household, individual=individual, relationship=form.relation, joined_on=joined
        )
    elif current_one.household_id == household.pk:
        current_one.relationship = form.relation
        current_one.save(update_fields=["relationship"])
    else:
        return _Move.WAITING
    return row.move if row.move == _Move.MOVED else ""


def _consents(household: Household, form: SectionForm, actor: User) -> None:
    answers = form.cleaned_data
    for purpose, answer in (
        (Consent.Purpose.REGISTER, answers["register"]),
        (Consent.Purpose.SHARING, answers["sharing"]),
    ):
        is_law = purpose == Consent.Purpose.REGISTER and answers["basis"] == Consent.Basis.LAW
        in_force = household.consents.in_force(purpose).first()
        if answer == "no" and not is_law:
            if in_force is not None:
                in_force.withdrawn_on = max(answers["given_on"], in_force.given_on)
                in_force.withdrawn_by = answers["given_by"]
                in_force.withdrawal_recorded_by = actor
                in_force.save()
            continue
        if in_force is None:
            in_force = Consent(household=household, purpose=purpose, recorded_by=actor)
        in_force.basis = Consent.Basis.LAW if is_law else Consent.Basis.CONSENT
        in_force.given_by, in_force.method, in_force.given_on = (
            answers["given_by"], answers["method"], answers["given_on"],
        )  # fmt: skip
        in_force.save()
