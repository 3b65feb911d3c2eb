import datetime as dt
import hashlib
import itertools
import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beneficiaries.models import Household
from programs.models import Entitlement, PaymentCycle
from programs.payments.benefit import Component, Member, benefit_of_snapshot, monthly_benefit
from programs.payments.preparation import END, components_of, minor_units, ranges, terms_of, write_range
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import KARAMA, TAKAFUL, agent, enrol, household, program_in_force

D = Decimal
NOVEMBER = dt.date(2026, 11, 1)
SCHOOL = (
    Component(1, D("60"), age_from=6, age_to=11),
    Component(2, D("80"), age_from=12, age_to=14),
    Component(3, D("100"), age_from=15, age_to=17),
)


def takaful(*births: dt.date | None) -> Decimal:
    return monthly_benefit(
        base=D("325"),
        components=SCHOOL,
        members_max=2,
        members=[Member(birth) for birth in births],
        on_date=NOVEMBER,
        minor_units=2,
    ).amount


def aged(years: int) -> dt.date:
    """Born in the middle of the year so that the age on 1 November is `years`."""
    return dt.date(2026 - years, 6, 15)


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ((), "325.00"),
        ((7,), "385.00"),
        ((7, 13), "465.00"),
        ((7, 13, 16), "505.00"),  # the two largest of three
        ((16, 16, 16, 16), "525.00"),
        ((5,), "325.00"),
        ((18,), "325.00"),
    ],
)
def test_counts_at_most_two_children_the_largest_amounts_first(ages, expected):
    assert takaful(*(aged(years) for years in ages)) == D(expected)


@pytest.mark.parametrize(
    ("birth_date", "expected"),
    [
        (dt.date(2020, 11, 1), "385.00"),  # six on the first itself
        (dt.date(2020, 11, 2), "325.00"),  # six one day later
        (dt.date(2014, 11, 1), "405.00"),  # twelve on the first
        (dt.date(2014, 11, 2), "385.00"),
        (dt.date(2008, 11, 1), "325.00"),  # eighteen on the first
        (dt.date(2008, 11, 2), "425.00"),
        (dt.date(2012, 2, 29), "405.00"),
        (None, "325.00"),  # an unknown birth date is no age
        (dt.date(2026, 12, 1), "325.00"),  # not born yet
    ],
)
def test_ages_are_those_of_the_first_of_the_month(birth_date, expected):
    assert takaful(birth_date) == D(expected)


@pytest.mark.parametrize(
    ("base", "minor", "expected"),
    [("10.0005", 3, "10.001"), ("10.0004", 3, "10.000"), ("10.005", 2, "10.01"), ("10.004", 2, "10.00")],
)
def test_rounds_once_half_up_to_the_minor_unit(base, minor, expected):
    benefit = monthly_benefit(
        base=D(base), components=(), members_max=0, members=[], on_date=NOVEMBER, minor_units=minor
    )
    assert str(benefit.amount) == expected


def test_a_degree_of_disability_must_be_reported_to_count():
    severe = (Component(1, D("350"), severity_from=4), Component(2, D("350"), age_from=65))
    benefit = monthly_benefit(
        base=D(0),
        components=severe,
        members_max=3,
        members=[Member(aged(30), 4), Member(aged(30), 3), Member(aged(30)), Member(aged(70), 4)],
        on_date=NOVEMBER,
        minor_units=2,
    )
    assert (benefit.amount, benefit.members_qualifying) == (D("700.00"), 2)


def cycle_for(program, currency="EGP") -> PaymentCycle:
    return PaymentCycle.objects.create(
        program=program,
        version=program.versions.get(),
        period=NOVEMBER,
        agent=agent(),
        currency=currency,
        created_by=UserFactory(),
    )


def independent(home: Household, terms, minor: int) -> Decimal:
    """Work the amount out from the rows, by another way than both implementations: a list of amounts, sorted."""
    base, members_max, components = terms
    amounts = []
    for membership in home.memberships.all():
        person = membership.individual
        severity = max((row.severity for row in person.disabilities.all()), default=0)
        best = D(0)
        for age_from, age_to, severity_from, amount in components:
            fits = True
            if age_from is not None or age_to is not None:
                if person.birth_date is None or person.birth_date > NOVEMBER:
                    fits = False
                else:
                    had_birthday = (person.birth_date.month, person.birth_date.day) <= (11, 1)
                    age = NOVEMBER.year - person.birth_date.year - (0 if had_birthday else 1)
                    fits = (age_from is None or age >= age_from) and (age_to is None or age <= age_to)
            if severity_from is not None and severity < severity_from:
                fits = False
            if fits:
                best = max(best, D(amount))
        amounts.append(best)
    total = base + sum(sorted(amounts, reverse=True)[:members_max])
    quantum = D(1).scaleb(-minor)
    return (total / quantum).to_integral_value(rounding="ROUND_HALF_UP") * quantum


ages = st.one_of(st.none(), st.integers(0, 90))
component = st.tuples(
    st.one_of(st.none(), st.integers(0, 70)),
    st.one_of(st.none(), st.integers(0, 90)),
    st.one_of(st.none(), st.integers(2, 4)),
    st.decimals("0.001", "999.999", places=3).map(str),
).filter(lambda row: row[:3] != (None, None, None))
program_terms = st.tuples(
    st.decimals("0", "999.999", places=3), st.integers(0, 4), st.lists(component, max_size=4).map(tuple)
)
births = st.lists(
    st.one_of(
        st.none(),
        st.dates(dt.date(1930, 1, 1), dt.date(2026, 12, 31)),
        # Birthdays on and around the first of the month, where the boundaries lie.
        st.builds(lambda year, day: dt.date(year, 11, day), st.integers(1950, 2026), st.integers(1, 2)),
    ),
    max_size=6,
)
severities = st.dictionaries(st.integers(0, 6), st.integers(2, 4), max_size=3)


