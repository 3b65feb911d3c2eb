"""Part of a month and recovery: the rules, the statement against them, and against a slow sum of its own."""

import calendar
import datetime as dt
import threading
from decimal import Decimal
from fractions import Fraction

import pgtrigger
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ministry.exceptions import RuleViolation, TransitionNotAllowed
from programs.compliance import withholding
from programs.models import Enrolment, Entitlement, EntitlementLine, Overpayment, Program
from programs.payments.preparation import END, terms_of, write_range
from programs.payments.pro_rata import Days, days_due, share_of_month
from programs.payments.recovery import recovered
from programs.queries.payments import arithmetic_of
from programs.services.overpayments import decide_overpayment, propose_overpayment
from programs.services.payment_cycles import cancel_payment_cycle
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import (
    TAKAFUL,
    cycle_of,
    enrol,
    household,
    prepared,
    preparer,
    program_in_force,
)

D = Decimal
NOVEMBER = dt.date(2026, 11, 1)


@pytest.mark.parametrize(
    ("enrolled_on", "ended_on", "entry", "leaving", "expected"),
    [
        ((2026, 11, 1), None, True, True, 30),
        ((2026, 11, 20), None, True, True, 11),  # the 20th itself counts
        ((2026, 11, 30), None, True, True, 1),
        ((2026, 11, 20), None, False, True, 30),  # the month of entry as a whole
        ((2026, 12, 1), None, True, True, 0),
        ((2026, 1, 1), (2026, 11, 1), True, True, 1),  # the day of exit counts
        ((2026, 1, 1), (2026, 11, 30), True, True, 30),
        ((2026, 1, 1), (2026, 11, 15), True, False, 0),  # who left is not paid at all
        ((2026, 11, 10), (2026, 11, 12), True, True, 3),
        ((2026, 11, 10), (2026, 11, 12), False, True, 12),
        ((2026, 1, 1), (2026, 10, 31), True, True, 0),
    ],
)
def test_which_days_of_november_are_due(enrolled_on, ended_on, entry, leaving, expected):
    found = days_due(
        period=NOVEMBER,
        enrolled_on=dt.date(*enrolled_on),
        ended_on=dt.date(*ended_on) if ended_on else None,
        entry_by_days=entry,
        exit_by_days=leaving,
    )
    assert found == Days(expected, 30)


@pytest.mark.parametrize(
    ("days", "month", "minor", "expected"),
    [(11, 30, 2, "119.17"), (30, 30, 2, "325.00"), (0, 30, 2, "0.00"), (1, 31, 3, "10.484"), (14, 28, 2, "162.50")],
)
def test_a_share_of_a_month_is_rounded_half_up(days, month, minor, expected):
    assert share_of_month(amount=D(325), days=Days(days, month), minor_units=minor) == D(expected)


@pytest.mark.parametrize(
    ("payable", "debts", "at_most", "expected"),
    [
        ("400", ["50", "100"], "20", ["50", "30.00"]),
        ("400", ["100", "50"], "20", ["80.00", "0.00"]),
        ("325", ["1000"], "20", ["65.00"]),
        ("0", ["10"], "20", ["0.00"]),
        ("100.01", ["50"], "33.33", ["33.33"]),  # down, never up
        ("400", ["10"], "0", ["0.00"]),
        ("400", ["500"], "100", ["400.00"]),
    ],
)
def test_an_instalment_never_takes_more_than_the_share_nor_than_the_debt(payable, debts, at_most, expected):
    found = recovered(payable=D(payable), debts=[D(debt) for debt in debts], at_most=D(at_most), minor_units=2)
    assert found == [D(one) for one in expected]


def by_days(*, entry: bool = True, leaving: bool = True, at_most: str = "20") -> Program:
    """Return Takaful with other terms, put there past the guard: versions in force are fixed."""
    program = program_in_force(TAKAFUL)
    with pgtrigger.ignore():
        program.versions.update(entry_by_days=entry, exit_by_days=leaving, recovered_at_most=D(at_most))
    return program


