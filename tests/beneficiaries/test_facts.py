import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db import connection

from beneficiaries import rules
from beneficiaries.facts import CATALOGUE, Kind
from beneficiaries.facts import statement as facts_statement
from beneficiaries.models import Disability, Dwelling, Household, HouseholdFacts, Individual, Membership
from beneficiaries.services.facts import key_ranges, refresh_facts
from ministry.models import AreaFigure
from tests.beneficiaries.factories import (
    DisabilityFactory,
    DwellingFactory,
    HouseholdFactory,
    IndividualFactory,
    MembershipFactory,
    household_of,
)
from tests.ministry.factories import AreaFactory

TODAY = dt.date(2026, 11, 22)
KINDS = {
    Kind.COUNT: {"SmallIntegerField"},
    Kind.NUMBER: {"FloatField"},
    Kind.MONEY: {"FloatField"},
    Kind.BOOLEAN: {"BooleanField"},
    Kind.CHOICE: {"CharField"},
}
# Facts that are a cell of the dwelling as it stands.
HOME = [
    *("tenure", "wall", "floor", "roof", "water", "sanitation", "electricity", "cooking_fuel", "waste"),
    *("rooms", "bedrooms", "refrigerator", "television", "computer", "mobile_phone", "mobile_phones", "tablets"),
]
NOT_FACTS = {"household", "as_of", "computed_at", "area_id", "governorate_id"}


class TestCatalogue:
    def test_names_every_column_of_the_facts_and_nothing_else(self):
        assert {field.name for field in HouseholdFacts._meta.fields} - NOT_FACTS == set(CATALOGUE)

    def test_states_the_kind_of_each_column(self):
        for fact in CATALOGUE.values():
            assert HouseholdFacts._meta.get_field(fact.code).get_internal_type() in KINDS[fact.kind], fact.code

    def test_counts_of_unknown_members_are_facts_themselves(self):
        assert {fact.unknown_count for fact in CATALOGUE.values()} - {""} <= set(CATALOGUE)

    def test_choices_fit_their_column(self):
        for fact in CATALOGUE.values():
            longest = HouseholdFacts._meta.get_field(fact.code).max_length
            assert all(len(value) <= longest for value, _label in fact.choices), fact.code


@pytest.mark.parametrize(
    ("born", "on_date", "age"),
    [
        (dt.date(2008, 11, 22), TODAY, 18),
        (dt.date(2008, 11, 23), TODAY, 17),
        (dt.date(2008, 2, 29), dt.date(2026, 2, 28), 17),
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1), 18),
        (dt.date(2010, 2, 28), dt.date(2028, 2, 29), 18),
        (dt.date(2010, 3, 1), dt.date(2028, 2, 29), 17),
    ],
)
def test_a_constant_date_and_completed_years_agree(born, on_date, age):
    assert rules.completed_years(born, on_date) == age
    assert (born <= rules.years_before(on_date, 18)) == (age >= 18)


