"""Conditions through the database: findings, steps, what is withheld and comes back, held against a slow reference."""

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from beneficiaries.models import Membership
from ministry import jobs
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from programs.compliance.steps import END, write_findings
from programs.models import (
    ComplianceAppeal,
    ComplianceRecord,
    ComplianceReport,
    ComplianceStep,
    Enrolment,
    Entitlement,
    EntitlementLine,
    Excuse,
    Payment,
)
from programs.services.compliance import decisions, periods
from programs.services.enrolments import suspend_enrolment
from programs.services.payment_cycles import cancel_payment_cycle, send_back_payment_cycle
from tests.ministry.factories import UserFactory
from tests.programs.compliance_factories import (
    CASEWORKER,
    CLOSER,
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
from tests.programs.payment_factories import approver, cycle_of, enrol, household, in_review, prepared

pytestmark = pytest.mark.django_db


def born(age: int) -> dt.date:
    """Return a birth date that gives this age in 2025 and, with a year's grace, at the next payments."""
    return dt.date(timezone.localdate().year - age, 1, 1)


def kinds(home) -> list[str]:
    return list(
        ComplianceStep.objects.filter(enrolment__household=home)
        .order_by("period__starts_on")
        .values_list("kind", flat=True)
    )


def amount(cycle, home) -> Decimal:
    return Entitlement.objects.get(cycle=cycle, household=home).amount


def accept(record) -> Excuse:
    excuse = decisions.file_excuse(record=record, actor=UserFactory(permissions=CASEWORKER), reason="مرض")
    return decisions.decide_excuse(excuse=excuse, actor=UserFactory(permissions=DECIDER), accept=True, note="تقرير طبي")


def appeal_of(step) -> ComplianceAppeal:
    return decisions.file_appeal(step=step, actor=UserFactory(permissions=CASEWORKER), reason="كانت المدرسة بعيدة")


def decide(appeal, *, won: bool) -> ComplianceAppeal:
    return decisions.decide_appeal(appeal=appeal, actor=UserFactory(permissions=DECIDER), won=won, note="بعد المراجعة")


@pytest.fixture
def program():
    return program_with_conditions()


@pytest.fixture
def home(program):
    home = household(born(9), born(13))
    enrol(program, home)
    return home


class TestFindings:
    def test_no_report_and_a_closed_school_are_no_misses(self, program, home):
        first, second = children(home)
        period = opened(program, 1)
        report(period, second, "20", is_open=False)
        closed(period)
        outcomes = dict(ComplianceRecord.objects.values_list("individual", "outcome"))
        assert outcomes == {first.pk: "no_data", second.pk: "service_unavailable"}
        assert not ComplianceStep.objects.exists()

    def test_what_was_reached_counts_even_where_the_school_was_closed(self, program, home):
        period = opened(program, 1)
        report(period, children(home)[0], "80", is_open=False)
        closed(period)
        assert ComplianceRecord.objects.get(individual=children(home)[0]).outcome == "met"

    def test_only_who_lived_there_in_the_age_all_along_is_bound(self, program):
        home = household(
            dt.date(2007, 1, 31),  # 18 on the last day
            dt.date(2007, 2, 1),  # 17 to the last day
            dt.date(2019, 1, 1),  # 6 on the first day
            dt.date(2019, 1, 2),  # 6 a day later
            None,
            dt.date(2015, 1, 1),  # came in the middle
            dt.date(2015, 1, 1),  # left in the middle
            dt.date(2015, 1, 1),  # died in the middle
        )
        enrol(program, home)
        people = children(home)
        Membership.objects.filter(individual=people[5]).update(joined_on=dt.date(2025, 1, 15))
        Membership.objects.filter(individual=people[6]).update(left_on=dt.date(2025, 1, 15))
        people[7].died_on = dt.date(2025, 1, 15)
        people[7].save()
        closed(opened(program, 1))
        assert set(ComplianceRecord.objects.values_list("individual", flat=True)) == {people[1].pk, people[2].pk}

    def test_paused_and_ended_enrolments_are_left_alone(self, program):
        for status, ended_on in (("suspended", None), ("exited", dt.date(2025, 3, 1))):
            home = household(born(9))
            enrol(program, home)
            Enrolment.objects.filter(household=home).update(status=status, ended_on=ended_on, status_reason="احتيال")
            missed_month(program, 1 if status == "suspended" else 2, *children(home))
        assert not ComplianceRecord.objects.exists()
        assert not ComplianceStep.objects.exists()

    def test_closing_again_changes_nothing(self, program, home):
        period = opened(program, 1)
        report(period, children(home)[0], "10")
        periods.close_compliance_period(period=period, actor=UserFactory(permissions=CLOSER), tell_worker=False)
        period.refresh_from_db()
        assert write_findings(period, 0, END) == (2, 1)
        assert write_findings(period, 0, END) == (0, 0)


class TestPeriods:
    def test_whoever_opened_it_cannot_close_it(self, program):
        both = UserFactory(permissions=OFFICER + CLOSER)
        period = opened(program, 1, officer=both)
        with pytest.raises(RuleViolation):
            periods.close_compliance_period(period=period, actor=both)
        with pytest.raises(IntegrityError), transaction.atomic():
            type(period).objects.filter(pk=period.pk).update(status="closing", closed_by=both)

    def test_periods_are_closed_in_order_and_after_their_end(self, program):
        opened(program, 1)
        with pytest.raises(RuleViolation, match=r"earlier|سابقة"):
            closed(opened(program, 2))
        today = timezone.localdate()
        running = periods.open_compliance_period(
            program=program, starts_on=today, months=1, actor=UserFactory(permissions=OFFICER)
        )
        with pytest.raises(RuleViolation):
            closed(running)

    def test_a_second_closing_is_refused(self, program):
        period = closed(opened(program, 1))
        with pytest.raises(TransitionNotAllowed):
            periods.close_compliance_period(period=period, actor=UserFactory(permissions=CLOSER))

    def test_a_length_nobody_asks_for_and_an_overlap_are_refused(self, program):
        opened(program, 1)
        officer = UserFactory(permissions=OFFICER)
        for month, months in ((1, 1), (2, 3)):
            with pytest.raises(RuleViolation):
                periods.open_compliance_period(
                    program=program, starts_on=dt.date(2025, month, 9), months=months, actor=officer
                )

    def test_a_later_report_takes_the_place_of_an_earlier_one_until_the_period_is_closed(self, program, home):
        period, child = opened(program, 1), children(home)[0]
        worker = UserFactory(permissions=CASEWORKER)
        condition = period.version.conditions.get()
        for value in (Decimal(10), Decimal(90)):
            periods.report_condition(period=period, condition=condition, individual=child, actor=worker, value=value)
        assert ComplianceReport.objects.get().value == 90
        closed(period)
        with pytest.raises(TransitionNotAllowed):
            periods.report_condition(period=period, condition=condition, individual=child, actor=worker, value=None)
        with pytest.raises(DatabaseError, match="only while their period is open"), transaction.atomic():
            ComplianceReport.objects.update(value=5)

    def test_an_impossible_figure_and_a_stranger_are_refused(self, program, home):
        period, child = opened(program, 1), children(home)[0]
        condition = period.version.conditions.get()
        with pytest.raises(RuleViolation):
            periods.report_condition(
                period=period,
                condition=condition,
                individual=child,
                actor=UserFactory(permissions=CASEWORKER),
                value=Decimal(101),
            )
        with pytest.raises(PermissionDenied):
            periods.report_condition(
                period=period, condition=condition, individual=child, actor=UserFactory(), value=Decimal(90)
            )


class TestMoney:
    def test_a_reduction_is_a_line_of_the_next_payment_with_its_step(self, program, home):
        child = children(home)[0]
        for month in (1, 2):
            missed_month(program, month, child)
        cycle = paid_month(program)
        assert amount(cycle, home) == Decimal(465 - 30)
        line = EntitlementLine.objects.get()
        assert (line.kind, line.amount, line.step.individual) == ("withheld", 30, child)
        assert Payment.objects.get(cycle=cycle).amount == Decimal(435)
        assert amount(paid_month(program), home) == 465

    def test_a_suspension_leaves_the_enrolment_and_pays_nothing_that_month(self, program, home):
        enrol(program, household())
        for month in (1, 2, 3, 4):
            missed_month(program, month, children(home)[0])
        cycle = paid_month(program)
        assert kinds(home)[-1] == "suspension"
        assert amount(cycle, home) == 0
        assert not Payment.objects.filter(cycle=cycle, entitlement__household=home).exists()
        assert Enrolment.objects.get(household=home).status == "enrolled"

    def test_an_excuse_after_the_payment_pays_back_once(self, program, home):
        for month in (1, 2):
            missed_month(program, month, children(home)[0])
        paid_month(program)
        accept(ComplianceRecord.objects.get(period__starts_on=dt.date(2025, 2, 1), individual=children(home)[0]))
        cycle = paid_month(program)
        assert amount(cycle, home) == 465 + 30
        assert EntitlementLine.objects.get(kind="back_pay").repays.amount == 30
        assert amount(paid_month(program), home) == 465

    def test_an_appeal_won_after_two_reductions_brings_both_back(self, program, home):
        for month in (1, 2, 3):
            missed_month(program, month, children(home)[0])
            paid_month(program)
        second = ComplianceStep.objects.get(period__starts_on=dt.date(2025, 2, 1))
        decide(appeal_of(second), won=True)
        assert list(ComplianceStep.objects.order_by("id").values_list("status", flat=True)) == [
            "in_force",
            "lifted",
            "lifted",
        ]
        assert amount(paid_month(program), home) == 465 + 30 + 60

    def test_an_open_appeal_freezes_and_a_lost_one_takes_effect_afterwards(self, program, home):
        for month in (1, 2):
            missed_month(program, month, children(home)[0])
        appeal = appeal_of(ComplianceStep.objects.get(kind="reduction"))
        assert amount(paid_month(program), home) == 465
        decide(appeal, won=False)
        assert amount(paid_month(program), home) == 435
        assert amount(paid_month(program), home) == 465

    def test_a_month_sent_back_is_worked_out_again_with_the_same_lines(self, program, home):
        for month in (1, 2):
            missed_month(program, month, children(home)[0])
        cycle = in_review(cycle_of(program, period=periods.next_month(program)))
        send_back_payment_cycle(cycle=cycle, actor=approver(), note="راجعوا")
        prepared(cycle)
        assert amount(cycle, home) == 435
        assert EntitlementLine.objects.count() == 1

    def test_a_cancelled_month_gives_the_back_pay_to_the_next(self, program, home):
        for month in (1, 2):
            missed_month(program, month, children(home)[0])
        paid_month(program)
        accept(ComplianceRecord.objects.filter(outcome="not_met").latest("period__starts_on"))
        cycle = prepared(cycle_of(program, period=periods.next_month(program)))
        cancel_payment_cycle(cycle=cycle, actor=cycle.created_by, note="خطأ")
        assert amount(paid_month(program), home) == 495

    def test_what_a_month_in_review_withholds_is_not_paid_back_before_it_stands(self, program, home):
        for month in (1, 2):
            missed_month(program, month, children(home)[0])
        in_review(cycle_of(program, period=periods.next_month(program)))
        accept(ComplianceRecord.objects.filter(outcome="not_met").latest("period__starts_on"))
        assert amount(paid_month(program), home) == 465

    def test_a_child_who_moved_away_costs_nobody_anything(self, program, home):
        child = children(home)[0]
        for month in (1, 2):
            missed_month(program, month, child)
        Membership.objects.filter(individual=child).update(left_on=timezone.localdate())
        aunt = household()
        enrol(program, aunt)
        Membership.objects.create(
            household=aunt, individual=child, relationship="other", joined_on=timezone.localdate()
        )
        cycle = paid_month(program)
        assert (amount(cycle, home), amount(cycle, aunt)) == (405, 385)

    def test_the_database_refuses_lines_that_do_not_add_up(self, program, home):
        for month in (1, 2):
            missed_month(program, month, children(home)[0])
        cycle = prepared(cycle_of(program, period=periods.next_month(program)))
        line = EntitlementLine.objects.get()
        with pytest.raises(DatabaseError, match="add up"), transaction.atomic():
            EntitlementLine.objects.create(
                entitlement=line.entitlement,
                kind="withheld",
                amount=1,
                step=ComplianceStep.objects.get(kind="warning"),
            )
        with pytest.raises(DatabaseError), transaction.atomic():
            EntitlementLine.objects.update(amount=5)
        assert cycle.total == 435


class TestDecisions:
    def test_a_second_person_decides_about_excuses_and_appeals(self, program, home):
        missed_month(program, 1, children(home)[0])
        both = UserFactory(permissions=CASEWORKER + DECIDER)
        excuse = decisions.file_excuse(record=ComplianceRecord.objects.get(outcome="not_met"), actor=both, reason="مرض")
        with pytest.raises(RuleViolation):
            decisions.decide_excuse(excuse=excuse, actor=both, accept=True, note="نعم")
        appeal = decisions.file_appeal(step=ComplianceStep.objects.get(), actor=both, reason="خطأ")
        with pytest.raises(RuleViolation):
            decisions.decide_appeal(appeal=appeal, actor=both, won=True, note="نعم")
        with pytest.raises(IntegrityError), transaction.atomic():
            ComplianceAppeal.objects.update(status="won", decided_by=both, decided_at=timezone.now(), decision_note="x")

    def test_what_was_met_cannot_be_excused_and_a_step_is_appealed_once(self, program, home):
        missed_month(program, 1, children(home)[0])
        worker = UserFactory(permissions=CASEWORKER)
        with pytest.raises(RuleViolation):
            decisions.file_excuse(record=ComplianceRecord.objects.get(outcome="no_data"), actor=worker, reason="مرض")
        step = ComplianceStep.objects.get()
        decide(appeal_of(step), won=False)
        with pytest.raises(RuleViolation):
            appeal_of(step)

    def test_an_exit_is_only_proposed_and_a_person_decides(self, program, home):
        for month in range(1, 6):
            missed_month(program, month, children(home)[0])
        step = ComplianceStep.objects.get(kind="exit_proposal")
        assert Enrolment.objects.get(household=home).status == "enrolled"
        with pytest.raises(PermissionDenied):
            decisions.decide_proposed_exit(step=step, actor=UserFactory(), leaves=True, reason="x")
        decisions.decide_proposed_exit(
            step=step, actor=UserFactory(permissions=DECIDER), leaves=False, reason="الأسرة وعدت بالعودة إلى المدرسة"
        )
        assert Enrolment.objects.get(household=home).status == "enrolled"
        with pytest.raises(TransitionNotAllowed):
            decisions.decide_proposed_exit(step=step, actor=UserFactory(permissions=DECIDER), leaves=True, reason="x")

    def test_a_proposed_exit_that_is_accepted_ends_the_enrolment(self, program, home):
        for month in range(1, 6):
            missed_month(program, month, children(home)[0])
        decisions.decide_proposed_exit(
            step=ComplianceStep.objects.get(kind="exit_proposal"),
            actor=UserFactory(permissions=DECIDER),
            leaves=True,
            reason="بطلب الأسرة",
        )
        assert Enrolment.objects.get(household=home).status == "exited"

    def test_the_database_keeps_findings_and_steps_as_they_were(self, program, home):
        missed_month(program, 1, children(home)[0])
        for change in (
            lambda: ComplianceRecord.objects.filter(outcome="not_met").update(value=90),
            lambda: ComplianceRecord.objects.filter(outcome="no_data").update(outcome="not_met", value=3),
            lambda: ComplianceStep.objects.update(kind="suspension"),
            lambda: ComplianceStep.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError, match=r"portal|delete"), transaction.atomic():
                change()


# The slow reference: written from the page on conditions, for one household at a time.
@dataclass
class Taken:
    child: int
    position: int
    rung: int
    taken: list[Decimal] = field(default_factory=list)
    left: int = 1
    status: str = "in_force"


def rung_by_hand(missed: list[bool]) -> int | None:
    if not missed[-1]:
        return None
    text = "".join("x" if miss else "." for miss in missed)
    if "..." in text:
        text = text[text.rindex("...") + 3 :]
    row = len(text) - len(text.rstrip("x"))
    if row >= 5:
        return 5
    if row >= 4:
        return 4
    if text[-6:].count("x") >= 3:
        return 3
    return 2 if row >= 2 else 1


@dataclass
class ByHand:
    """One household's months, kept by hand."""

    ages: list[int]
    missed: list[list[bool]] = field(default_factory=list)
    steps: list[Taken] = field(default_factory=list)
    owed: Decimal = Decimal(0)

    def close(self, misses: list[bool]) -> None:
        self.missed.append(misses)
        for child in range(len(self.ages)):
            rung = rung_by_hand([month[child] for month in self.missed])
            if rung:
                self.steps.append(Taken(child, len(self.missed), rung))

    def forgive(self, child: int, position: int) -> None:
        self.missed[position - 1][child] = False
        for step in self.steps:
            if step.child == child and step.position >= position and step.status != "lifted":
                now = rung_by_hand([month[child] for month in self.missed[: step.position]])
                if now is None or now < step.rung:
                    step.status = "lifted"
                    self.owed += sum(step.taken)

    def pay(self) -> Decimal:
        worth = [60 if age <= 11 else 80 if age <= 14 else 100 for age in self.ages]
        active = [step for step in self.steps if step.status == "in_force" and step.left and step.rung in (2, 3, 4)]
        # The two dearest are paid; of equals, who has no step comes first, then who was registered first.
        charged = {step.child for step in active}
        order = sorted(range(len(worth)), key=lambda child: (-worth[child], child in charged, child))
        counted = set(order[:2])
        due = Decimal(325 + sum(worth[child] for child in counted))
        left = due if any(step.rung == 4 for step in active) else due / 2
        total = Decimal(0)
        suspended = any(step.rung == 4 for step in active)
        for step in active:
            ask = Decimal(0)
            if step.rung == 4:
                ask = due
            elif not suspended and step.child in counted:
                ask = Decimal(worth[step.child]) / (2 if step.rung == 2 else 1)
            take = min(ask, left)
            left -= take
            total += take
            step.left -= 1
            if take:
                step.taken.append(take)
        paid = due - total + self.owed
        self.owed = Decimal(0)
        return paid


@pytest.mark.parametrize("seed", [1, 2])
def test_every_payment_equals_the_slow_reference(seed):
    """Twelve households, seven months: misses at random, excuses and appeals in between; every payment by hand."""
    chance = random.Random(seed)
    program = program_with_conditions()
    homes = [household(*(born(chance.choice([8, 10, 13, 16])) for _ in range(chance.randint(1, 4)))) for _ in range(12)]
    enrol(program, *homes)
    year = timezone.localdate().year
    books = {home.pk: ByHand([year - child.birth_date.year for child in children(home)]) for home in homes}
    for month in range(1, 8):
        period = opened(program, month)
        for home in homes:
            misses = []
            for child in children(home):
                told = chance.choice(["60", "60", "60", "90", None, "closed"])
                if told is not None:
                    report(period, child, "50" if told == "closed" else told, is_open=told != "closed")
                misses.append(told == "60")
            books[home.pk].close(misses)
        closed(period)
        cycle = paid_month(program)
        amounts = dict(Entitlement.objects.filter(cycle=cycle).values_list("household", "amount"))
        assert amounts == {home.pk: books[home.pk].pay() for home in homes}, month
        for home in chance.sample(homes, 5):
            record = chance.choice(
                [*ComplianceRecord.objects.filter(enrolment__household=home, outcome="not_met")] or [None]
            )
            if record is None:
                continue
            child = [person.pk for person in children(home)].index(record.individual_id)
            step = ComplianceStep.objects.filter(
                period=record.period, individual=record.individual_id, status="in_force"
            ).first()
            if step is not None and chance.random() < 0.5:
                decide(appeal_of(step), won=True)
            else:
                accept(record)
            books[home.pk].forgive(child, record.period.starts_on.month)
    withheld = EntitlementLine.objects.filter(kind="withheld")
    assert withheld.exists()
    assert EntitlementLine.objects.filter(kind="back_pay").exists()
    lifted = withheld.filter(step__status="lifted")
    repaid = EntitlementLine.objects.filter(kind="back_pay")
    assert {line.repays_id for line in repaid} <= set(lifted.values_list("id", flat=True))


def test_closing_takes_the_same_number_of_statements_for_more_households(django_assert_max_num_queries):
    program = program_with_conditions()
    for homes in (1, 12):
        fresh = [household(born(9), born(13)) for _ in range(homes)]
        enrol(program, *fresh)
        period = opened(program, 1 if homes == 1 else 2)
        for home in fresh:
            report(period, children(home)[0], "60")
        job = periods.close_compliance_period(period=period, actor=UserFactory(permissions=CLOSER), tell_worker=False)
        with django_assert_max_num_queries(60) as captured:
            jobs.run_now(job)
        if homes == 1:
            few = len(captured)
    assert len(captured) <= few + 1


def test_a_suspension_for_fraud_stays_whatever_a_period_finds(program, home):
    missed_month(program, 1, children(home)[0])
    enrolment = Enrolment.objects.get(household=home)
    suspend_enrolment(enrolment=enrolment, actor=UserFactory(permissions=DECIDER), reason="احتيال")
    missed_month(program, 2, children(home)[0])
    enrolment.refresh_from_db()
    assert (enrolment.status, enrolment.status_reason) == ("suspended", "احتيال")
    assert kinds(home) == ["warning"]
    assert connection.in_atomic_block
