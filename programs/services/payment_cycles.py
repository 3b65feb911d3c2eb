"""The verbs of payment cycles: three people, one after the other, and the database behind them."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit, countries, formats, jobs
from ministry.exceptions import RuleViolation
from ministry.models import Area, Job, User
from programs.models import BudgetLine, Payment, PaymentAgent, PaymentCycle, Program, ProgramVersion
from programs.payments.holds import hold_deceased, hold_new_duplicates
from programs.payments.preparation import END, Written, erase_range, terms_of, write_range
from programs.services.control import queue_control_report, refuse_unless_read
from programs.services.funding import only_line_for, refuse_unless_covered, refuse_unless_funded
from programs.signals import payment_cycle_approved, payment_cycle_closed, payment_cycle_released
from programs.workflows import PAYMENT_CYCLE

Status = PaymentCycle.Status
JOB_KIND = "payment_cycle"


def country_area() -> Area | None:
    """Return the root of the area tree: verbs over a whole cycle need the right for the whole country."""
    return Area.objects.filter(parent__isnull=True).first()


def _lock(cycle: PaymentCycle) -> PaymentCycle:
    return PaymentCycle.objects.select_for_update(of=("self",)).select_related("program", "version").get(pk=cycle.pk)


def _check(verb: str, cycle: PaymentCycle, actor: User) -> str:
    return PAYMENT_CYCLE.check(verb, status=cycle.status, actor=actor, area=country_area()).target


def available_verbs(cycle: PaymentCycle, actor: User) -> list[str]:
    """Return the verbs open to the actor now, those left out that the rule of three people forbids them."""
    verbs = PAYMENT_CYCLE.available(status=cycle.status, actor=actor, area=country_area())
    earlier = {
        "approve": {cycle.prepared_by_id, cycle.submitted_by_id},
        "read_control": {cycle.prepared_by_id, cycle.submitted_by_id},
        "release": {cycle.prepared_by_id, cycle.submitted_by_id, cycle.approved_by_id},
    }
    busy = cycle.job is not None and cycle.job.is_active
    return [
        verb
        for verb in verbs
        if actor.pk not in earlier.get(verb, ()) and not (busy and verb in {"prepare", "submit", "cancel", "control"})
    ]


@transaction.atomic
def create_payment_cycle(
    *,
    program: Program,
    period: dt.date,
    agent: PaymentAgent,
    actor: User,
    pays_from: dt.date | None = None,
    pays_to: dt.date | None = None,
    budget_line: BudgetLine | None = None,
) -> PaymentCycle:
    """Open a cycle for a programme and month, as a draft without lines. Any day of the month names the month.

    Where the programme has one budget line for the year, the cycle is paid from it; else somebody says which.

    Raises:
        PermissionDenied: the actor may not prepare cycles for the whole country.
        RuleViolation: the month has a cycle, or no version of the programme was in force on its first day.
    """
    if not actor.has_perm("programs.add_paymentcycle", country_area()):
        raise PermissionDenied
    period = period.replace(day=1)
    version = ProgramVersion.objects.filter(program=program).in_force(period).first()
    if version is None:
        raise RuleViolation(
            _("No version of «{program}» was in force on {day}. Choose a month from its first version on.").format(
                program=program, day=formats.day(period)
            )
        )
    currency = countries.current().currency
    try:
        with transaction.atomic():
            cycle = PaymentCycle.objects.create(
                program=program,
                version=version,
                period=period,
                agent=agent,
                currency=currency,
                budget_line=budget_line or only_line_for(program, period, currency),
                pays_from=pays_from,
                pays_to=pays_to,
                created_by=actor,
            )
    except IntegrityError as error:
        if "payment_cycle_once_per_program_and_month" not in str(error):
            raise
        raise RuleViolation(
            _("«{program}» already has a payment cycle for {month}. Open that one.").format(
                program=program, month=formats.month(period)
            )
        ) from error
    audit.record(actor=actor, action="payment_cycle.created", target=cycle, data={"program": program.pk})
    return cycle


@transaction.atomic
def prepare_payment_cycle(*, cycle: PaymentCycle, actor: User, tell_worker: bool = True) -> Job:
    """Start working out the lines; the cycle is prepared when the job ends.

    A draft is computed afresh. A prepared cycle only gets the lines of households that were enrolled since; asked
    again without any, nothing changes.

    Raises:
        PermissionDenied: the actor may not prepare cycles.
        TransitionNotAllowed: the cycle is in review or later.
        JobAlreadyActive: it is being prepared right now.
    """
    cycle = _lock(cycle)
    _check("prepare", cycle, actor)
    job = jobs.start(
        kind=JOB_KIND,
        scope=f"payment_cycle:{cycle.pk}",
        params={
            "cycle": cycle.pk,
            # Lines of an earlier preparation that was sent back, or broke off.
            "afresh": cycle.status == Status.DRAFT and cycle.entitlements.exists(),
            "only_missing": cycle.status == Status.PREPARED,
        },
        actor=actor,
        tell_worker=tell_worker,
    )
    cycle.job = job
    cycle.save(update_fields=["job"])
    audit.record(actor=actor, action="payment_cycle.preparation_started", target=cycle, data={"job": job.pk})
    return job


def write_lines(*, cycle_id: int, low: int, high: int, afresh: bool, only_missing: bool) -> Written:
    """Write the lines of one range of households; called by the job, inside the transaction of its step.

    `afresh` removes what is there first; `only_missing` expects most lines to be there.

    Raises:
        RuleViolation: the cycle has left preparation meanwhile, e.g. was cancelled.
    """
    cycle = _lock(PaymentCycle(pk=cycle_id))
    if cycle.status not in {Status.DRAFT, Status.PREPARED}:
        raise RuleViolation(_("The payment cycle is no longer being prepared."))
    if afresh:
        erase_range(cycle, low, high)
    return write_range(terms_of(cycle), low, high, only_missing=only_missing)


def finish_preparation(*, cycle_id: int, actor: User, added: int) -> PaymentCycle:
    """Fix counts and total of the lines and mark the cycle prepared by `actor`; called when the job ends.

    A repetition that added nothing leaves everything as it was, the preparer included.
    """
    cycle = _lock(PaymentCycle(pk=cycle_id))
    if cycle.status == Status.PREPARED and not added:
        return cycle
    if cycle.status not in {Status.DRAFT, Status.PREPARED}:
        raise RuleViolation(_("The payment cycle is no longer being prepared."))
    payments = Payment.objects.filter(cycle=cycle).aggregate(lines=Count("id"), total=Sum("amount"))
    cycle.households = cycle.entitlements.count()
    cycle.lines = payments["lines"]
    cycle.total = payments["total"] or Decimal(0)
    cycle.status = Status.PREPARED
    cycle.prepared_by = actor
    cycle.prepared_at = timezone.now()
    cycle.save(update_fields=["households", "lines", "total", "status", "prepared_by", "prepared_at"])
    hold_deceased(cycle.pk)
    audit.record(
        actor=actor,
        action="payment_cycle.prepared",
        target=cycle,
        data={"households": cycle.households, "payments": cycle.lines, "total": str(cycle.total)},
    )
    return cycle


@transaction.atomic
def submit_payment_cycle(*, cycle: PaymentCycle, actor: User, tell_worker: bool = True) -> PaymentCycle:
    """Hand the prepared lines to a second person, and have the control report made that this person reads.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: the lines are being recomputed, there is nothing to pay, or nobody said what it is paid from.
    """
    cycle = _lock(cycle)
    target = _check("submit", cycle, actor)
    _refuse_while_busy(cycle)
    refuse_unless_funded(cycle)
    if not cycle.lines:
        raise RuleViolation(_("There is nothing to pay in this cycle: nobody enrolled is due an amount."))
    cycle.status, cycle.submitted_by, cycle.submitted_at = target, actor, timezone.now()
    cycle.save(update_fields=["status", "submitted_by", "submitted_at"])
    audit.record(actor=actor, action="payment_cycle.submitted", target=cycle)
    # One that is waited for already will count what stands when it comes to it.
    with suppress(jobs.JobAlreadyActive):
        queue_control_report(cycle=cycle, actor=actor, tell_worker=tell_worker)
    return cycle


@transaction.atomic
def send_back_payment_cycle(*, cycle: PaymentCycle, actor: User, note: str) -> PaymentCycle:
    """Return a cycle to the preparer, with the reason; its lines will be worked out afresh.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: no reason was given.
    """
    cycle = _lock(cycle)
    target = _check("send_back", cycle, actor)
    if not note.strip():
        raise RuleViolation(_("Say why, so that the preparer knows what to put right."))
    cycle.status, cycle.note = target, note.strip()
    cycle.submitted_by = cycle.submitted_at = None
    cycle.save(update_fields=["status", "note", "submitted_by", "submitted_at"])
    audit.record(actor=actor, action="payment_cycle.sent_back", target=cycle, note=note)
    return cycle


@transaction.atomic
def cancel_payment_cycle(*, cycle: PaymentCycle, actor: User, note: str) -> PaymentCycle:
    """Give a cycle up before approval: its lines go, the month is free for another cycle, the row stays.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: no reason was given, or the lines are being worked out.
    """
    cycle = _lock(cycle)
    target = _check("cancel", cycle, actor)
    _refuse_while_busy(cycle)
    if not note.strip():
        raise RuleViolation(_("Say why the cycle is given up."))
    removed = erase_range(cycle, 0, END)
    cycle.status, cycle.note = target, note.strip()
    cycle.save(update_fields=["status", "note"])
    audit.record(actor=actor, action="payment_cycle.cancelled", target=cycle, note=note, data={"lines": removed})
    return cycle


@transaction.atomic
def approve_payment_cycle(*, cycle: PaymentCycle, actor: User, note: str = "") -> PaymentCycle:
    """Approve a cycle: from now on nothing about its money changes, and its sum is committed on its budget line.

    Two approvers pressing at once yield one approval and one TransitionNotAllowed.

    Raises:
        PermissionDenied: the actor may not approve cycles for the whole country.
        TransitionNotAllowed: the cycle is not in review.
        RuleViolation: the actor prepared or submitted the lines, has not read the control report of the figures as they
            are now, or the budget line has too little left.
    """
    cycle = _lock(cycle)
    target = _check("approve", cycle, actor)
    if actor.pk in {cycle.prepared_by_id, cycle.submitted_by_id}:
        raise RuleViolation(_("The approver must differ from the person who prepared the payments."))
    refuse_unless_read(cycle, actor)
    refuse_unless_covered(cycle)
    cycle.status, cycle.approved_by, cycle.approved_at = target, actor, timezone.now()
    cycle.save(update_fields=["status", "approved_by", "approved_at"])
    audit.record(
        actor=actor,
        action="payment_cycle.approved",
        target=cycle,
        note=note,
        data={"payments": cycle.lines, "total": str(cycle.total)},
    )
    transaction.on_commit(partial(payment_cycle_approved.send_robust, PaymentCycle, cycle_id=cycle.pk))
    return cycle


@transaction.atomic
def release_payment_cycle(*, cycle: PaymentCycle, actor: User) -> PaymentCycle:
    """Let an approved cycle go to the paying agent; files can be made from now on.

    Payments to people who have died, and strong possible duplicates found since the preparation, are put on hold first.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: the actor prepared, submitted or approved the payments.
    """
    cycle = _lock(cycle)
    target = _check("release", cycle, actor)
    if actor.pk in {cycle.prepared_by_id, cycle.submitted_by_id, cycle.approved_by_id}:
        raise RuleViolation(
            _("Whoever releases the money must differ from those who prepared and approved the payments.")
        )
    held = hold_new_duplicates(cycle.pk) + hold_deceased(cycle.pk)
    cycle.status, cycle.released_by, cycle.released_at = target, actor, timezone.now()
    cycle.save(update_fields=["status", "released_by", "released_at"])
    audit.record(
        actor=actor, action="payment_cycle.released", target=cycle, data={"total": str(cycle.total), "newly_held": held}
    )
    transaction.on_commit(partial(payment_cycle_released.send_robust, PaymentCycle, cycle_id=cycle.pk))
    return cycle


@transaction.atomic
def close_payment_cycle(*, cycle: PaymentCycle, actor: User) -> PaymentCycle:
    """Close a cycle in which every payment has arrived or a person has decided what becomes of it.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: payments are still on hold, on their way, or undelivered without a decision.
    """
    cycle = _lock(cycle)
    target = _check("close", cycle, actor)
    open_payments = Payment.objects.filter(cycle=cycle).undecided()
    waiting = dict(open_payments.values_list("status").annotate(count=Count("id")).order_by("status"))
    if waiting:
        words = _(", ").join(
            _("{status}: {count}").format(status=Payment.Status(status).label, count=formats.number(count))
            for status, count in waiting.items()
        )
        raise RuleViolation(
            _("The cycle cannot be closed yet. Decide on these payments first — {list}.").format(list=words)
        )
    cycle.status, cycle.closed_by, cycle.closed_at = target, actor, timezone.now()
    cycle.save(update_fields=["status", "closed_by", "closed_at"])
    audit.record(actor=actor, action="payment_cycle.closed", target=cycle)
    transaction.on_commit(partial(payment_cycle_closed.send_robust, PaymentCycle, cycle_id=cycle.pk))
    return cycle


def _refuse_while_busy(cycle: PaymentCycle) -> None:
    if cycle.job is not None and cycle.job.is_active:
        raise RuleViolation(_("The payments are being worked out right now. Wait until that is finished."))