def expected_facts(household: Household, on_date: dt.date) -> dict:
    """Work the facts of one household out by hand, in the words of the catalogue and without its SQL."""
    memberships = [
        membership
        for membership in Membership.objects.filter(household=household).select_related("individual")
        if membership.joined_on <= on_date
        and (membership.left_on is None or membership.left_on > on_date)
        and (membership.individual.died_on is None or membership.individual.died_on > on_date)
    ]
    people = [membership.individual for membership in memberships]
    ages = {
        person.pk: rules.completed_years(person.birth_date, on_date) if person.birth_date else None for person in people
    }
    worst = {
        person.pk: max(Disability.objects.filter(individual=person).values_list("severity", flat=True), default=0)
        for person in people
    }

    def aged(low: int, high: int = 200) -> list[Individual]:
        return [person for person in people if ages[person.pk] is not None and low <= ages[person.pk] <= high]

    def ageless(condition) -> list[Individual]:
        return [person for person in people if ages[person.pk] is None and condition(person)]

    head = next((membership.individual for membership in memberships if membership.relationship == "head"), None)
    dwelling = Dwelling.objects.filter(household=household).first()
    schooling = [person.years_schooling for person in people if person.years_schooling is not None]
    adult_schooling = [person.years_schooling for person in aged(18) if person.years_schooling is not None]
    formal = [person.formal_income_monthly for person in people if person.formal_income_monthly is not None]
    dependants = len(aged(0, 14)) + len(aged(65))
    working_age = len(aged(15, 64))
    ages_known = all(age is not None for age in ages.values())
    severe_or_old = [person for person in people if worst[person.pk] >= 4 or (ages[person.pk] or 0) >= 65]
    income = float(household.income_monthly) if household.income_monthly is not None else None
    figure = AreaFigure.objects.filter(area=household.area, kind="poverty_rate").order_by("-period").first()
    home = {
        code: (getattr(dwelling, code) if getattr(dwelling, code) != "" else None) if dwelling else None
        for code in HOME
    }
    return home | {
        "members": len(people),
        "members_age_unknown": len(ageless(lambda person: True)),
        "females": sum(person.sex == "F" for person in people),
        "males": sum(person.sex == "M" for person in people),
        "children_0_5": len(aged(0, 5)),
        "children_6_11": len(aged(6, 11)),
        "children_12_14": len(aged(12, 14)),
        "children_15_17": len(aged(15, 17)),
        "children_0_17": len(aged(0, 17)),
        "adults_18_64": len(aged(18, 64)),
        "elderly_65": len(aged(65)),
        "pregnant_members": sum(person.pregnant is True for person in people),
        "members_pregnancy_unknown": sum(person.pregnant is None and person.sex == "F" for person in aged(15, 49))
        + len(ageless(lambda person: person.pregnant is None and person.sex == "F")),
        "working_members": sum(person.works is True for person in people),
        "members_work_unknown": sum(person.works is None for person in aged(15, 64))
        + len(ageless(lambda person: person.works is None)),
        "school_age_out_of_school": sum(person.in_school is False for person in aged(6, 17)),
        "school_age_schooling_unknown": sum(person.in_school is None for person in aged(6, 17))
        + len(ageless(lambda person: person.in_school is not True)),
        "members_with_disability": sum(severity > 0 for severity in worst.values()),
        "members_with_severe_disability": sum(severity >= 4 for severity in worst.values()),
        "elderly_or_severely_disabled": len(severe_or_old),
        "elderly_or_severely_disabled_unknown": len(ageless(lambda person: worst[person.pk] < 4)),
        "formal_income_highest": float(max(formal)) if formal else None,
        "adults_formal_income_unknown": sum(person.formal_income_monthly is None for person in aged(18))
        + len(ageless(lambda person: person.formal_income_monthly is None)),
        "dependency_ratio": dependants / working_age if ages_known and working_age else None,
        "dependants_share": dependants / len(people) if ages_known and people else None,
        "schooling_years_highest": max(schooling) if schooling else None,
        "schooling_years_mean_adults": sum(adult_schooling) / len(adult_schooling) if adult_schooling else None,
        "head_sex": head.sex if head else None,
        "head_age": ages[head.pk] if head else None,
        "head_marital_status": (head.marital_status or None) if head else None,
        "head_schooling_years": head.years_schooling if head else None,
        "head_works": head.works if head else None,
        "head_with_severe_disability": worst[head.pk] >= 4 if head else None,
        "urban": household.urban,
        "persons_per_room": len(people) / home["rooms"] if people and home["rooms"] else None,
        "monthly_rent": float(dwelling.monthly_rent) if dwelling and dwelling.monthly_rent is not None else None,
        "income_monthly": income,
        "income_per_head": income / len(people) if income is not None and people else None,
        "governorate_poverty_rate": float(figure.value) if figure else None,
        "pmt_score": None,
    }


