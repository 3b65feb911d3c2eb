"""Budget lines, allotments by two people, and the ledger that follows the payments by itself."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry
from programs.funding.rules import forecast
from programs.models import Allotment, BudgetLine, FundEntry, PaymentCycle
from programs.services import funding as services
from programs.services.payment_cycles import (
    approve_payment_cycle,
    close_payment_cycle,
    create_payment_cycle,
    release_payment_cycle,
    submit_payment_cycle,
)
from programs.services.payments import cancel_payment, reissue_payment, settle_payment
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import (
    PREPARE,
    TAKAFUL,
    agent,
    allot,
    allotter,
    approved,
    approver,
    budget_line,
    confirmer_of_allotments,
    enrol,
    having_read,
    household,
    in_review,
    make_file,
    prepared,
    preparer,
    program_in_force,
    released,
    releaser,
    sent,
    source,
)
from tests.programs.reports import take_in

pytestmark = pytest.mark.django_db
D = Decimal


def balances(line: BudgetLine) -> tuple[Decimal, ...]:
    """Return allotted, committed, spent, available."""
    found = BudgetLine.objects.with_balances().get(pk=line.pk)
    return (found.allotted, found.committed, found.spent, found.available)


def cycle_with(line: BudgetLine, households: int = 1, month: int = 11) -> PaymentCycle:
    """Return a draft of so many households of 325 each."""
    enrol(line.program, *(household() for _ in range(households)))
    return create_payment_cycle(
        program=line.program, period=dt.date(2026, month, 1), agent=agent(), actor=preparer(), budget_line=line
    )


def funds(amount: str = "1000") -> BudgetLine:
    line = budget_line(program_in_force(TAKAFUL))
    allot(line, amount)
    return line


class TestForecast:
    @pytest.mark.parametrize(
        ("available", "months", "expected"),
        [
            ("1000", ["300", "310", "290"], ("300.00", 3, "500.00")),
            ("1500", ["300"], ("300.00", 5, "0.00")),
            ("1499.99", ["300"], ("300.00", 4, "0.01")),
            ("100", ["10", "11", "11", "999"], ("10.67", 9, "-46.65")),  # the fourth month back no longer counts
            ("0", ["300"], ("300.00", 0, "1500.00")),
        ],
    )
    def test_what_recent_months_cost_says_how_long_it_lasts(self, available, months, expected):
        found = forecast(available=D(available), latest_totals=[D(one) for one in months], months_open=5, minor_units=2)
        assert (found.monthly, found.months_covered, found.gap) == (D(expected[0]), expected[1], D(expected[2]))
        assert found.is_enough == (D(expected[2]) <= 0)

    def test_nothing_is_said_before_the_first_month(self):
        assert forecast(available=D(1), latest_totals=[], months_open=3, minor_units=2) is None


class TestAllotment:
    def test_counts_once_a_second_person_confirmed_it(self):
        line, first, second = budget_line(program_in_force()), allotter(), confirmer_of_allotments()
        allotment = services.propose_allotment(line=line, amount=D("500.50"), reason="decree 7", actor=first)
        assert balances(line)[3] == 0
        services.confirm_allotment(allotment=allotment, actor=second)
        assert balances(line) == (D("500.50"), 0, 0, D("500.50"))
        assert list(
            AuditEntry.objects.filter(target_type="programs.allotment").order_by("id").values_list("action", flat=True)
        ) == ["allotment.proposed", "allotment.confirmed"]

    def test_nobody_confirms_their_own(self):
        both = UserFactory(permissions=["programs.add_allotment", "programs.confirm_allotment"])
        allotment = services.propose_allotment(
            line=budget_line(program_in_force()), amount=D(5), reason="decree", actor=both
        )
        for decide in (services.confirm_allotment, services.refuse_allotment):
            with pytest.raises(RuleViolation):
                decide(allotment=allotment, actor=both, note="why")
        with pytest.raises(DatabaseError), transaction.atomic():
            Allotment.objects.filter(pk=allotment.pk).update(
                status="refused", decided_by=both, decided_at=allotment.proposed_at, decision_note="why"
            )

    @pytest.mark.parametrize("amount", ["0", "-1", "1.005"])
    def test_an_amount_is_above_zero_in_the_currency(self, amount):
        with pytest.raises(RuleViolation):
            services.propose_allotment(
                line=budget_line(program_in_force()), amount=D(amount), reason="decree", actor=allotter()
            )

    def test_needs_a_reason_and_the_right_for_the_whole_country(self):
        line = budget_line(program_in_force())
        with pytest.raises(RuleViolation):
            services.propose_allotment(line=line, amount=D(1), reason=" ", actor=allotter())
        local = UserFactory(permissions=["programs.add_allotment"], permissions__area=AreaFactory())
        with pytest.raises(PermissionDenied):
            services.propose_allotment(line=line, amount=D(1), reason="decree", actor=local)

    def test_a_refused_one_leaves_no_entry(self):
        line = budget_line(program_in_force())
        allotment = services.propose_allotment(line=line, amount=D(1), reason="decree", actor=allotter())
        services.refuse_allotment(allotment=allotment, actor=confirmer_of_allotments(), note="no such decree")
        assert not line.entries.exists()
        with pytest.raises(TransitionNotAllowed):
            services.confirm_allotment(allotment=allotment, actor=confirmer_of_allotments())

    def test_is_corrected_by_its_opposite_once(self):
        line = funds("800")
        entry = line.entries.get()
        correction = services.propose_correction(entry=entry, reason="typed twice", actor=allotter())
        with pytest.raises(RuleViolation):
            services.propose_correction(entry=entry, reason="again", actor=allotter())
        services.confirm_allotment(allotment=correction, actor=confirmer_of_allotments())
        assert [row.amount for row in line.entries.order_by("id")] == [D(800), D(-800)]
        assert balances(line)[3] == 0
        with pytest.raises(RuleViolation):
            services.propose_correction(entry=line.entries.get(amount=-800), reason="…", actor=allotter())

    def test_what_cycles_have_taken_cannot_be_taken_back(self):
        line = funds("1000")
        approved(cycle_with(line))
        correction = services.propose_correction(
            entry=line.entries.get(kind="allotment"), reason="mistake", actor=allotter()
        )
        with pytest.raises(RuleViolation, match="675"):
            services.confirm_allotment(allotment=correction, actor=confirmer_of_allotments())

    def test_a_line_is_opened_once(self):
        program, officer = program_in_force(), allotter()
        services.open_budget_line(source=source(), program=program, year=2026, actor=officer)
        with pytest.raises(RuleViolation):
            services.open_budget_line(source=source(), program=program, year=2026, actor=officer)


class TestWhatTheDatabaseRefuses:
    def refused(self, **fields):
        with pytest.raises(DatabaseError, match=r"portal|fund_entry"), transaction.atomic():
            FundEntry.objects.create(**fields)

    def test_entries_about_payments_by_hand(self):
        line = funds()
        cycle = released(cycle_with(line))
        for kind in ("commitment", "payment", "return", "release"):
            self.refused(budget_line=line, kind=kind, amount=1, cycle=cycle, entered_by=allotter())

    def test_an_allotment_nobody_agreed_to_or_another_amount_of_it(self):
        line = budget_line(program_in_force())
        waiting = services.propose_allotment(line=line, amount=D(10), reason="decree", actor=allotter())
        self.refused(budget_line=line, kind="allotment", amount=10, entered_by=allotter())
        self.refused(budget_line=line, kind="allotment", amount=10, allotment=waiting, entered_by=allotter())
        Allotment.objects.filter(pk=waiting.pk).update(
            status="confirmed", decided_by=confirmer_of_allotments(), decided_at=waiting.proposed_at
        )
        waiting.refresh_from_db()
        self.refused(budget_line=line, kind="allotment", amount=11, allotment=waiting, entered_by=waiting.decided_by)

    @pytest.mark.parametrize("change", [{"amount": 5}, {"kind": "payment"}, {"budget_line": 1}])
    def test_a_changed_entry(self, change):
        line = funds()
        with pytest.raises(DatabaseError), transaction.atomic():
            line.entries.update(**change)

    def test_a_deleted_entry(self):
        line = funds()
        with pytest.raises(DatabaseError), transaction.atomic():
            line.entries.all().delete()

    def test_a_cycle_paid_from_another_programmes_line(self):
        cycle, other = cycle_with(funds()), funds()
        with pytest.raises(DatabaseError), transaction.atomic():
            PaymentCycle.objects.filter(pk=cycle.pk).update(budget_line=other)

    def test_approval_above_the_balance_even_past_the_service(self):
        cycle = in_review(cycle_with(funds("324.99")))
        with pytest.raises(DatabaseError, match="commit more"), transaction.atomic():
            PaymentCycle.objects.filter(pk=cycle.pk).update(
                status="approved", approved_by=approver(), approved_at=cycle.submitted_at
            )

    def test_approval_without_a_line_even_past_the_service(self):
        cycle = cycle_with(funds())
        PaymentCycle.objects.filter(pk=cycle.pk).update(budget_line=None)
        prepared(cycle)
        PaymentCycle.objects.filter(pk=cycle.pk).update(
            status="in_review", submitted_by=cycle.created_by, submitted_at=cycle.created_at
        )
        with pytest.raises(DatabaseError, match="budget line"), transaction.atomic():
            PaymentCycle.objects.filter(pk=cycle.pk).update(
                status="approved", approved_by=approver(), approved_at=cycle.created_at
            )


class TestCycle:
    def test_takes_the_only_line_and_guesses_none_of_several(self):
        line = funds()
        cycle = create_payment_cycle(program=line.program, period=dt.date(2026, 5, 1), agent=agent(), actor=preparer())
        assert cycle.budget_line == line
        other = services.open_budget_line(
            source=type(source()).objects.create(code="donor", name_ar="مانح", kind="private"),
            program=line.program,
            year=2026,
            actor=allotter(),
        )
        second = create_payment_cycle(program=line.program, period=dt.date(2026, 6, 1), agent=agent(), actor=preparer())
        assert second.budget_line is None
        assert services.fund_payment_cycle(cycle=second, line=other, actor=second.created_by).budget_line == other

    def test_is_not_handed_over_before_somebody_says_what_it_is_paid_from(self):
        cycle = cycle_with(funds())
        PaymentCycle.objects.filter(pk=cycle.pk).update(budget_line=None)
        with pytest.raises(RuleViolation):
            submit_payment_cycle(cycle=prepared(cycle), actor=cycle.created_by)

    def test_a_line_of_another_year_is_refused(self):
        line = funds()
        with pytest.raises(RuleViolation):
            services.fund_payment_cycle(
                cycle=cycle_with(line), line=budget_line(line.program, year=2027), actor=preparer()
            )

    def test_the_line_stands_after_hand_over(self):
        cycle = in_review(cycle_with(funds()))
        with pytest.raises(TransitionNotAllowed):
            services.fund_payment_cycle(cycle=cycle, line=cycle.budget_line, actor=UserFactory(permissions=PREPARE))

    def test_approval_says_how_much_is_lacking(self):
        with pytest.raises(RuleViolation, match=r"0\.50"):
            approved(cycle_with(funds("324.50")))

    def test_the_last_pound_can_be_spent(self):
        line = funds("325")
        approved(cycle_with(line))
        assert balances(line) == (D(325), D(325), 0, 0)


class TestLedger:
    def test_follows_the_payments_from_approval_to_closing(self):
        line = funds("2000")
        cycle = cycle_with(line, households=4)
        approved(cycle)
        assert balances(line) == (D(2000), D(1300), 0, D(700))
        cycle = sent_after_approval(cycle)
        assert balances(line) == (D(2000), D(1300), D(1300), D(700))
        first, second, third, fourth = cycle.payments.order_by("id")
        take_in(cycle, [(first, "paid"), (second, "returned"), (third, "failed"), (fourth, "paid")])
        assert balances(line)[2] == D(650)
        officer = UserFactory(permissions=["programs.reconcile_paymentcycle"])
        second.refresh_from_db()
        again = reissue_payment(payment=second, actor=officer, reason="came later")
        make_file(cycle)
        assert balances(line)[2] == D(975)
        again.refresh_from_db()
        take_in(cycle, [(again, "paid")])
        third.refresh_from_db()
        settle_payment(payment=third, actor=officer, reason="has moved abroad")
        close_payment_cycle(cycle=cycle, actor=officer)
        # What the third household did not get is free again.
        assert balances(line) == (D(2000), D(975), D(975), D(1025))
        assert [(entry.kind, entry.batch, entry.amount) for entry in line.entries.order_by("id")] == [
            ("allotment", None, D(2000)),
            ("commitment", None, D(1300)),
            ("payment", 1, D(1300)),
            ("return", 1, D(650)),
            ("payment", 2, D(325)),
            ("release", None, D(325)),
        ]

    def test_money_that_had_arrived_after_all_takes_its_return_back(self):
        line = funds()
        cycle = sent(cycle_with(line))
        payment = cycle.payments.get()
        take_in(cycle, [(payment, "returned")])
        assert balances(line)[2] == 0
        cycle.payments.update(status="paid")
        assert balances(line)[2] == D(325)
        assert [entry.amount for entry in line.entries.filter(kind="return").order_by("id")] == [D(325), D(-325)]

    def test_a_cancelled_payment_is_freed_at_closing(self):
        line = funds()
        cycle = released(cycle_with(line, households=2))
        officer = UserFactory(permissions=["programs.reconcile_paymentcycle"])
        first = cycle.payments.order_by("id").first()
        cancel_payment(payment=first, actor=officer, reason="duplicate")
        make_file(cycle)
        cycle.payments.filter(status="sent").update(status="paid")
        close_payment_cycle(cycle=cycle, actor=officer)
        assert balances(line) == (D(1000), D(325), D(325), D(675))

    def test_files_and_entries_agree_list_by_list(self):
        line = funds("10000")
        cycle = sent(cycle_with(line, households=3))
        file = cycle.files.get()
        entry = line.entries.get(kind="payment")
        lines = cycle.payments.filter(batch=1).aggregate(total=Sum("amount"))["total"]
        assert entry.batch == file.batch == 1
        assert entry.amount == file.control_total == lines == cycle.total


def sent_after_approval(cycle: PaymentCycle) -> PaymentCycle:
    cycle = release_payment_cycle(cycle=cycle, actor=releaser())
    make_file(cycle)
    return cycle


@pytest.mark.django_db(transaction=True)
def test_two_cycles_approved_at_once_against_one_balance_yield_one_approval():
    line = funds("500")
    cycles = [in_review(cycle_with(line, month=11))]
    second = create_payment_cycle(
        program=line.program,
        period=cycles[0].period.replace(month=12),
        agent=agent(),
        actor=preparer(),
        budget_line=line,
    )
    cycles.append(in_review(second))
    people = [having_read(cycle, approver()) for cycle in cycles]
    results: list[str] = []
    start = threading.Barrier(2)

    def approve(cycle: PaymentCycle, actor: object) -> None:
        try:
            start.wait()
            approve_payment_cycle(cycle=cycle, actor=actor)
            results.append("approved")
        except RuleViolation:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=pair) for pair in zip(cycles, people, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["approved", "refused"]
    assert balances(line)[3] == D(175)


@pytest.mark.django_db(transaction=True)
def test_the_trigger_itself_keeps_two_approvals_apart():
    """Past the service and its lock: the balance holds by the database alone."""
    line = funds("500")
    cycles = [in_review(cycle_with(line, month=11))]
    cycles.append(
        in_review(
            create_payment_cycle(
                program=line.program,
                period=cycles[0].period.replace(month=12),
                agent=agent(),
                actor=preparer(),
                budget_line=line,
            )
        )
    )
    people = [having_read(cycle, approver()) for cycle in cycles]
    results: list[str] = []
    start = threading.Barrier(2)

    def approve(cycle: PaymentCycle, actor: object) -> None:
        try:
            start.wait()
            PaymentCycle.objects.filter(pk=cycle.pk).update(
                status="approved", approved_by=actor, approved_at=cycle.submitted_at
            )
            results.append("approved")
        except DatabaseError:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=pair) for pair in zip(cycles, people, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["approved", "refused"]
    assert balances(line)[3] == D(175)
