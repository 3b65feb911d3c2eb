"""What conditions found about a card that was merged: it stays as it was found, and counts for the card that stands."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import InternalError, transaction
from django.utils import timezone, translation

from beneficiaries.queries.standing import all_cards, people_behind
from beneficiaries.services import merges
from ministry.exceptions import RuleViolation
from programs.models import (
    ComplianceRecord,
    ComplianceReport,
    ComplianceStep,
    Entitlement,
    EntitlementLine,
    Overpayment,
)
from programs.queries.compliance import household_conditions
from programs.services.compliance import decisions, periods
from programs.services.eligibility_changes import keep
from tests.beneficiaries.change_factories import family, submitted
from tests.beneficiaries.merging import decider, merged, pair_of, proposed, undone
from tests.ministry.factories import UserFactory
from tests.programs.compliance_factories import (
    CASEWORKER,
    DECIDER,
    OFFICER,
    children,
    closed,
    missed_month,
    opened,
    paid_month,
    program_with_conditions,
    report,
)
from tests.programs.factories import changes_of
from tests.programs.payment_factories import TAKAFUL, cycle_of, enrol, household, prepared, program_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    """Refusals are told apart by their words."""
    with translation.override("en"):
        yield


def born(age: int) -> dt.date:
    return dt.date(timezone.localdate().year - age, 1, 1)


def found() -> list[tuple]:
    """Return every finding and step as it stands."""
    records = ComplianceRecord.objects.order_by("pk").values_list("pk", "enrolment", "individual", "outcome", "value")
    steps = ComplianceStep.objects.order_by("pk").values_list("pk", "enrolment", "individual", "kind", "status")
    return [*records, *steps]


@pytest.fixture
def program():
    return program_with_conditions()


@pytest.fixture
def twice(program):
    """A household in the programme in which one child is entered twice, and the pair of both cards."""
    home = household(born(9), born(9))
    enrol(program, home)
    first, second = children(home)
    return home, first, second, pair_of(first, second)


class TestFindingsStay:
    def test_neither_a_merge_nor_its_undoing_touches_them(self, program, twice):
        _home, first, second, pair = twice
        missed_month(program, 1, first, second)
        before = found()
        merge = merged(pair)
        assert found() == before
        assert not merge.steps.filter(record_type__startswith="programs.compliance").exists()
        undone(merge)
        assert found() == before

    def test_the_database_moves_none_of_them_not_even_in_a_merge(self, program, twice):
        _home, first, second, pair = twice
        missed_month(program, 1, second)
        merged(pair)
        with pytest.raises(InternalError), transaction.atomic():
            ComplianceRecord.objects.filter(individual=second).update(individual=first)


class TestTheLadderGoesOn:
    def test_misses_of_the_former_card_count_for_the_person(self, program, twice):
        _home, first, second, pair = twice
        missed_month(program, 1, second)
        merged(pair)
        period = missed_month(program, 2, first)
        step = period.steps.get()
        assert (step.individual, step.kind, step.misses) == (first, "reduction", 2)

    def test_and_no_longer_after_the_merge_is_undone(self, program, twice):
        _home, first, second, pair = twice
        missed_month(program, 1, second)
        undone(merged(pair))
        assert missed_month(program, 2, first).steps.get().misses == 1

    def test_what_one_card_met_the_other_did_not_miss(self, program, twice):
        _home, first, second, pair = twice
        period = opened(program, 1)
        report(period, second, "60")
        report(period, first, "95")
        closed(period)
        merged(pair)
        assert missed_month(program, 2, first).steps.get().misses == 1

    def test_cards_merged_in_turn_lead_to_the_last_one(self, program):
        home = household(born(9), born(9), born(9))
        enrol(program, home)
        first, second, third = children(home)
        missed_month(program, 1, third)
        merged(pair_of(second, third))
        merged(pair_of(first, second))
        assert all_cards(second.pk) == [first.pk, second.pk, third.pk]
        assert people_behind([third.pk])[third.pk] == first
        assert missed_month(program, 2, first).steps.get().misses == 2

    def test_a_report_on_the_former_card_counts_in_an_open_period(self, program, twice):
        _home, first, second, pair = twice
        period = opened(program, 1)
        report(period, second, "95")
        merged(pair)
        closed(period)
        record = period.records.get()
        assert (record.individual, record.outcome, record.source) == (first, "met", "education")

    @pytest.mark.parametrize(
        ("own", "other", "is_open", "expected"),
        [("60", "95", True, "met"), ("95", "60", True, "met"), ("60", None, True, "not_met"),
         ("60", "50", False, "service_unavailable")],
    )  # fmt: skip
    def test_of_two_reports_the_better_one_counts(self, program, twice, own, other, is_open, expected):
        _home, first, second, pair = twice
        period = opened(program, 1)
        report(period, first, own)
        report(period, second, other, is_open=is_open)
        merged(pair)
        assert closed(period).records.get().outcome == expected

    def test_a_report_by_hand_on_a_former_card_is_one_on_the_card_that_stands(self, program, twice):
        _home, first, second, pair = twice
        merged(pair)
        second.refresh_from_db()
        period = opened(program, 1)
        periods.report_condition(
            period=period,
            condition=period.version.conditions.get(),
            individual=second,
            actor=UserFactory(permissions=OFFICER),
            value=Decimal(90),
        )
        assert ComplianceReport.objects.get().individual == first


class TestMoney:
    def test_a_step_about_the_former_card_still_withholds(self, program, twice):
        home, _first, second, pair = twice
        missed_month(program, 1, second)
        missed_month(program, 2, second)  # the second miss withholds half of the child's amount
        merged(pair)
        assert Entitlement.objects.get(cycle=paid_month(program), household=home).withheld_amount == 30

    def test_two_steps_about_one_person_withhold_once(self, program, twice):
        home, first, second, pair = twice
        missed_month(program, 1, first, second)
        missed_month(program, 2, first, second)
        merged(pair)
        cycle = paid_month(program)
        assert Entitlement.objects.get(cycle=cycle, household=home).withheld_amount == 30
        assert EntitlementLine.objects.filter(kind="withheld").count() == 1

    def test_an_excuse_for_one_card_lifts_what_rests_on_the_miss_of_the_person(self, program, twice):
        _home, first, second, pair = twice
        missed_month(program, 1, second)
        merged(pair)
        missed_month(program, 2, first)
        record = ComplianceRecord.objects.get(individual=second, outcome="not_met")
        excuse = decisions.file_excuse(record=record, actor=UserFactory(permissions=CASEWORKER), reason="مرض")
        decisions.decide_excuse(excuse=excuse, actor=UserFactory(permissions=DECIDER), accept=True, note="تقرير")
        assert set(ComplianceStep.objects.values_list("status", flat=True)) == {"lifted"}

    def test_back_pay_follows_an_enrolment_to_the_household_it_came_to(self, program):
        first, second = household(born(9)), household(born(9))
        enrol(program, second)
        child = children(second)[0]
        missed_month(program, 1, child)
        step_period = missed_month(program, 2, child)
        paid_month(program)
        # The child, then the head: the second file is empty, and its enrolment goes to the first.
        merged(pair_of(children(first)[0], child))
        heads = [home.memberships.get(relationship="head").individual for home in (first, second)]
        merged(pair_of(*heads))
        appeal = decisions.file_appeal(
            step=step_period.steps.get(), actor=UserFactory(permissions=CASEWORKER), reason="كانت المدرسة بعيدة"
        )
        decisions.decide_appeal(appeal=appeal, actor=UserFactory(permissions=DECIDER), won=True, note="صحيح")
        assert Entitlement.objects.get(cycle=paid_month(program), household=first).back_pay_amount == 30

    def test_the_file_names_the_person_who_stands(self, program, twice):
        home, first, second, pair = twice
        missed_month(program, 1, second)
        merged(pair)
        shown = household_conditions(home, UserFactory(permissions=CASEWORKER))
        assert {row.person for row in (*shown["records"], *shown["condition_steps"])} == {first}


def overpaid(program, home, amount: str = "100") -> Overpayment:
    """Return a debt of a household that two people confirmed."""
    debt = Overpayment.objects.create(
        program=program,
        household=home,
        amount=Decimal(amount),
        currency="EGP",
        recovered_from=timezone.localdate().replace(day=1),
        reason="صرف مرتين",
        proposed_by=UserFactory(),
    )
    Overpayment.objects.filter(pk=debt.pk).update(
        status=Overpayment.Status.CONFIRMED, decided_by=UserFactory(), decided_at=timezone.now()
    )
    return Overpayment.objects.get(pk=debt.pk)


class TestDebts:
    def homes(self):
        program = program_in_force(TAKAFUL)
        first, second = household(), household()
        enrol(program, second)
        pair = pair_of(*[home.memberships.get(relationship="head").individual for home in (first, second)])
        return program, first, second, pair

    def test_follow_the_people_and_come_back(self):
        program, first, second, pair = self.homes()
        debt = overpaid(program, second)
        merge = merged(pair)
        debt.refresh_from_db()
        assert debt.household == first
        undone(merge)
        debt.refresh_from_db()
        assert debt.household == second

    def test_are_taken_back_from_the_household_that_stays_and_then_do_not_return(self):
        program, first, second, pair = self.homes()
        overpaid(program, second)
        merge = merged(pair)
        cycle = prepared(cycle_of(program))
        assert Entitlement.objects.get(cycle=cycle, household=first).recovered_amount > 0
        with pytest.raises(RuleViolation, match="paid back a part of a debt"):
            merges.propose_undo(merge=merge, actor=decider(), note="أسرتان")

    def test_the_database_lets_only_a_merge_move_them(self):
        program, first, second, _pair = self.homes()
        debt = overpaid(program, second)
        with pytest.raises(InternalError), transaction.atomic():
            Overpayment.objects.filter(pk=debt.pk).update(household=first)


class TestWhatWaits:
    def test_a_change_of_the_household_that_would_be_left_is_decided_first(self):
        home, other = family(), household()
        head = home.memberships.get(relationship="head").individual
        submitted("income", home, income_monthly="900")
        home.memberships.exclude(relationship="head").update(left_on=timezone.localdate())
        kept = other.memberships.get(relationship="head").individual
        merge = proposed(pair_of(kept, head), survivor=kept, kept_household=other)
        with pytest.raises(RuleViolation, match="a change of it waits"):
            merges.confirm_merge(merge=merge, actor=decider())

    def test_a_change_of_eligibility_of_a_household_that_was_closed_is_decided_by_nobody(self):
        program = program_in_force(TAKAFUL)
        first, second = household(), household()
        enrolment = enrol(program, second)[0]
        waiting, _proposed = changes_of(program, enrolment, enrol(program, household())[0])
        merged(pair_of(*[home.memberships.get(relationship="head").individual for home in (first, second)]))
        actor = UserFactory(permissions=["programs.decide_eligibilitychange"])
        with pytest.raises(RuleViolation, match="has left the register since"):
            keep(change=waiting, actor=actor, reason="لا شيء")