def random_household(source: random.Random, areas: list) -> Household:
    """Return a household as careless offices hand them in: empty cells everywhere, people who left or died."""

    def maybe(value, unknown: float = 0.25):
        return None if source.random() < unknown else value

    household = HouseholdFactory(
        area=source.choice(areas),
        urban=maybe(source.random() < 0.5),
        income_monthly=maybe(Decimal(source.choice(["0", "850.5", "12000"]))),
    )
    if source.random() < 0.85:
        DwellingFactory(
            household=household,
            tenure=source.choice(["", *Dwelling.Tenure.values]),
            monthly_rent=maybe(Decimal("700.250"), 0.6),
            rooms=maybe(source.randint(0, 5)),
            bedrooms=maybe(source.randint(0, 3)),
            wall=source.choice(["", *Dwelling.Wall.values]),
            floor=source.choice(["", *Dwelling.Floor.values]),
            waste=source.choice(["", *Dwelling.Waste.values]),
            refrigerator=maybe(source.random() < 0.5),
            mobile_phones=maybe(source.randint(0, 4)),
        )
    birthdays = [rules.years_before(TODAY, age) for age in (0, 6, 12, 15, 18, 50, 65)]
    for number in range(source.choice([0, 1, 2, 4, 7])):
        born = source.choice(birthdays) + dt.timedelta(days=source.choice([-400, -1, 0, 0]))
        person = IndividualFactory(
            sex=source.choice("FM"),
            birth_date=maybe(born, 0.15),
            died_on=source.choice([None] * 8 + [TODAY, TODAY + dt.timedelta(days=1)]),
            marital_status=source.choice(["", "married", "widowed"]),
            years_schooling=maybe(source.randint(0, 16)),
            in_school=maybe(source.random() < 0.5),
            works=maybe(source.random() < 0.5),
            pregnant=maybe(source.random() < 0.3),
            formal_income_monthly=maybe(Decimal(source.choice(["0", "3400.125"])), 0.7),
        )
        tomorrow = TODAY + dt.timedelta(days=1)
        joined_on, left_on = source.choice(
            [(dt.date(2025, 3, 1), None)] * 8
            + [(TODAY, None), (tomorrow, None), (dt.date(2025, 3, 1), TODAY), (dt.date(2025, 3, 1), tomorrow)]
        )
        MembershipFactory(
            household=household,
            individual=person,
            relationship="head" if number == 0 else "child",
            joined_on=joined_on,
            left_on=left_on,
        )
        for domain in source.sample(Disability.Domain.values, source.choice([0, 0, 0, 1, 2])):
            DisabilityFactory(individual=person, domain=domain, severity=source.randint(2, 4))
    return household


def assert_facts_are_right(households: list[Household]) -> None:
    for household in households:
        row = HouseholdFacts.objects.get(household=household)
        seen = {code: getattr(row, code) for code in CATALOGUE}
        assert seen == pytest.approx(expected_facts(household, TODAY)), household.household_ref


