"""The compiled statement against plain Python, on random rules and random households."""

import datetime as dt
import itertools
import random

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beneficiaries.models import Disability, Household, HouseholdFacts, Individual, Membership, Score, ScoringModel
from programs.eligibility.checks import problems_of
from programs.eligibility.compiler import Keys, RuleCompiler
from programs.rules import Group, MemberRequirement, Requirement
from tests.ministry.factories import AreaFactory
from tests.programs.rule_oracle import House, Oracle, Person

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


def _facts(rng: random.Random) -> dict[str, object]:
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


def _person(rng: random.Random) -> Person:
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


@pytest.fixture(params=[1, 2])
def population(request, db) -> dict[int, House]:
    """200 households, written to the tables and kept as the oracle sees them."""
    rng = random.Random(request.param)
    area = AreaFactory()
    model = ScoringModel.objects.create(code="test", version=1, name_ar="نموذج")
    houses: dict[int, House] = {}
    people: list[tuple[int, Person]] = []
    households = Household.objects.bulk_create(
        Household(household_ref=f"H{n}", area=area, registered_on=dt.date(2020, 1, 1)) for n in range(200)
    )
    facts, scores = [], []
    for household in households:
        known = _facts(rng) if rng.random() < 0.9 else None
        house = House(known, [_person(rng) for _ in range(rng.randint(0, 5))])
        houses[household.pk] = house
        people += [(household.pk, person) for person in house.people]
        if known is not None:
            filled = {
                f.name: 0
                for f in HouseholdFacts._meta.fields
                if not f.null and not f.primary_key and not f.has_default()
            }
            filled |= {"as_of": ON, "computed_at": dt.datetime(2026, 2, 28, tzinfo=dt.UTC), "area_id": area.pk}
            facts.append(HouseholdFacts(household=household, **(filled | known)))
        if rng.random() < 0.7:
            house.score_of_model = rng.choice([None, 20.0, 45.0])
            scores.append(
                Score(scoring_model=model, household=household, value=house.score_of_model,
                      computed_at=dt.datetime(2026, 2, 28, tzinfo=dt.UTC))
            )  # fmt: skip
    HouseholdFacts.objects.bulk_create(facts)
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
    return houses


_ORDER = st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"])
_SOME = st.sampled_from(["eq", "ne", "in", "not_in"])


def _several(values: list[str]):
    return st.tuples(_SOME, st.lists(st.sampled_from(values), min_size=1, max_size=3)).map(
        lambda drawn: (drawn[0], ",".join(drawn[1]) if drawn[0] in ("in", "not_in") else drawn[1][0])
    )


def _one(operators, values: list[str]):
    return st.tuples(operators, st.sampled_from(values))


