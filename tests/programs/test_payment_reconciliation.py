import csv
import datetime as dt
import io
import threading
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import connection
from openpyxl import Workbook

from ministry import jobs
from ministry.exceptions import DomainError, RuleViolation, TransitionNotAllowed
from programs.models import Payment, PaymentCycle, ReconciliationFile, ReconciliationRow
from programs.payments.reports import parse_amount, parse_date, read_report
from programs.services import payment_cycles, payments, reconciliation
from tests.ministry.factories import UserFactory
from tests.programs.payment_factories import (
    TAKAFUL,
    approved,
    cycle_of,
    enrol,
    household,
    make_file,
    program_in_force,
    sent,
)

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
Outcome = ReconciliationRow.Outcome


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def officer():
    return UserFactory(permissions=["programs.reconcile_paymentcycle", "programs.view_paymentcycle"])


def sent_cycle(households: int = 3) -> PaymentCycle:
    program = program_in_force(TAKAFUL)
    enrol(program, *(household() for _ in range(households)))
    return sent(cycle_of(program))


def report(*rows: tuple, headings: str = "payment_ref,status,amount,paid_on,agent_ref") -> io.BytesIO:
    lines = [headings, *(",".join(str(cell) for cell in row) for row in rows)]
    return io.BytesIO("\r\n".join(lines).encode())


def take_in(content: io.BytesIO, actor, filename: str = "report.csv") -> ReconciliationFile:
    file = reconciliation.receive_report(upload=File(content, name=filename), actor=actor, tell_worker=False)
    jobs.run_now(file.job)
    file.refresh_from_db()
    return file


def outcomes(file: ReconciliationFile) -> list[tuple[str, str]]:
    return list(file.rows.values_list("outcome", "problem"))


class TestMatching:
    def test_each_payment_takes_the_reported_status(self, officer):
        cycle = sent_cycle()
        paid, returned, failed = cycle.payments.all()
        file = take_in(
            report(
                (paid.payment_ref, "paid", "325.00", "2024-11-05", "A-1"),
                (returned.payment_ref, "returned", "325"),
                (failed.payment_ref, "مرفوض", "٣٢٥٫٠٠"),
            ),
            officer,
        )
        assert file.status == ReconciliationFile.Status.DONE
        assert outcomes(file) == [(Outcome.MATCHED, "")] * 3
        paid.refresh_from_db()
        assert (paid.status, paid.paid_on, paid.agent_ref) == ("paid", dt.date(2024, 11, 5), "A-1")
        assert list(cycle.payments.values_list("status", flat=True)) == ["paid", "returned", "failed"]
        cycle.refresh_from_db()
        assert cycle.status == PaymentCycle.Status.RECONCILING

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            (("P9-202611-1", "paid", "325"), "no_payment"),
            (("{ref}", "paid", "325.01"), "other_amount"),
            (("{ref}", "paid", "324.999"), "other_amount"),
            (("{ref}", "perhaps", "325"), "status_unknown"),
            (("", "paid", "325"), "ref_missing"),
            (("{ref}", "paid", "three"), "amount_unreadable"),
            (("{ref}", "paid", "325", "31/02/2026"), "date_unreadable"),
            (("{ref}", "paid", "325", "2999-01-01"), "date_unreadable"),
        ],
    )
    def test_what_does_not_fit_waits_for_a_person(self, officer, row, problem):
        cycle = sent_cycle(1)
        payment = cycle.payments.get()
        file = take_in(report(tuple(cell.format(ref=payment.payment_ref) for cell in row)), officer)
        assert [found for _outcome, found in outcomes(file)] == [problem]
        assert file.rows.queued().count() == 1
        payment.refresh_from_db()
        assert payment.status == "sent"

    def test_held_payments_are_not_paid_by_a_report(self, officer):
        program = program_in_force(TAKAFUL)
        enrol(program, household(), household(has_head=False))
        cycle = sent(cycle_of(program))
        held = cycle.payments.get(status="held")
        file = take_in(report((held.payment_ref, "paid", "325")), officer)
        assert outcomes(file) == [(Outcome.CONFLICT, "not_sent")]

    def test_payments_of_an_approved_cycle_are_not_paid_by_a_report(self, officer):
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        cycle = approved(cycle_of(program))
        file = take_in(report((cycle.payments.get().payment_ref, "paid", "325")), officer)
        assert outcomes(file) == [(Outcome.CONFLICT, "not_sent")]

    def test_one_bad_row_does_not_spoil_its_neighbours(self, officer):
        cycle = sent_cycle(40)
        rows = [(payment.payment_ref, "paid", "325") for payment in cycle.payments.all()]
        rows[17] = (rows[17][0], "paid", "x")
        file = take_in(report(*rows), officer)
        assert file.rows.filter(outcome=Outcome.MATCHED).count() == 39
        (bad,) = file.rows.queued()
        assert (bad.row_number, bad.amount_text, bad.get_problem_display() != "") == (19, "x", True)

    def test_chunks_do_not_change_the_result(self, officer, monkeypatch):
        monkeypatch.setattr(reconciliation, "CHUNK", 2)
        monkeypatch.setattr(reconciliation, "ROWS_AT_ONCE", 3)
        cycle = sent_cycle(9)
        file = take_in(report(*((p.payment_ref, "paid", "325") for p in cycle.payments.all())), officer)
        assert file.rows.filter(outcome=Outcome.MATCHED).count() == file.rows_total == 9
        assert set(cycle.payments.values_list("status", flat=True)) == {"paid"}