def finder() -> object:
    return UserFactory(permissions=["programs.view_payment", "programs.add_overpayment", "programs.view_overpayment"])


def agreeing() -> object:
    return UserFactory(permissions=["programs.view_overpayment", "programs.confirm_overpayment"])


def overpaid(line: Entitlement, amount: str, recovered_from: dt.date = dt.date(2026, 1, 1)) -> Overpayment:
    found = propose_overpayment(
        line=line, amount=D(amount), recovered_from=recovered_from, reason="paid for a dead member", actor=finder()
    )
    return decide_overpayment(overpayment=found, verb="confirm", actor=agreeing())


@pytest.mark.django_db
class TestPartOfMonth:
    def test_entry_and_exit_in_the_month_are_paid_by_days_with_a_line_of_their_own(self):
        program = by_days()
        whole, late, left, left_before = (household() for _ in range(4))
        enrol(program, whole)
        enrol(program, late, on=dt.date(2026, 11, 20))
        enrol(program, left, left_before)
        Enrolment.objects.filter(household=left).update(
            status="exited", ended_on=dt.date(2026, 11, 15), status_reason="moved"
        )
        Enrolment.objects.filter(household=left_before).update(
            status="exited", ended_on=dt.date(2026, 10, 31), status_reason="moved"
        )
        cycle = prepared(cycle_of(program))
        amounts = dict(cycle.entitlements.values_list("household", "amount"))
        assert amounts == {whole.pk: D(325), late.pk: D("119.17"), left.pk: D("162.50")}
        line = cycle.entitlements.get(household=late)
        assert line.pro_rata_amount == line.lines.get(kind="pro_rata").amount == D("205.83")
        assert not cycle.entitlements.get(household=whole).lines.exists()
        shown = arithmetic_of(line)
        assert shown.is_intact
        assert [part.amount for part in shown.parts] == [D(325), D("-205.83")]
        assert cycle.total == sum(amounts.values())

    def test_who_left_and_came_back_within_the_month_is_paid_once_by_the_later_enrolment(self):
        program, home = by_days(), household()
        enrol(program, home)
        Enrolment.objects.filter(household=home).update(
            status="exited", ended_on=dt.date(2026, 11, 5), status_reason="moved"
        )
        enrol(program, home, on=dt.date(2026, 11, 21))
        cycle = prepared(cycle_of(program))
        assert cycle.entitlements.get().amount == D("108.33")

    def test_without_the_rule_nothing_changes(self):
        program = by_days(entry=False, leaving=False)
        late, left = household(), household()
        enrol(program, late, on=dt.date(2026, 11, 20))
        enrol(program, left)
        Enrolment.objects.filter(household=left).update(
            status="exited", ended_on=dt.date(2026, 11, 15), status_reason="moved"
        )
        line = prepared(cycle_of(program)).entitlements.get()
        assert (line.household, line.amount, line.pro_rata_amount) == (late, D(325), 0)
        assert "days" not in line.snapshot


