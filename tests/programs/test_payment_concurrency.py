"""Nobody is paid twice: fifty approvals at once, and random deeds by several people at the same time."""

import random
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection
from django.db.models import Count, Sum

from ministry import jobs
from ministry.exceptions import DomainError
from ministry.models import AuditEntry, Job
from programs.models import FundEntry, Payment, PaymentCycle, PaymentFile
from programs.services import control, payment_cycles, payment_files, payments, reconciliation
from tests.ministry.factories import UserFactory
from tests.programs.payment_factories import (
    APPROVE,
    PREPARE,
    RELEASE,
    TAKAFUL,
    approver,
    cycle_of,
    enrol,
    having_read,
    household,
    in_review,
    program_in_force,
)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(deeds: list[Callable[[], object]]) -> list[str]:
    """Do all of these at the same moment, each on a connection of its own; return what became of each."""
    outcomes: list[str] = []
    start = threading.Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> None:
        try:
            start.wait()
            deed()
            outcomes.append("done")
        except (DomainError, DatabaseError, jobs.JobFailed) as refusal:
            outcomes.append(f"refused: {refusal}")
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_fifty_approvals_at_once_are_one():
    program = program_in_force(TAKAFUL)
    enrol(program, household(), household())
    cycle, people = in_review(cycle_of(program)), [approver() for _ in range(50)]
    for person in people:
        having_read(cycle, person)

    outcomes = at_once([lambda who=who: payment_cycles.approve_payment_cycle(cycle=cycle, actor=who) for who in people])

    assert outcomes.count("done") == 1
    assert AuditEntry.objects.filter(action="payment_cycle.approved").count() == 1
    assert FundEntry.objects.get(kind="commitment").amount == Decimal(650)


class Office:
    """A month of four households, and three people who press every button they have, in any order and together."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        program = program_in_force(TAKAFUL)
        enrol(program, *(household() for _ in range(4)))
        self.preparer = UserFactory(permissions=[*PREPARE, "programs.reconcile_paymentcycle"])
        self.approver = UserFactory(permissions=APPROVE)
        self.treasurer = UserFactory(permissions=RELEASE)
        self.cycle = cycle_of(program, actor=self.preparer)
        self.reports = 0

    def prepare(self) -> None:
        self._run(
            lambda: payment_cycles.prepare_payment_cycle(cycle=self.cycle, actor=self.preparer, tell_worker=False)
        )

    def submit(self) -> None:
        payment_cycles.submit_payment_cycle(cycle=self.cycle, actor=self.preparer, tell_worker=False)
        for job in Job.objects.filter(kind=control.JOB_KIND, status=Job.Status.QUEUED):
            self._run(lambda job=job: job)

    def send_back(self) -> None:
        if self.random.random() < 0.3:
            payment_cycles.send_back_payment_cycle(cycle=self.cycle, actor=self.approver, note="look again")

    def approve(self) -> None:
        report = control.latest_report(self.cycle)
        if report is not None:
            control.read_control_report(report=report, actor=self.approver)
        payment_cycles.approve_payment_cycle(cycle=self.cycle, actor=self.approver)

    def release(self) -> None:
        payment_cycles.release_payment_cycle(cycle=self.cycle, actor=self.treasurer)

    def make_file(self) -> None:
        self._run(
            lambda: payment_files.make_payment_file(
                cycle=self.cycle, file_format="csv", actor=self.treasurer, tell_worker=False
            )
        )

    def report(self) -> None:
        """Hand in a report about some payments, right and wrong ones, some of them twice."""
        known = list(Payment.objects.filter(cycle=self.cycle).order_by("pk"))
        rows = ["payment_ref,status,amount"]
        for payment in self.random.choices(known, k=3) if known else []:
            status = self.random.choice(["paid", "returned", "failed", "paid"])
            rows.append(f"{payment.payment_ref},{status},{payment.amount + self.random.choice([0, 0, 0, 1])}")
        content = "\n".join([*rows, f"X{self.random.random()},paid,1"]).encode()
        file = reconciliation.receive_report(
            upload=ContentFile(content, name="report.csv"), actor=self.preparer, tell_worker=False
        )
        jobs.run_now(file.job)

    def decide(self) -> None:
        chosen = self.random.choice(list(Payment.objects.filter(cycle=self.cycle)) or [None])
        if chosen is None:
            return
        verb = self.random.choice([payments.reissue_payment, payments.settle_payment, payments.cancel_payment])
        if verb is not payments.cancel_payment or self.random.random() < 0.2:
            verb(payment=chosen, actor=self.preparer, reason="decided")

    def hold(self) -> None:
        ready = Payment.objects.filter(cycle=self.cycle, status="ready").order_by("?").first()
        if ready and self.random.random() < 0.3:
            payments.hold_payment(payment=ready, actor=self.preparer, kind="complaint", note="c")

    def lift(self) -> None:
        held = Payment.objects.filter(cycle=self.cycle, status="held").first()
        if held:
            payments.release_hold(payment=held, actor=self.preparer, reason="settled")

    def _run(self, start: Callable[[], object]) -> None:
        jobs.run_now(start())

    def check(self) -> None:
        """What must be true after any deed, and in the middle of everything."""
        cycle = PaymentCycle.objects.get(pk=self.cycle.pk)
        live = (
            Payment.objects.filter(cycle=cycle, status__in=["sent", "paid"])
            .values("entitlement__household")
            .annotate(times=Count("id"))
        )
        assert all(row["times"] == 1 for row in live), "a household is paid twice"
        out = Payment.objects.filter(cycle=cycle, status__in=["sent", "paid"]).aggregate(total=Sum("amount"))["total"]
        entries = {
            row["kind"]: row["total"]
            for row in FundEntry.objects.filter(cycle=cycle).values("kind").annotate(total=Sum("amount")).order_by()
        }
        assert entries.get("payment", 0) - entries.get("return", 0) == (out or 0), "ledger and payments differ"
        if cycle.is_approved:
            assert entries["commitment"] == cycle.total
            first = Payment.objects.filter(cycle=cycle, attempt=1).aggregate(total=Sum("amount"))["total"]
            assert first == cycle.total, "the sum of the lines is not the total"
        for file in PaymentFile.objects.filter(cycle=cycle):
            entered = FundEntry.objects.filter(cycle=cycle, kind="payment", batch=file.batch)
            assert entered.get().amount == file.control_total, "file and ledger differ"
            in_list = Payment.objects.filter(cycle=cycle, batch=file.batch).aggregate(total=Sum("amount"))["total"]
            assert in_list == file.control_total


DEEDS = ("prepare", "submit", "send_back", "approve", "release", "make_file", "report", "decide", "hold", "lift")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_sequence_of_deeds_pressed_together_pays_twice(seed, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    office = Office(seed)
    for step in range(40):
        # Each button is pressed twice at once; later in the month the later buttons are pressed more often.
        likely = DEEDS[: 4 + step // 4]
        chosen = office.random.choices(likely, weights=[1 + 2 * (step // 10 > 1) * (n > 4) for n in range(len(likely))])
        deed = getattr(office, chosen[0])
        at_once([deed, deed])
        office.check()
    assert PaymentCycle.objects.get(pk=office.cycle.pk).is_released, "the month did not get anywhere"
    assert FundEntry.objects.filter(kind="payment").exists()