class TestRepetition:
    def test_the_same_file_again_changes_nothing_and_says_so(self, officer):
        cycle = sent_cycle()
        content = report(*((p.payment_ref, "paid", "325") for p in cycle.payments.all()))
        first = take_in(content, officer)
        before = list(Payment.objects.values())
        with pytest.raises(reconciliation.ReportAlreadyTakenIn) as known:
            take_in(content, officer)
        assert known.value.file == first
        assert list(Payment.objects.values()) == before
        assert ReconciliationFile.objects.count() == 1

    def test_the_same_rows_in_another_file_are_known(self, officer):
        cycle = sent_cycle()
        rows = [(p.payment_ref, "paid", "325") for p in cycle.payments.all()]
        take_in(report(*rows), officer)
        before = list(Payment.objects.values())
        file = take_in(report(*reversed(rows)), officer)
        assert outcomes(file) == [(Outcome.REPEATED, "")] * 3
        assert list(Payment.objects.values()) == before

    def test_a_row_repeated_within_a_file_counts_once(self, officer):
        row = (sent_cycle(1).payments.get().payment_ref, "paid", "325")
        assert outcomes(take_in(report(row, row), officer)) == [(Outcome.MATCHED, ""), (Outcome.REPEATED, "")]

    def test_a_file_that_contradicts_itself_applies_neither_row(self, officer):
        payment = sent_cycle(1).payments.get()
        file = take_in(report((payment.payment_ref, "paid", "325"), (payment.payment_ref, "failed", "325")), officer)
        assert outcomes(file) == [(Outcome.CONFLICT, "twice_in_file")] * 2
        payment.refresh_from_db()
        assert payment.status == "sent"

    def test_paid_money_that_came_back_later_is_returned(self, officer):
        payment = sent_cycle(1).payments.get()
        take_in(report((payment.payment_ref, "paid", "325")), officer)
        file = take_in(report((payment.payment_ref, "returned", "325")), officer)
        assert outcomes(file) == [(Outcome.MATCHED, "")]

    def test_failed_then_paid_waits_for_a_person(self, officer):
        payment = sent_cycle(1).payments.get()
        take_in(report((payment.payment_ref, "failed", "325")), officer)
        file = take_in(report((payment.payment_ref, "paid", "325")), officer)
        assert outcomes(file) == [(Outcome.CONFLICT, "other_status")]
        row = file.rows.get()
        reconciliation.apply_row(row=row, payment_ref=payment.payment_ref, actor=officer, note="bank confirmed")
        payment.refresh_from_db()
        assert payment.status == "paid"

    def test_a_closed_cycle_stays_closed(self, officer):
        cycle = sent_cycle(1)
        payment = cycle.payments.get()
        take_in(report((payment.payment_ref, "paid", "325")), officer)
        cycle.refresh_from_db()
        payment_cycles.close_payment_cycle(cycle=cycle, actor=officer)
        file = take_in(report((payment.payment_ref, "returned", "325")), officer)
        assert outcomes(file) == [(Outcome.CONFLICT, "cycle_closed")]