_FACTS = st.one_of(
    st.tuples(st.sampled_from(COUNTS[1:]), _one(_ORDER, ["0", "1", "2", "3", "5"])),
    st.tuples(st.just("members"), st.one_of(_one(_ORDER, ["0", "1", "3"]), _several(["0", "1", "2"]))),
    st.tuples(st.just("rooms"), st.one_of(_one(_ORDER, ["1", "2", "3"]), _several(["1", "2", "4"]))),
    st.tuples(st.just("formal_income_highest"), _one(_ORDER, ["0", "400", "1500.1", "1500.2"])),
    st.tuples(st.just("persons_per_room"), _one(_ORDER, ["0.5", "1", "2.4"])),
    st.tuples(st.just("pmt_score"), _one(_ORDER, ["45", "45.5"])),
    st.tuples(st.just("head_sex"), _several(["M", "F"])),
    st.tuples(st.just("tenure"), _several(["owned", "rented", "borrowed"])),
    st.tuples(st.sampled_from(["urban", "refrigerator"]), _one(st.sampled_from(["eq", "ne"]), ["true", "false"])),
)
_MEMBER = st.one_of(
    st.tuples(st.just("age"), st.one_of(_one(_ORDER, ["0", "6", "18", "65"]), _several(["6", "18", "64"]))),
    st.tuples(st.just("sex"), _several(["M", "F"])),
    st.tuples(st.just("relationship"), _several(["spouse", "child", "parent"])),
    st.tuples(st.just("marital_status"), _several(["single", "married"])),
    st.tuples(st.just("years_schooling"), _one(_ORDER, ["0", "6"])),
    st.tuples(st.just("severity"), st.one_of(_one(_ORDER, ["1", "2", "4"]), _several(["1", "3"]))),
    st.tuples(st.just("formal_income"), _one(_ORDER, ["0", "400", "1500.1"])),
    st.tuples(
        st.sampled_from(["in_school", "works", "pregnant"]), _one(st.sampled_from(["eq", "ne"]), ["true", "false"])
    ),
).map(lambda drawn: MemberRequirement(drawn[0], *drawn[1]))
_WHEN_UNKNOWN = st.sampled_from(["needs_information", "needs_information", "fails", "passes"])
_LEAF = st.one_of(
    st.tuples(_FACTS, _WHEN_UNKNOWN).map(
        lambda drawn: Requirement(
            id=0, fact=drawn[0][0], operator=drawn[0][1][0], value=drawn[0][1][1], when_unknown=drawn[1]
        )
    ),
    st.tuples(st.lists(_MEMBER, min_size=1, max_size=3), _one(_ORDER, ["0", "1", "2"]), _WHEN_UNKNOWN)
    .filter(lambda drawn: drawn[1] != ("lt", "0"))
    .map(
        lambda drawn: Requirement(
            id=0, members=tuple(drawn[0]), operator=drawn[1][0], value=drawn[1][1], when_unknown=drawn[2]
        )
    ),
)
_GROUP = st.recursive(
    st.tuples(st.sampled_from(["all", "any", "none"]), st.lists(_LEAF, min_size=1, max_size=3)),
    lambda inner: st.tuples(
        st.sampled_from(["all", "any", "none"]), st.lists(st.one_of(_LEAF, inner), min_size=1, max_size=3)
    ),
    max_leaves=4,
)


def _numbered(drawn, numbers=None) -> Group:
    numbers = numbers or itertools.count(101)
    kind, children = drawn
    return Group(
        kind,
        tuple(
            Requirement(next(numbers), child.operator, child.value, child.fact, child.members, child.when_unknown)
            if isinstance(child, Requirement)
            else _numbered(child, numbers)
            for child in children
        ),
    )


def _decided(
    compiler: RuleCompiler, keys: Keys | None = None
) -> dict[int, tuple[str, list[int], list[int], float | None]]:
    statement = compiler.decisions(keys or Keys())
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        return {row[0]: row[1:] for row in cursor.fetchall()}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=_GROUP, by_model=st.booleans())
def test_the_statement_agrees_with_plain_python(population, drawn, by_model):
    root = _numbered(drawn)
    assert problems_of(root) == []
    model = ScoringModel.objects.get().pk if by_model else None
    decided = _decided(RuleCompiler(root, on_date=ON, scoring_model_id=model))
    assert decided.keys() == population.keys()
    for key, house in population.items():
        oracle = Oracle(root, house, ON, by_model=by_model)
        assert decided[key] == (*oracle.verdict(), oracle.fact("pmt_score")), f"household {key}: {root}"


def test_one_household_and_ranges_give_the_same_rows_as_all_at_once(population):
    root = Group("all", (Requirement(1, "gte", "1", members=(MemberRequirement("age", "lt", "18"),)),
                         Requirement(2, "lt", "45.2", fact="pmt_score")))  # fmt: skip
    compiler = RuleCompiler(root, on_date=ON)
    everybody = _decided(compiler)
    ids = sorted(everybody)
    middle = ids[len(ids) // 2]
    assert _decided(compiler, Keys(None, middle)) | _decided(compiler, Keys(middle, None)) == everybody
    assert _decided(compiler, Keys(one=middle)) == {middle: everybody[middle]}
