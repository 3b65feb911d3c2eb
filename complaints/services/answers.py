"""Answering a case: finding, remedy, reasons; two people for a dismissal; closed only when all is done."""

import datetime as dt
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import rules
from complaints.models import (
    OF_MONEY,
    OUTCOMES_OF,
    TASKS,
    Appeal,
    ClockEvent,
    Complaint,
    Outcome,
    RemedyTask,
    Resolution,
    Survey,
)
from complaints.services import clock, issues, routing, telling
from complaints.services.casework import by_holder_of_pin, check, lock, permitted
from complaints.signals import complaint_closed
from complaints.workflows import MONEY_TASK, REGISTER_TASK
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User
from ministry.text import clean
from programs.models import EligibilityRun, Entitlement, Payment

_What = ClockEvent.What
_Final = Resolution.Status.FINAL


@transaction.atomic
def resolve_case(
    *,
    complaint: Complaint,
    outcome: str,
    remedy: str,
    cause: str,
    reasons: str,
    instruction: str = "",
    actor: User,
    now: dt.datetime | None = None,
) -> Complaint:
    """Answer a case. It is closed, unless the remedy is work for others (closed when that is done) or it is dismissed
    (closed when a second person agrees).

    Raises:
        RuleViolation: the outcome does not fit the kind of case; a remedy of money without the household and programme
            it is about; a dismissal that would put something right.
    """
    issues.lock_together(complaint)
    complaint = lock(complaint)
    outcome, dismissed = Outcome(outcome), outcome == Outcome.DISMISSED
    verb = "propose_dismissal" if dismissed else "promise" if remedy in TASKS else "resolve"
    transition = check(complaint, verb, actor)
    _check_answer(complaint, outcome, remedy)
    issues.check_own_answer(complaint, outcome=outcome, remedy=remedy, actors=[actor.pk])
    now = now or timezone.now()
    answer = Resolution.objects.create(
        complaint=complaint,
        round=complaint.round,
        level=complaint.level,
        status=Resolution.Status.PROPOSED if dismissed else _Final,
        outcome=outcome,
        remedy=remedy,
        cause=cause,
        reasons=rules.tidy(reasons),
        decided_by=actor,
        decided_at=now,
    )
    audit.record(
        actor=actor,
        action="complaint.dismissal_proposed" if dismissed else "complaint.decided",
        target=complaint,
        data={"outcome": str(outcome), "remedy": str(remedy), "cause": str(cause)},
    )
    complaint.status = transition.target
    if remedy in TASKS:
        RemedyTask.objects.create(
            complaint=complaint,
            resolution=answer,
            kind=remedy,
            instruction=clean(instruction)[:300] or answer.reasons[:300],
            created_at=now,
        )
        complaint.save()
        telling.tell_complainant(complaint, "complaint_remedy", key="remedy")
    elif dismissed:
        complaint.save()
    else:
        _close(complaint, now, actor)
    return complaint


def _check_answer(complaint: Complaint, outcome: Outcome, remedy: str) -> None:
    if outcome not in OUTCOMES_OF[complaint.kind]:
        raise RuleViolation(
            _("This outcome does not fit. Choose one of: {outcomes}.").format(
                outcomes=", ".join(str(one.label) for one in OUTCOMES_OF[complaint.kind])
            )
        )
    if outcome == Outcome.DISMISSED and remedy not in ("none", "explanation"):
        raise RuleViolation(_("Where something is put right the case was justified, at least in part."))
    if remedy in TASKS and complaint.household_id is None:
        raise RuleViolation(_("Link the household first: the remedy is work on its file."))
    if remedy in OF_MONEY and complaint.program_id is None:
        raise RuleViolation(_("Say first which programme it is about: the money is paid from there."))


