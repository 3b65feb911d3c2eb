"""Random households, written to the tables and kept as the oracle sees them."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

from django.db import connection

from beneficiaries.facts import CATALOGUE, Kind
from beneficiaries.models import Disability, Household, HouseholdFacts, Individual, Membership, Score, ScoringModel
from tests.ministry.factories import AreaFactory
from tests.programs.rule_oracle import House, Person

ON = dt.date(2026, 2, 28)
COUNTS = ("members", "children_0_17", "pregnant_members", "working_members")
RELATIONSHIPS = ("head", "spouse", "child", "parent", "other_relative")


def _birth_dates(rng: random.Random) -> dt.date | None:
    return rng.choice([
        None,
        dt.date(rng.randint(1930, 2026), rng.randint(1, 12), rng.randint(1, 28)),
        dt.date(rng.choice([1960, 2008, 2020]), 2, 29),
        dt.date(ON.year - rng.choice([6, 15, 18, 50, 65]), 2, 28),
        dt.date(ON.year - rng.choice([6, 15, 18, 50, 65]), 3, 1),
    ])  # fmt: skip


def some_facts(rng: random.Random) -> dict[str, object]:
    def perhaps(value):
        return None if rng.random() < 0.3 else value

    return {
        "members": rng.randint(0, 4),
        "members_age_unknown": rng.randint(0, 2),
        "children_0_17": rng.randint(0, 3),
        "pregnant_members": rng.randint(0, 1),
        "members_pregnancy_unknown": rng.randint(0, 1),
        "working_members": rng.randint(0, 2),
        "members_work_unknown": rng.randint(0, 2),
        "formal_income_highest": perhaps(rng.choice([0.0, 400.0, 1500.1])),
        "adults_formal_income_unknown": rng.randint(0, 1),
        "head_sex": perhaps(rng.choice("MF")),
        "tenure": perhaps(rng.choice(["owned", "rented", "borrowed"])),
        "urban": perhaps(rng.random() < 0.5),
        "refrigerator": perhaps(rng.random() < 0.5),
        "rooms": perhaps(rng.randint(1, 4)),
        "persons_per_room": perhaps(rng.choice([0.5, 1.0, 2.5])),
        "pmt_score": perhaps(rng.choice([10.0, 45.0, 45.5, 90.0])),
    }


def a_person(rng: random.Random) -> Person:
    joined_on = rng.choice([dt.date(2020, 1, 1), dt.date(2020, 1, 1), ON, ON + dt.timedelta(1)])
    return Person(
        sex=rng.choice("MF"),
        birth_date=_birth_dates(rng),
        relationship=rng.choice(RELATIONSHIPS[1:]),
        marital_status=rng.choice(["", "single", "married"]),
        years_schooling=rng.choice([None, 0, 6, 12]),
        in_school=rng.choice([None, True, False]),
        works=rng.choice([None, True, False]),
        pregnant=rng.choice([None, None, True, False]),
        severity=rng.choice([None, None, 2, 3, 4]),
        formal_income=rng.choice([None, 0.0, 400.0, 1500.1]),
        joined_on=joined_on,
        left_on=rng.choice([None, None, None, max(ON, joined_on), ON + dt.timedelta(1)]),
        died_on=rng.choice([None, None, None, None, ON, ON + dt.timedelta(1)]),
    )


def every_fact(rng: random.Random) -> dict[str, Any]:
    """Return a value for each fact of the catalogue, near the limits that rules are tried with; many are unknown."""
    values: dict[str, Any] = {}
    for code, fact in CATALOGUE.items():
        if HouseholdFacts._meta.get_field(code).null and rng.random() < 0.25:
            values[code] = None
        elif fact.kind is Kind.COUNT:
            values[code] = rng.randint(0, 3)
        elif fact.kind is Kind.BOOLEAN:
            values[code] = rng.random() < 0.5
        elif fact.kind is Kind.CHOICE:
            values[code] = rng.choice([value for value, _label in fact.choices])
        elif fact.kind is Kind.MONEY:
            values[code] = rng.choice([0.0, 400.0, 1500.1])
        else:
            values[code] = rng.choice([0.0, 0.5, 1.0, 2.0, 2.5])
    for unknown in {fact.unknown_count for fact in CATALOGUE.values() if fact.unknown_count}:
        values[unknown] = rng.choice([0, 0, 1, 2])
    return values


def populate(rng: random.Random, size: int, facts: Callable[[random.Random], dict[str, Any]]) -> dict[int, House]:
    """Write `size` households with members and facts; return them by key. One in ten has no facts."""
    area = AreaFactory()
    model = ScoringModel.objects.create(code="test", version=1, name_ar="نموذج")
    houses: dict[int, House] = {}
    people: list[tuple[int, Person]] = []
    households = Household.objects.bulk_create(
        Household(household_ref=f"H{n}", area=area, registered_on=dt.date(2020, 1, 1)) for n in range(size)
    )
    rows_of_facts, scores = [], []
    for household in households:
        known = facts(rng) if rng.random() < 0.9 else None
        house = House(known, [a_person(rng) for _ in range(rng.randint(0, 5))])
        houses[household.pk] = house
        people += [(household.pk, person) for person in house.people]
        if known is not None:
            filled = {
                f.name: 0
                for f in HouseholdFacts._meta.fields
                if not f.null and not f.primary_key and not f.has_default()
            }
            filled |= {"as_of": ON, "computed_at": dt.datetime(2026, 2, 28, tzinfo=dt.UTC), "area_id": area.pk}
            rows_of_facts.append(HouseholdFacts(household=household, **(filled | known)))
        if rng.random() < 0.7:
            house.score_of_model = rng.choice([None, 20.0, 45.0])
            scores.append(
                Score(scoring_model=model, household=household, value=house.score_of_model,
                      computed_at=dt.datetime(2026, 2, 28, tzinfo=dt.UTC))
            )  # fmt: skip
    HouseholdFacts.objects.bulk_create(rows_of_facts)
    Score.objects.bulk_create(scores)
    rows = Individual.objects.bulk_create(
        Individual(
            person_ref=f"P{number}", full_name="شخص", sex=person.sex, birth_date=person.birth_date,
            died_on=person.died_on, marital_status=person.marital_status, years_schooling=person.years_schooling,
            in_school=person.in_school, works=person.works, pregnant=person.pregnant,
            formal_income_monthly=person.formal_income,
        )
        for number, (_household, person) in enumerate(people)
    )  # fmt: skip
    Membership.objects.bulk_create(
        Membership(household_id=household, individual=row, relationship=person.relationship,
                   joined_on=person.joined_on, left_on=person.left_on)
        for row, (household, person) in zip(rows, people, strict=True)
    )  # fmt: skip
    Disability.objects.bulk_create(
        Disability(individual=row, domain=domain, severity=severity)
        for row, (_household, person) in zip(rows, people, strict=True)
        if person.severity
        for domain, severity in (("vision", person.severity), ("mobility", 2))
    )
    Household.objects.create(household_ref="gone", area=area, registered_on=ON, status="inactive")
    with connection.cursor() as cursor:
        # Without statistics the planner takes each table for empty, and counts members once for every household.
        for model in (Household, HouseholdFacts, Individual, Membership, Disability, Score):
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return houses
