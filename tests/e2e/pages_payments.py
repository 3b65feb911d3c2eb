"""Pages of payments, each with a record in the state it is about."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from ministry import jobs
from ministry.models import User
from programs.models import (
    BudgetLine,
    Overpayment,
    Payment,
    PaymentCycle,
    ReconciliationFile,
    ReconciliationRow,
    VerificationSample,
)
from programs.services.funding import propose_allotment
from programs.services.overpayments import propose_overpayment
from programs.services.reconciliation import receive_report
from programs.services.verification import draw_sample, enter_result
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import (
    TAKAFUL,
    allotter,
    approved,
    cycle_of,
    duplicate_pair,
    enrol,
    having_read,
    household,
    in_review,
    prepared,
    program_in_force,
    releaser,
    sent,
)

# (name of the address, demo user, path, query)
Entry = tuple[str, str, Callable[[], str] | None, str]


def a_cycle(state: Callable[[PaymentCycle], PaymentCycle], status: str) -> PaymentCycle:
    """Return a cycle in a state, with a hold and a household of several children in it."""
    found = PaymentCycle.objects.filter(status=status).first()
    if found:
        return found
    program, area = program_in_force(TAKAFUL), AreaFactory()
    homes = [
        household(dt.date(2010, 1, 1), dt.date(2013, 1, 1), dt.date(2019, 1, 1), None, area=area),
        household(area=area),
        household(area=area, has_head=False),
        household(area=area),
    ]
    enrol(program, *homes)
    duplicate_pair(homes[0], homes[3])
    cycle = cycle_of(program)
    cycle.pays_from, cycle.pays_to = timezone.localdate(), timezone.localdate() + dt.timedelta(days=6)
    cycle.save()
    return state(cycle)


def a_draft() -> PaymentCycle:
    return a_cycle(lambda cycle: cycle, "draft")


def a_prepared() -> PaymentCycle:
    return a_cycle(prepared, "prepared")


def a_reviewed() -> PaymentCycle:
    return a_cycle(in_review, "in_review")


def a_read() -> PaymentCycle:
    """Return a cycle in review whose control report the finance manager has read."""
    cycle = a_reviewed()
    having_read(cycle, User.objects.get(username="finance_manager"))
    return cycle


def an_approved() -> PaymentCycle:
    return a_cycle(approved, "approved")


def a_sent() -> PaymentCycle:
    return a_cycle(sent, "released")


def a_payment(status: str) -> Payment:
    return Payment.objects.filter(cycle=a_sent(), status=status).first()


def a_sample() -> VerificationSample:
    """Return a sample with an answer in it."""
    known = VerificationSample.objects.first()
    if known:
        return known
    sample = draw_sample(cycle=a_sent(), size=2, actor=UserFactory(permissions=["programs.add_verificationsample"]))
    enter_result(
        visit=sample.visits.first(),
        result="not_found",
        visited_on=timezone.localdate(),
        note="انتقلت الأسرة إلى محافظة أخرى",
        actor=UserFactory(permissions=["programs.change_verificationvisit"]),
    )
    return sample


def a_report() -> ReconciliationFile:
    """Return a report with a row of each outcome that can wait."""
    waiting = ReconciliationRow.objects.queued().exclude(status="").select_related("file").first()
    if waiting:
        return waiting.file
    known = a_payment("sent").payment_ref
    content = f"payment_ref,status,amount,paid_on\nP0-1,paid,325,\n{known},paid,1.5,\n{known}x,perhaps,2,31/02/2026\n"
    file = receive_report(upload=ContentFile(content.encode(), name="report.csv"), actor=releaser(), tell_worker=False)
    jobs.run_now(file.job)
    return file


def a_row() -> ReconciliationRow:
    return a_report().rows.queued().exclude(status="").first()


def _cycle(name: str, cycle: Callable[[], PaymentCycle], *arguments: str) -> Callable[[], str]:
    return lambda: reverse(f"programs:{name}", args=[cycle().pk, *arguments])


def an_overpayment() -> Overpayment:
    """Return an overpayment that waits for a second person."""
    return Overpayment.objects.filter(status="proposed").first() or propose_overpayment(
        line=a_payment("sent").entitlement,
        amount=Decimal("120.50"),
        recovered_from=dt.date(2026, 12, 1),
        reason="صُرف عن فرد توفي قبل بداية الشهر",
        actor=UserFactory(permissions=["programs.add_overpayment"]),
    )


def a_line() -> BudgetLine:
    """Return a budget line with a commitment and an allotment that waits."""
    line = a_sent().budget_line
    if not line.allotments.filter(status="proposed").exists():
        propose_allotment(line=line, amount=Decimal(250_000), reason="قرار وزاري رقم 14", actor=allotter())
    return line


def _of_line(name: str) -> Callable[[], str]:
    return lambda: reverse(f"programs:{name}", args=[a_line().pk])


def _announced() -> str:
    an_approved()
    return reverse("programs:payment_dates")


PAYMENT_NOT_PAGES = {"programs:sample_export": "hands out a file"}
PAYMENT_PAGES: list[Entry] = [
    (
        "programs:overpayment_list",
        "finance_manager",
        lambda: (an_overpayment(), reverse("programs:overpayment_list"))[1],
        "",
    ),
    (
        "programs:overpayment_propose",
        "finance_officer",
        lambda: reverse("programs:overpayment_propose", args=[a_payment("sent").entitlement_id]),
        "",
    ),
    (
        "programs:overpayment_verb",
        "finance_manager",
        lambda: reverse("programs:overpayment_verb", args=[an_overpayment().pk, "confirm"]),
        "",
    ),
    ("programs:budget_line_list", "finance_officer", lambda: (a_line(), reverse("programs:budget_line_list"))[1], ""),
    ("programs:budget_line_create", "finance_officer", None, ""),
    ("programs:budget_line", "finance_manager", _of_line("budget_line"), ""),
    ("programs:allot", "finance_officer", _of_line("allot"), ""),
    (
        "programs:fund_entry_correct",
        "finance_officer",
        lambda: reverse("programs:fund_entry_correct", args=[a_line().entries.get(kind="allotment").pk]),
        "",
    ),
    (
        "programs:allotment_verb",
        "finance_manager",
        lambda: reverse(
            "programs:allotment_verb", args=[a_line().allotments.filter(status="proposed").first().pk, "confirm"]
        ),
        "",
    ),
    ("programs:cycle_fund", "finance_officer", _cycle("cycle_fund", a_prepared), ""),
    ("programs:payment_dates", "", None, ""),
    ("programs:payment_dates", "", _announced, "?announced"),
    ("programs:cycle_list", "finance_officer", None, ""),
    ("programs:cycle_create", "finance_officer", None, ""),
    ("programs:cycle_detail", "finance_officer", _cycle("cycle_detail", a_draft), "?draft"),
    ("programs:cycle_detail", "finance_officer", _cycle("cycle_detail", a_prepared), "?prepared"),
    ("programs:cycle_detail", "finance_manager", _cycle("cycle_detail", a_reviewed), ""),
    ("programs:cycle_detail", "treasurer", _cycle("cycle_detail", a_sent), ""),
    ("programs:cycle_lines", "finance_officer", _cycle("cycle_lines", a_prepared), ""),
    ("programs:cycle_lines", "finance_officer", _cycle("cycle_lines", a_prepared), "?status=held"),
    ("programs:cycle_lines", "finance_officer", _cycle("cycle_lines", a_prepared), "?q=nothing"),
    ("programs:cycle_files", "treasurer", _cycle("cycle_files", a_sent), ""),
    ("programs:cycle_holds", "finance_officer", _cycle("cycle_holds", a_prepared), ""),
    ("programs:cycle_verb", "finance_officer", _cycle("cycle_verb", a_prepared, "submit"), ""),
    ("programs:cycle_verb", "finance_manager", _cycle("cycle_verb", a_read, "approve"), "?approve"),
    ("programs:control_report", "finance_manager", _cycle("control_report", a_reviewed), ""),
    ("programs:cycle_samples", "finance_manager", _cycle("cycle_samples", a_sent), ""),
    ("programs:sample_detail", "program_officer", lambda: a_sample().get_absolute_url(), ""),
    (
        "programs:verification_visit",
        "program_officer",
        lambda: reverse("programs:verification_visit", args=[a_sample().visits.last().pk]),
        "",
    ),
    ("programs:control_findings", "finance_manager", _cycle("control_findings", a_reviewed), ""),
    ("programs:cycle_verb", "finance_manager", _cycle("cycle_verb", a_reviewed, "send_back"), "?send_back"),
    ("programs:cycle_verb", "treasurer", _cycle("cycle_verb", an_approved, "release"), ""),
    (
        "programs:entitlement_detail",
        "finance_officer",
        lambda: a_payment("sent").entitlement.get_absolute_url(),
        "",
    ),
    (
        "programs:entitlement_detail",
        "finance_officer",
        lambda: a_payment("held").entitlement.get_absolute_url(),
        "?held",
    ),
    (
        "programs:payment_verb",
        "finance_officer",
        lambda: reverse("programs:payment_verb", args=[a_payment("held").pk, "cancel"]),
        "",
    ),
    ("programs:reconciliation_list", "finance_officer", None, ""),
    ("programs:reconciliation_upload", "finance_officer", None, ""),
    ("programs:reconciliation_detail", "finance_officer", lambda: a_report().get_absolute_url(), ""),
    (
        "programs:reconciliation_queue",
        "finance_officer",
        lambda: (a_report(), reverse("programs:reconciliation_queue"))[1],
        "",
    ),
    (
        "programs:report_row",
        "finance_officer",
        lambda: reverse("programs:report_row", args=[a_row().pk, "apply"]),
        "",
    ),
]