@transaction.atomic
def confirm_dismissal(
    *, complaint: Complaint, actor: User, note: str = "", now: dt.datetime | None = None
) -> Complaint:
    """Agree, as a second person, to dismiss a case; that closes it.

    Source: Complaints Regulation, art. 14 (illustrative): nobody is turned away by one person alone.
    """
    issues.lock_together(complaint)
    complaint = lock(complaint)
    permitted(complaint, "confirm_dismissal", actor)
    issues.check_own_answer(complaint, outcome=Outcome.DISMISSED, remedy="", actors=[actor.pk])
    answer = _proposed(complaint)
    if actor.pk == answer.decided_by_id:
        raise RuleViolation(_("A second person has to agree to a dismissal: you proposed it."))
    if actor.pk in routing.barred_officers(complaint):
        raise RuleViolation(_("You cannot deal with this case: it names you, or it contests what you decided."))
    now = now or timezone.now()
    answer.status, answer.confirmed_by, answer.confirmed_at, answer.note = _Final, actor, now, clean(note)[:300]
    answer.save()
    audit.record(actor=actor, action="complaint.dismissed", target=complaint)
    _close(complaint, now, actor)
    return complaint


@transaction.atomic
def send_back_dismissal(*, complaint: Complaint, actor: User, note: str) -> Complaint:
    """Disagree with a proposed dismissal; the officer goes on with the case."""
    complaint = lock(complaint)
    transition = permitted(complaint, "send_back", actor)
    answer = _proposed(complaint)
    if actor.pk == answer.decided_by_id:
        raise RuleViolation(_("A second person decides about a dismissal: you proposed it."))
    answer.status, answer.confirmed_by = Resolution.Status.SENT_BACK, actor
    answer.confirmed_at, answer.note = timezone.now(), clean(note)[:300]
    answer.save()
    complaint.status = transition.target
    complaint.save()
    audit.record(actor=actor, action="complaint.sent_back", target=complaint, note=answer.note)
    telling.tell_officer(complaint, "complaint_sent_back", key=f"back:{answer.pk}")
    return complaint


def _proposed(complaint: Complaint) -> Resolution:
    return complaint.resolutions.select_for_update().get(round=complaint.round, status=Resolution.Status.PROPOSED)


def _close(complaint: Complaint, now: dt.datetime, actor: User | None) -> None:
    """Close a locked case: stop its clock, tell the person, ask what they think."""
    complaint.status = Complaint.Status.CLOSED
    clock.move(complaint, _What.STOP, at=now, actor=actor)
    if complaint.first_closed_at is None:
        complaint.first_closed_at, complaint.first_on_time = now, complaint.was_on_time
    complaint.save()
    audit.record(actor=actor, action="complaint.closed", target=complaint, data={"days": complaint.days_used})
    Survey.objects.get_or_create(
        complaint=complaint, round=complaint.round, moment=Survey.Moment.CLOSING, defaults={"asked_at": now}
    )
    telling.tell_complainant(complaint, "complaint_closed", key="closed")
    issues.answer_others_like(complaint, complaint.resolutions.get(round=complaint.round, status=_Final), now)
    transaction.on_commit(partial(complaint_closed.send_robust, Complaint, complaint_id=complaint.pk))


@transaction.atomic
def finish_task(*, task: RemedyTask, note: str, actor: User) -> RemedyTask:
    """Say that what an answer promised is done; with that the case is closed.

    A recalculation or back payment is proved by the programme's own records, not by a tick.

    Raises:
        PermissionDenied: the actor may not see to such tasks there.
        RuleViolation: the programme has no record of it yet, or the actor answered the case.
    """
    issues.lock_together(task.complaint)
    complaint = lock(task.complaint)
    task = RemedyTask.objects.select_for_update().select_related("resolution").get(pk=task.pk)
    workflow = MONEY_TASK if task.kind in OF_MONEY else REGISTER_TASK
    transition = workflow.check("finish", status=task.status, actor=actor, area=complaint.area)
    if actor.pk == task.resolution.decided_by_id:
        raise RuleViolation(_("Whoever promised a remedy does not confirm it: another person has to."))
    if task.kind in OF_MONEY:
        task.proof = _proof(complaint, task)
    now = timezone.now()
    task.status, task.done_by, task.done_at, task.note = transition.target, actor, now, clean(note)[:300]
    task.save()
    audit.record(actor=actor, action="remedy_task.completed", target=task, data={"proof": task.proof})
    _close(complaint, now, actor)
    return task