class TestQueue:
    def mistyped(self, officer, **values):
        payment = sent_cycle(1).payments.get()
        row = {"status": "paid", "amount": "325"} | values
        file = take_in(report(("P0-1", row["status"], row["amount"])), officer)
        return payment, file.rows.get()

    def test_a_person_names_the_right_payment(self, officer):
        payment, row = self.mistyped(officer)
        row = reconciliation.apply_row(
            row=row, payment_ref=payment.payment_ref.lower(), actor=officer, note="digit left out"
        )
        payment.refresh_from_db()
        assert (payment.status, row.resolution, row.payment, row.resolved_by) == ("paid", "applied", payment, officer)

    def test_another_amount_cannot_be_accepted(self, officer):
        payment, row = self.mistyped(officer, amount="300")
        with pytest.raises(RuleViolation, match="325"):
            reconciliation.apply_row(row=row, payment_ref=payment.payment_ref, actor=officer, note="x")

    def test_a_row_is_decided_once(self, officer):
        _payment, row = self.mistyped(officer)
        reconciliation.dismiss_row(row=row, actor=officer, note="not ours")
        with pytest.raises(TransitionNotAllowed):
            reconciliation.dismiss_row(row=row, actor=officer, note="again")

    @pytest.mark.parametrize("note", ["", "   "])
    def test_a_decision_needs_a_reason(self, officer, note):
        payment, row = self.mistyped(officer)
        with pytest.raises(RuleViolation):
            reconciliation.dismiss_row(row=row, actor=officer, note=note)
        with pytest.raises(RuleViolation):
            reconciliation.apply_row(row=row, payment_ref=payment.payment_ref, actor=officer, note=note)

    def test_viewing_is_not_deciding(self, officer):
        payment, row = self.mistyped(officer)
        viewer = UserFactory(permissions=["programs.view_paymentcycle", "programs.view_payment"])
        with pytest.raises(PermissionDenied):
            reconciliation.dismiss_row(row=row, actor=viewer, note="x")
        with pytest.raises(PermissionDenied):
            reconciliation.apply_row(row=row, payment_ref=payment.payment_ref, actor=viewer, note="x")
        with pytest.raises(PermissionDenied):
            take_in(report(("x", "paid", "1")), viewer)


class TestUndelivered:
    def undelivered(self, officer, status: str = "returned") -> Payment:
        payment = sent_cycle(1).payments.get()
        take_in(report((payment.payment_ref, status, "325")), officer)
        payment.refresh_from_db()
        return payment

    @pytest.mark.parametrize("status", ["returned", "failed"])
    def test_a_further_attempt_goes_into_the_next_list(self, officer, status):
        payment = self.undelivered(officer, status)
        attempt = payments.reissue_payment(payment=payment, actor=officer, reason="was travelling")
        assert (attempt.payment_ref, attempt.amount, attempt.status) == (
            f"{payment.payment_ref}-2",
            payment.amount,
            "ready",
        )
        payment.cycle.refresh_from_db()
        file = make_file(payment.cycle)
        assert (file.batch, file.lines) == (2, 1)

    def test_tried_again_once_only(self, officer):
        payment = self.undelivered(officer)
        payments.reissue_payment(payment=payment, actor=officer, reason="x")
        with pytest.raises(RuleViolation):
            payments.reissue_payment(payment=payment, actor=officer, reason="x")

    def test_the_old_number_cannot_be_paid_beside_the_new_attempt(self, officer):
        payment = self.undelivered(officer)
        payments.reissue_payment(payment=payment, actor=officer, reason="x")
        file = take_in(report((payment.payment_ref, "paid", "325")), officer)
        with pytest.raises(RuleViolation):
            reconciliation.apply_row(
                row=file.rows.get(), payment_ref=payment.payment_ref, actor=officer, note="came late"
            )

    def test_a_cycle_closes_when_a_person_has_settled_the_rest(self, officer):
        payment = self.undelivered(officer)
        cycle = payment.cycle
        with pytest.raises(RuleViolation):
            payment_cycles.close_payment_cycle(cycle=cycle, actor=officer)
        payments.settle_payment(payment=payment, actor=officer, reason="left the country")
        assert payment_cycles.close_payment_cycle(cycle=cycle, actor=officer).status == PaymentCycle.Status.CLOSED

    def test_a_held_payment_can_be_cancelled_for_good(self, officer):
        program = program_in_force(TAKAFUL)
        enrol(program, household(), household(has_head=False))
        cycle = sent(cycle_of(program))
        held = cycle.payments.get(status="held")
        cancelled = payments.cancel_payment(payment=held, actor=officer, reason="nobody left")
        assert (cancelled.status, cancelled.settled_by) == ("cancelled", officer)