@pytest.mark.django_db
class TestStatement:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        terms=program_terms,
        homes=st.lists(st.tuples(births, severities), min_size=1, max_size=4),
        currency=st.sampled_from(["EGP", "JOD", "BHD"]),
    )
    def test_agrees_with_the_rule_and_with_an_independent_sum(self, terms, homes, currency):
        program = program_in_force(terms)
        households = [household(*members, severities=degrees) for members, degrees in homes]
        enrol(program, *households)
        cycle = cycle_for(program, currency)
        minor = minor_units(currency)

        write_range(terms_of(cycle), 0, END)

        lines = {line.household_id: line for line in Entitlement.objects.filter(cycle=cycle)}
        assert len(lines) == len(households)
        for home in households:
            line = lines[home.pk]
            assert line.amount == independent(home, terms, minor)
            snapshot = json.loads(line.snapshot)
            again = benefit_of_snapshot(snapshot, components_of(cycle), minor)
            assert again.amount == line.amount == D(snapshot["amount"])
            assert (again.members_qualifying, again.members_counted, again.components_amount) == (
                line.members_qualifying,
                line.members_counted,
                line.components_amount,
            )
            assert {row["id"]: (row["qualifying"], row["counted"]) for row in snapshot["components"]} == dict(
                again.by_component
            )
            assert hashlib.sha256(line.snapshot.encode()).hexdigest() == line.sha256
            payment = line.payments.first()
            assert (payment.amount if payment else 0) == line.amount

    def test_a_hostile_reference_stays_valid_json(self):
        program = program_in_force(TAKAFUL)
        home = household()
        Household.objects.filter(pk=home.pk).update(household_ref='HH "\\ \n,}]')
        enrol(program, home)
        cycle = cycle_for(program)
        write_range(terms_of(cycle), 0, END)
        assert json.loads(Entitlement.objects.get(cycle=cycle).snapshot)["household"] == 'HH "\\ \n,}]'

    def test_pays_who_was_enrolled_in_the_month_and_nobody_else(self):
        program = program_in_force(TAKAFUL)
        paid, later, paused, gone, inactive = (household() for _ in range(5))
        enrol(program, paid, on=dt.date(2026, 11, 30))
        enrol(program, later, on=dt.date(2026, 12, 1))
        for enrolment in enrol(program, paused):
            enrolment.status = "suspended"
            enrolment.save()
        for enrolment in enrol(program, gone):
            enrolment.status, enrolment.ended_on, enrolment.status_reason = "exited", dt.date(2026, 12, 5), "moved"
            enrolment.save()
        enrol(program, inactive)
        Household.objects.filter(pk=inactive.pk).update(status="inactive")
        cycle = cycle_for(program)
        write_range(terms_of(cycle), 0, END)
        assert list(cycle.entitlements.values_list("household_id", flat=True)) == [paid.pk]

    def test_the_dead_and_those_who_left_do_not_count(self):
        program = program_in_force(TAKAFUL)
        home = household(aged(7), aged(8), aged(13))
        died, left, _stays = home.memberships.exclude(relationship="head").order_by("id")
        died.individual.died_on = dt.date(2026, 10, 31)
        died.individual.save()
        left.left_on = dt.date(2026, 11, 30)
        left.save()
        enrol(program, home)
        cycle = cycle_for(program)
        write_range(terms_of(cycle), 0, END)
        assert cycle.entitlements.get().amount == D("405")

    def test_nothing_due_is_a_line_without_payment(self):
        program = program_in_force(KARAMA)
        enrol(program, household(aged(7)))
        cycle = cycle_for(program)
        written = write_range(terms_of(cycle), 0, END)
        assert (written.households, written.payments) == (1, 0)
        assert cycle.entitlements.get().amount == 0

    def test_without_a_living_head_the_payment_is_held(self):
        program = program_in_force(TAKAFUL)
        orphaned, widowed = household(has_head=False), household()
        head = widowed.memberships.get().individual
        head.died_on = dt.date(2026, 5, 1)
        head.save()
        enrol(program, orphaned, widowed)
        cycle = cycle_for(program)
        write_range(terms_of(cycle), 0, END)
        assert set(cycle.payments.values_list("status", "hold_reason", "payee")) == {("held", "no_payee", None)}

    def test_ranges_cover_every_household_once(self):
        program = program_in_force(TAKAFUL)
        area = AreaFactory()
        enrol(program, *(household(area=area) for _ in range(7)))
        cycle = cycle_for(program)
        parts = ranges(cycle, size=3)
        assert [count for _low, _high, count in parts] == [3, 3, 1]
        assert parts[0][0] == 0
        assert parts[-1][1] == END
        assert all(former[1] == following[0] for former, following in itertools.pairwise(parts))
        terms = terms_of(cycle)
        assert sum(write_range(terms, low, high).households for low, high, _count in parts) == 7
        assert sum(write_range(terms, low, high).households for low, high, _count in parts) == 0

    def test_a_later_change_in_the_register_leaves_the_line_alone(self):
        program = program_in_force(TAKAFUL)
        home = household(aged(7))
        enrol(program, home)
        cycle = cycle_for(program)
        write_range(terms_of(cycle), 0, END)
        before = Entitlement.objects.filter(cycle=cycle).values().get()
        Household.objects.filter(pk=home.pk).update(area=AreaFactory())
        home.memberships.exclude(relationship="head").delete()
        write_range(terms_of(cycle), 0, END)
        assert Entitlement.objects.filter(cycle=cycle).values().get() == before