def _proof(complaint: Complaint, task: RemedyTask) -> str:
    """Return the record that shows that a remedy of money was given since it was promised."""
    lines = Entitlement.objects.filter(household=complaint.household_id, cycle__program=complaint.program_id)
    if task.kind == "recalculate":
        run = EligibilityRun.objects.filter(
            version__program=complaint.program_id,
            completed_at__gt=task.created_at,
            decisions__household=complaint.household_id,
        ).first()
        if run is not None:
            return f"eligibility run {run.pk}"
        line = lines.filter(cycle__prepared_at__gt=task.created_at).first()
        if line is not None:
            return f"entitlement {line.pk}"
        raise RuleViolation(
            _("The programme has worked out nothing for this household since then. Run its check or its list first.")
        )
    paid = Payment.objects.filter(
        entitlement__in=lines, status__in=[Payment.Status.READY, Payment.Status.SENT, Payment.Status.PAID]
    )
    payment = paid.filter(status_at__gt=task.created_at).order_by("-pk").first()
    if payment is None:
        raise RuleViolation(
            _("No payment to this household has been made ready since then. Issue it again or put it on a list first.")
        )
    return f"payment {payment.payment_ref}"[:80]


@transaction.atomic
def appeal_case(*, complaint: Complaint, reason: str, now: dt.datetime | None = None) -> Complaint:
    """Object to an answer, by whoever holds the code and PIN. It goes one level up and to another person.

    Raises:
        TransitionNotAllowed: the case is not closed, or an objection is open already.
        RuleViolation: the days for it are over, or the inspector general has answered.
    """
    complaint = lock(complaint)
    transition = by_holder_of_pin(complaint, "appeal")
    now = now or timezone.now()
    answer = complaint.resolutions.filter(round=complaint.round, status=_Final).first()
    if answer is None or now.date() > appeal_until(complaint):
        raise RuleViolation(_("The time for an objection is over. You may write to us anew at any time."))
    above = rules.next_level(complaint.level)
    if above is None:
        raise RuleViolation(_("The inspector general has answered; that answer is the last one of the ministry."))
    complaint.level, complaint.office = above, routing.office_at(complaint.office, above)
    _open_again(complaint, transition.target, now, None)
    Appeal.objects.create(
        complaint=complaint, round=complaint.round, against=answer, reason=rules.tidy(reason), filed_at=now
    )
    audit.record(actor=None, action="complaint.appealed", target=complaint, data={"level": str(above)})
    return complaint


def appeal_until(complaint: Complaint) -> dt.date:
    """Return the last day on which the answer of the present round can be objected to."""
    closed_on = timezone.localdate(complaint.closed_at)
    return clock.office_hours().add_working_days(closed_on, complaint.term.appeal_days)


@transaction.atomic
def reopen_case(*, complaint: Complaint, reason: str, actor: User) -> Complaint:
    """Open a closed case again, e.g. because it was not put right after all; another person deals with it."""
    complaint = lock(complaint)
    transition = permitted(complaint, "reopen", actor)
    complaint.needs_review = False
    _open_again(complaint, transition.target, timezone.now(), actor)
    audit.record(actor=actor, action="complaint.reopened", target=complaint, note=clean(reason)[:300])
    telling.tell_complainant(complaint, "complaint_reopened", key="reopened")
    return complaint


@transaction.atomic
def end_review(*, complaint: Complaint, reason: str, actor: User) -> Complaint:
    """Say why a case that left somebody unsatisfied stays as it is."""
    complaint = lock(complaint)
    permitted(complaint, "review", actor)
    if complaint.needs_review:
        complaint.needs_review = False
        complaint.save(update_fields=["needs_review"])
        audit.record(actor=actor, action="complaint.reviewed", target=complaint, note=clean(reason)[:300])
    return complaint


def _open_again(complaint: Complaint, status: str, now: dt.datetime, actor: User | None) -> None:
    complaint.status = status
    routing.release(complaint, at=now)
    clock.begin_round(complaint, at=now, actor=actor)
    complaint.save()
    routing.assign_lightest(complaint, at=now)
    telling.tell_officer(complaint, "complaint_new", key="again")