@pytest.mark.django_db
class TestRecovery:
    def paid_program(self, **terms):
        program = by_days(entry=False, leaving=False, **terms)
        home = household()
        enrol(program, home)
        return program, home, prepared(cycle_of(program, period=dt.date(2026, 1, 1))).entitlements.get()

    def test_takes_its_share_month_by_month_until_nothing_is_left(self):
        program, _home, first = self.paid_program()
        debt = overpaid(first, "150")
        taken = []
        for month in (2, 3, 4, 5):
            line = prepared(cycle_of(program, period=dt.date(2026, month, 1))).entitlements.get()
            taken.append(line.recovered_amount)
            assert line.amount == D(325) - line.recovered_amount
            assert arithmetic_of(line).is_intact
        assert taken == [D(65), D(65), D(20), D(0)]
        assert Overpayment.objects.with_recovered().get(pk=debt.pk).recovered == D(150)

    def test_nothing_before_its_month_nor_before_a_second_person_nor_after_waiving(self):
        program, _home, first = self.paid_program()
        later = overpaid(first, "100", dt.date(2026, 3, 1))
        propose_overpayment(
            line=first, amount=D(50), recovered_from=dt.date(2026, 1, 1), reason="unsure", actor=finder()
        )
        assert prepared(cycle_of(program, period=dt.date(2026, 2, 1))).entitlements.get().recovered_amount == 0
        assert prepared(cycle_of(program, period=dt.date(2026, 3, 1))).entitlements.get().recovered_amount == D(65)
        decide_overpayment(overpayment=later, verb="waive", actor=agreeing(), note="hardship")
        assert prepared(cycle_of(program, period=dt.date(2026, 4, 1))).entitlements.get().recovered_amount == 0

    def test_a_cycle_given_up_gives_the_instalment_free(self):
        program, _home, first = self.paid_program()
        debt = overpaid(first, "30")
        cycle = prepared(cycle_of(program, period=dt.date(2026, 2, 1)))
        assert cycle.entitlements.get().recovered_amount == D(30)
        cancel_payment_cycle(cycle=cycle, actor=cycle.created_by, note="wrong month")
        assert Overpayment.objects.with_recovered().get(pk=debt.pk).recovered == 0
        again = prepared(cycle_of(program, period=dt.date(2026, 2, 1)))
        assert again.entitlements.get().recovered_amount == D(30)

    def test_two_people_and_a_reason(self):
        _program, _home, line = self.paid_program()
        both = UserFactory(
            permissions=["programs.add_overpayment", "programs.confirm_overpayment", "programs.view_overpayment"]
        )
        found = propose_overpayment(line=line, amount=D(5), recovered_from=NOVEMBER, reason="paid twice", actor=both)
        with pytest.raises(RuleViolation):
            decide_overpayment(overpayment=found, verb="confirm", actor=both)
        with pytest.raises(RuleViolation):
            decide_overpayment(overpayment=found, verb="refuse", actor=agreeing(), note=" ")
        with pytest.raises(TransitionNotAllowed):
            decide_overpayment(overpayment=found, verb="waive", actor=agreeing(), note="…")
        for amount in ("0", "-3", "1.001"):
            with pytest.raises(RuleViolation):
                propose_overpayment(line=line, amount=D(amount), recovered_from=NOVEMBER, reason="…", actor=both)
        elsewhere = UserFactory(permissions=["programs.add_overpayment"], permissions__area=AreaFactory())
        with pytest.raises(PermissionDenied):
            propose_overpayment(line=line, amount=D(1), recovered_from=NOVEMBER, reason="…", actor=elsewhere)
        with pytest.raises(DatabaseError), transaction.atomic():
            Overpayment.objects.filter(pk=found.pk).update(
                status="confirmed", decided_by=both, decided_at=found.proposed_at
            )

    def test_the_database_lets_no_more_be_taken_than_was_overpaid(self, monkeypatch):
        program, _home, first = self.paid_program()
        overpaid(first, "10")
        cycle = cycle_of(program, period=dt.date(2026, 2, 1))
        greedy = withholding.DEBTS.replace("SELECT *", "SELECT overpayment_id, household_id, rest + 0.01 AS rest")
        monkeypatch.setattr(withholding, "DEBTS", greedy)
        with pytest.raises(DatabaseError, match="no more is recovered"), transaction.atomic():
            write_range(terms_of(cycle), 0, END)

    def test_a_found_overpayment_stands(self):
        _program, _home, line = self.paid_program()
        debt = overpaid(line, "10")
        for change in ({"amount": 20}, {"status": "proposed"}, {"reason": "other"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Overpayment.objects.filter(pk=debt.pk).update(**change)


def slow_amount(history, month: dt.date, debts: list[Fraction]) -> tuple[Fraction, list[Fraction]]:
    """Work one household's month out day by day, in fractions: another way than both implementations.

    Returns what is paid and what each debt loses; None where the household is not on the list at all.
    """
    entry, leaving, at_most, children, joined, left = history
    days = [month + dt.timedelta(days=n) for n in range(calendar.monthrange(month.year, month.month)[1])]
    if joined > days[-1] or (left is not None and (not leaving or not days[0] <= left <= days[-1])):
        return None, []
    lived = [day for day in days if (not entry or day >= joined) and (left is None or day <= left)]
    best = []
    for birth in children:
        months = (month.year - birth.year) * 12 + month.month - birth.month - (1 if birth.day > 1 else 0)
        for low, high, amount in ((6, 11, 60), (12, 14, 80), (15, 17, 100)):
            if low * 12 <= months < (high + 1) * 12:
                best.append(amount)
    whole = 325 + sum(sorted(best)[-2:])
    cents = Fraction(whole * 100 * len(lived), len(days))
    due = Fraction((cents + Fraction(1, 2)).__floor__(), 100)
    left_to_take = Fraction((due * at_most).__floor__(), 100)
    taken = []
    for debt in debts:
        part = min(debt, left_to_take)
        left_to_take -= part
        taken.append(part)
    return due - sum(taken), taken


one_history = st.tuples(
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 10, 25, 100]),
    st.lists(st.dates(dt.date(2005, 1, 1), dt.date(2025, 12, 31)), max_size=4),
    st.dates(dt.date(2025, 12, 1), dt.date(2026, 4, 30)),
    st.one_of(st.none(), st.integers(0, 90)),
    st.lists(st.decimals("0.01", "300", places=2), max_size=2),
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=one_history)
def test_any_history_is_paid_as_a_slow_sum_says(history):
    entry, leaving, at_most, children, joined, stay, debts = history
    program, home = by_days(entry=entry, leaving=leaving, at_most=str(at_most)), household(*children)
    left = joined + dt.timedelta(days=stay) if stay is not None else None
    enrol(program, home, on=joined)
    if left:
        Enrolment.objects.filter(household=home).update(status="exited", ended_on=left, status_reason="moved")
    open_debts = [
        Overpayment(
            program=program, household=home, amount=debt, currency="EGP", recovered_from=dt.date(2026, 1, 1),
            reason="found", proposed_by=UserFactory(),
        )
        for debt in debts
    ]  # fmt: skip
    for debt in open_debts:
        debt.save()
        decide_overpayment(overpayment=debt, verb="confirm", actor=agreeing())
    rest = [Fraction(debt) for debt in debts]
    for number in (1, 2, 3, 4):
        month = dt.date(2026, number, 1)
        cycle = prepared(cycle_of(program, period=month))
        expected, taken = slow_amount((entry, leaving, at_most, children, joined, left), month, rest)
        line = cycle.entitlements.first()
        if expected is None:
            assert line is None
            continue
        assert Fraction(line.amount) == expected
        assert Fraction(line.recovered_amount) == sum(taken)
        assert cycle.total == line.amount == sum((p.amount for p in cycle.payments.all()), D(0))
        assert arithmetic_of(line).is_intact
        rest = [debt - part for debt, part in zip(rest, taken, strict=True)]


@pytest.mark.django_db(transaction=True)
def test_two_months_prepared_at_once_take_an_instalment_once():
    program = by_days(entry=False, leaving=False)
    enrol(program, household())
    first = prepared(cycle_of(program, period=dt.date(2026, 1, 1))).entitlements.get()
    overpaid(first, "40")
    people = [preparer(), preparer()]
    cycles = [
        cycle_of(program, period=dt.date(2026, month, 1), actor=who) for month, who in zip((2, 3), people, strict=True)
    ]
    start = threading.Barrier(2)
    failures: list[BaseException] = []

    def prepare(cycle):
        try:
            start.wait()
            prepared(cycle)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=prepare, args=(cycle,)) for cycle in cycles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(EntitlementLine.objects.filter(kind="recovery").values_list("amount", flat=True)) == [D(40)]
