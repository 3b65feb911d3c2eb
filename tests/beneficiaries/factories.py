"""Households, people and pairs for tests; all invented."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from beneficiaries.models import (
    Consent,
    Disability,
    DuplicatePair,
    Dwelling,
    Household,
    Identifier,
    Individual,
    Membership,
    ScoreTerm,
    ScoringModel,
)
from tests.ministry.factories import AreaFactory, UserFactory


class HouseholdFactory(DjangoModelFactory):
    """A registered household without members or dwelling."""

    class Meta:
        model = Household

    household_ref = factory.Sequence(lambda n: f"HT{n:07}")
    area = factory.SubFactory(AreaFactory)
    registered_on = dt.date(2025, 3, 1)
    urban = True


class DwellingFactory(DjangoModelFactory):
    """A rented flat of three rooms."""

    class Meta:
        model = Dwelling

    household = factory.SubFactory(HouseholdFactory)
    tenure = Dwelling.Tenure.RENTED
    rooms = 3
    floor = Dwelling.Floor.CEMENT


class IndividualFactory(DjangoModelFactory):
    """A person in no household."""

    class Meta:
        model = Individual

    person_ref = factory.Sequence(lambda n: f"PT{n:08}")
    full_name = "سعاد محمود عبد الله"
    name_key = factory.LazyAttribute(lambda person: person.full_name)
    sex = Individual.Sex.FEMALE
    birth_date = dt.date(1988, 6, 15)


class MembershipFactory(DjangoModelFactory):
    """A person who heads a household."""

    class Meta:
        model = Membership

    household = factory.SubFactory(HouseholdFactory)
    individual = factory.SubFactory(IndividualFactory)
    relationship = Membership.Relationship.HEAD
    joined_on = dt.date(2025, 3, 1)


class IdentifierFactory(DjangoModelFactory):
    """A national number."""

    class Meta:
        model = Identifier

    individual = factory.SubFactory(IndividualFactory)
    kind = Identifier.Kind.NATIONAL_ID
    value = factory.Sequence(lambda n: f"2880615{n:07}")
    value_key = factory.SelfAttribute("value")


class ConsentFactory(DjangoModelFactory):
    """Consent to the register, in force."""

    class Meta:
        model = Consent

    household = factory.SubFactory(HouseholdFactory)
    purpose = Consent.Purpose.REGISTER
    basis = Consent.Basis.CONSENT
    given_by = "سعاد محمود"
    method = Consent.Method.SIGNED
    given_on = dt.date(2025, 3, 1)
    recorded_by = factory.SubFactory(UserFactory)


class DisabilityFactory(DjangoModelFactory):
    """A severe difficulty in walking."""

    class Meta:
        model = Disability

    individual = factory.SubFactory(IndividualFactory)
    domain = Disability.Domain.MOBILITY
    severity = Disability.Severity.A_LOT


# What an import writes about two people with one number.
SHARED_NUMBER = {"field": "national_id", "level": "same", "weight_person": None, "weight_family": None}
# What a model says of two cards that are probably one person, in bits.
WEIGHED = [
    {"field": field, "level": level, "weight_person": person, "weight_family": family}
    for field, level, person, family in (
        ("prior", "", -11.2, -9.4),
        ("given_name", "same_common", 5.6, -1.1),
        ("other_names", "all_usual", 9.3, 8.8),
        ("mother", "same", 7.4, 6.9),
        ("birth_date", "swapped", 6.1, -2.7),
        ("national_id", "different_sound", -8.3, 0.4),
        ("phone", "unknown", 0, 0),
        ("sex", "same", 0.9, 0.1),
        ("place", "governorate", 1.2, 1.6),
    )
]


class DuplicatePairFactory(DjangoModelFactory):
    """An open strong pair: two heads of two households share a number."""

    class Meta:
        model = DuplicatePair

    individual_a = factory.LazyFunction(lambda: MembershipFactory().individual)
    individual_b = factory.LazyFunction(lambda: MembershipFactory().individual)
    probability = 1.0
    band = DuplicatePair.Band.STRONG
    evidence = factory.LazyFunction(
        lambda: [{"field": "national_id", "level": "same", "weight_person": None, "weight_family": None}]
    )


class ScoringModelFactory(DjangoModelFactory):
    """A draft formula: 50 plus what its terms add."""

    class Meta:
        model = ScoringModel

    code = "pmt"
    version = factory.Sequence(lambda n: n + 1000)
    name_ar = "نموذج"
    name_en = "Model"
    intercept = 50


class ScoreTermFactory(DjangoModelFactory):
    """Two points less for each member."""

    class Meta:
        model = ScoreTerm

    scoring_model = factory.SubFactory(ScoringModelFactory)
    fact = "members"
    weight = -2


def household_of(*members: dict, **household) -> Household:
    """Return a household whose members have these traits; the first one is the head."""
    home = HouseholdFactory(**household)
    for number, traits in enumerate(members):
        relationship = traits.pop("relationship", "head" if number == 0 else "child")
        MembershipFactory(household=home, individual=IndividualFactory(**traits), relationship=relationship)
    return home