class TestReading:
    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("325", "325"),
            ("325.50", "325.50"),
            ("1,234.567", "1234.567"),
            ("١٬٢٣٤٫٥٦٧", "1234.567"),
            (" 1 234.5 ", "1234.5"),
            (1234.567, "1234.567"),
            (325, "325"),
            (0.1 + 0.2, None),  # not what a person typed
            ("1,50", None),
            ("-325", None),
            ("1e3", None),
            ("", None),
            (None, None),
            (True, None),
            ("NaN", None),
        ],
    )
    def test_amounts_are_never_guessed(self, typed, expected):
        found = parse_amount(typed)
        assert found == (Decimal(expected) if expected else None)

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("2026-11-05", (dt.date(2026, 11, 5), False)),
            ("05/11/2026", (dt.date(2026, 11, 5), False)),
            ("٠٥/١١/٢٠٢٦", (dt.date(2026, 11, 5), False)),
            (dt.datetime(2026, 11, 5, 10, 0), (dt.date(2026, 11, 5), False)),  # noqa: DTZ001 - a cell has no time zone
            ("", (None, False)),
            ("tomorrow", (None, True)),
            ("2026-11-23", (None, True)),
        ],
    )
    def test_dates(self, typed, expected):
        assert parse_date(typed, TODAY) == expected

    def test_arabic_headings_semicolons_and_windows_letters(self):
        text = "رقم الدفعة;الحالة;المبلغ\r\nP1-202611-1;تم الصرف;325,00\r\nP1-202611-2;مرتجع;325.00\r\n"
        rows = list(read_report(io.BytesIO(text.encode("windows-1256")), TODAY))
        assert [(row.payment_ref, row.status, row.problem) for row in rows] == [
            ("P1-202611-1", "paid", "amount_unreadable"),
            ("P1-202611-2", "returned", ""),
        ]

    def test_a_workbook_with_numbers_and_dates_as_such(self):
        book = Workbook()
        book.active.append(["payment_ref", "status", "amount", "paid_on"])
        book.active.append(["P1-202611-1", "paid", 1234.567, dt.date(2026, 11, 5)])
        book.active.append([None, None, None, None])
        book.active.append(["P1-202611-2", "failed", 325, None])
        content = io.BytesIO()
        book.save(content)
        content.seek(0)
        rows = list(read_report(content, TODAY))
        assert [(row.row_number, row.amount, row.paid_on) for row in rows] == [
            (2, Decimal("1234.567"), dt.date(2026, 11, 5)),
            (4, Decimal("325"), None),
        ]

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"payment_ref,status\r\nx,paid",
            b"payment_ref,status,amount\r\n",
            b"PK\x03\x04 not a workbook",
            b"%PDF-1.7\x00\x00\x01",
            b"\x89PNG\r\n\x1a\n\x00\x00",
        ],
    )
    def test_what_is_no_report_is_refused_and_not_kept(self, content, officer, settings):
        with pytest.raises(DomainError):
            take_in(io.BytesIO(content), officer)
        assert not ReconciliationFile.objects.exists()
        assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_a_report_that_breaks_off_is_refused_as_a_whole_and_may_come_again(officer):
    payment = sent_cycle(1).payments.get()
    broken = io.BytesIO(f"payment_ref,status,amount\r\n{payment.payment_ref},paid,325\r\n".encode())
    broken.seek(0, io.SEEK_END)
    broken.write(b'x,"' + b"y" * (csv.field_size_limit() + 1))
    file = reconciliation.receive_report(upload=File(broken, name="r.csv"), actor=officer, tell_worker=False)
    with pytest.raises(jobs.JobFailed):
        jobs.run_now(file.job)
    file.refresh_from_db()
    payment.refresh_from_db()
    assert (file.status, payment.status, file.rows.count()) == (ReconciliationFile.Status.REFUSED, "sent", 0)
    assert file.problem


@pytest.mark.django_db(transaction=True)
def test_two_people_deciding_on_one_row_at_once_yield_one_decision(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    people = [UserFactory(permissions=["programs.reconcile_paymentcycle"]) for _ in range(2)]
    row = take_in(report(("P0-1", "paid", "325")), people[0]).rows.get()
    results: list[str] = []
    start = threading.Barrier(2)

    def dismiss(actor):
        try:
            start.wait()
            reconciliation.dismiss_row(row=row, actor=actor, note="not ours")
            results.append("decided")
        except TransitionNotAllowed:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=dismiss, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["decided", "refused"]