@pytest.mark.django_db
class TestRefreshFacts:
    @pytest.mark.parametrize("seed", range(4))
    def test_agrees_with_a_calculation_by_hand_on_careless_households(self, seed):
        source = random.Random(seed)
        areas = AreaFactory.create_batch(3)
        for number, period in ((0, "2018"), (0, "2020"), (1, "2020")):
            AreaFigure.objects.create(
                area=areas[number], kind="poverty_rate", value=20 + number, period=period, source="test"
            )
        households = [random_household(source, areas) for _number in range(60)]

        assert refresh_facts(on_date=TODAY) == 60
        assert_facts_are_right(households)

    def test_gives_the_same_for_named_households_as_for_all(self):
        source = random.Random(99)
        households = [random_household(source, [AreaFactory()]) for _number in range(30)]
        refresh_facts([household.pk for household in households], on_date=TODAY)
        assert_facts_are_right(households)
        assert refresh_facts(on_date=TODAY) == 0

    def test_leaves_unchanged_rows_untouched(self):
        unchanged, touched = household_of({}), household_of({})
        refresh_facts(on_date=TODAY)
        before = HouseholdFacts.objects.get(household=unchanged).computed_at
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid FROM beneficiaries_householdfacts WHERE household_id = %s", [unchanged.pk])
            place = cursor.fetchone()

        MembershipFactory(household=touched, relationship="child")
        assert refresh_facts(on_date=TODAY + dt.timedelta(days=1)) == 1

        row = HouseholdFacts.objects.get(household=unchanged)
        assert (row.as_of, row.computed_at) == (TODAY, before)
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid FROM beneficiaries_householdfacts WHERE household_id = %s", [unchanged.pk])
            assert cursor.fetchone() == place
        assert HouseholdFacts.objects.get(household=touched).as_of == TODAY + dt.timedelta(days=1)

    def test_a_birthday_changes_the_counts(self):
        household = household_of({"birth_date": dt.date(2008, 11, 23)})
        refresh_facts(on_date=TODAY)
        assert HouseholdFacts.objects.get(household=household).children_0_17 == 1
        assert refresh_facts(on_date=TODAY + dt.timedelta(days=1)) == 1
        assert HouseholdFacts.objects.get(household=household).adults_18_64 == 1

    def test_takes_inactive_households_out(self):
        household = household_of({})
        refresh_facts([household.pk], on_date=TODAY)
        Household.objects.filter(pk=household.pk).update(status="inactive")
        assert refresh_facts([household.pk], on_date=TODAY) == 1
        assert not HouseholdFacts.objects.exists()

    def test_keeps_the_score(self):
        household = household_of({})
        refresh_facts([household.pk], on_date=TODAY)
        HouseholdFacts.objects.update(pmt_score=12.5)
        MembershipFactory(household=household, relationship="child")
        refresh_facts([household.pk], on_date=TODAY)
        assert HouseholdFacts.objects.get(household=household).pmt_score == 12.5

    def test_finds_the_governorate_of_a_district(self):
        governorate = AreaFactory()
        AreaFigure.objects.create(area=governorate, kind="poverty_rate", value=48, period="2020", source="test")
        district = AreaFactory(level="district", parent=governorate, code=f"{governorate.code}-01")
        row = HouseholdFactory(area=district)
        refresh_facts([row.pk], on_date=TODAY)
        facts = HouseholdFacts.objects.get(household=row)
        assert (facts.area_id, facts.governorate_id) == (district.pk, governorate.pk)
        assert facts.governorate_poverty_rate == 48

    def test_nobody_named_changes_nothing(self):
        household_of({})
        assert refresh_facts([], on_date=TODAY) == 0


@pytest.mark.django_db
def test_ranges_cover_every_household_once():
    ids = [household_of({}).pk for _number in range(7)]
    ranges = list(key_ranges(size=3))
    assert [sum(first <= pk <= last for first, last in ranges) for pk in ids] == [1] * 7


def test_an_empty_register_has_no_ranges(db):
    assert list(key_ranges()) == []


@pytest.mark.django_db
def test_one_household_costs_the_same_however_large_the_register():
    """The plan for named households probes by key: no table of people, memberships or difficulties is read whole."""
    household = household_of({}, {})
    scope = facts_statement.Scope(household_ids=(household.pk,))
    with connection.cursor() as cursor:
        # A small table is read whole because that is cheapest; without that choice, any remaining scan is a fault.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + facts_statement.select(scope, TODAY), scope.params(TODAY))
        plan = "\n".join(row[0] for row in cursor.fetchall())
    for table in ("individual", "membership", "disability", "household", "dwelling"):
        assert f"Seq Scan on beneficiaries_{table}" not in plan


@pytest.mark.django_db
def test_a_range_is_never_joined_row_by_row_however_stale_the_statistics():
    """Right after an import the planner expects one household; comparing each with each would take minutes."""
    for _number in range(40):
        household_of({}, {})
    scope = facts_statement.Scope(first_id=1, last_id=2**40, first_person_id=1, last_person_id=2**40)
    with connection.cursor() as cursor:
        cursor.execute(facts_statement.planner(chosen=True))
        cursor.execute("EXPLAIN " + facts_statement.merge(scope, TODAY), scope.params(TODAY))
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute(facts_statement.planner(chosen=False))
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)
    assert "Join Filter: (p.household_id" not in plan
    assert "Join Filter: (stored.household_id" not in plan
