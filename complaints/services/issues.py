"""Answering together what many people tell us; each keeps their own case, clock and answer.

A case in an issue changes in nothing: its state, officer, office and clock are its own and run on. That is what makes
taking it out again exact. What it cannot have meanwhile is an answer of its own.
"""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import rules
from complaints.models import (
    OUTCOMES_OF,
    TASKS,
    ClockEvent,
    Complaint,
    Issue,
    IssueCase,
    Message,
    Outcome,
    Resolution,
    Survey,
)
from complaints.services import clock, routing, telling
from complaints.services.casework import by_holder_of_pin, check, permitted
from complaints.signals import complaint_closed
from complaints.workflows import ISSUE
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User
from ministry.text import clean

JOINS = ("received", "in_progress", "paused")
# Turning people away, and work on a household's file, are decided case by case.
OUTCOMES = tuple(outcome for outcome in Outcome if outcome != Outcome.DISMISSED)


def locked(cases: Iterable[int]) -> list[Complaint]:
    """Return cases as they stand, locked in the one order everybody locks them in."""
    found = Complaint.objects.filter(pk__in=list(cases)).order_by("pk")
    return list(found.select_for_update(of=("self",)).select_related("term", "area", "office"))


def issue_of(complaint: Complaint) -> Issue | None:
    """Return the open issue a case is in."""
    membership = complaint.memberships.filter(left_at=None, issue__status=Issue.Status.OPEN).select_related("issue")
    found = membership.first()
    return found.issue if found else None


def lock_together(complaint: Complaint) -> None:
    """Lock a case with all that get its answer, in the one order, before the case itself is locked."""
    issue = issue_of(complaint)
    if issue is not None and issue.lead_id == complaint.pk:
        locked({complaint.pk, *cases_of(issue)})


def cases_of(issue: Issue) -> list[int]:
    """Return the cases of an issue that are still to be answered."""
    members = IssueCase.objects.filter(issue=issue, left_at=None, complaint__status__in=JOINS)
    return list(members.values_list("complaint_id", flat=True))


@transaction.atomic
def merge_cases(*, cases: Iterable[Complaint], actor: User, now: dt.datetime | None = None) -> Issue:
    """Have several cases about one thing answered with the answer of the first that arrived.

    Raises:
        RuleViolation: fewer than two cases; one of them is answered already, in another issue, of another kind, or
            concerns the actor personally. The text names it.
    """
    chosen = locked({case.pk for case in cases})
    if len(chosen) < 2:
        raise RuleViolation(_("Choose at least one more case to be answered together with this one."))
    lead = min(chosen, key=lambda case: (case.received_at, case.pk))
    now, known = now or timezone.now(), issue_of(lead)
    if known is not None and known.lead_id == lead.pk:
        # One more for a merge that is there already.
        for case in chosen:
            if case.pk != lead.pk and issue_of(case) != known:
                _join(known, case, actor, now)
        return known
    issue = Issue.objects.create(
        title=str(lead), lead=lead, category=lead.category, area=lead.area, opened_by=actor, opened_at=now
    )
    for case in chosen:
        _join(issue, case, actor, now)
    audit.record(actor=actor, action="complaint.merged", target=lead, data={"cases": [case.pk for case in chosen]})
    return issue


@transaction.atomic
def open_issue(*, title: str, complaint: Complaint, actor: User, now: dt.datetime | None = None) -> Issue:
    """Open an issue of many with a first case; more are added as they come."""
    (case,) = locked([complaint.pk])
    now = now or timezone.now()
    issue = Issue.objects.create(
        title=clean(title)[:200], category=case.category, area=case.area, opened_by=actor, opened_at=now
    )
    _join(issue, case, actor, now)
    audit.record(actor=actor, action="complaint.issue_opened", target=issue)
    return issue


@transaction.atomic
def add_case(*, issue: Issue, complaint: Complaint, actor: User, now: dt.datetime | None = None) -> IssueCase:
    """Add a case to an open issue. Done again, nothing changes."""
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    ISSUE.check("add", status=issue.status, actor=actor, area=issue.area)
    (case,) = locked([complaint.pk])
    if issue_of(case) == issue:
        return case.memberships.get(issue=issue, left_at=None)
    return _join(issue, case, actor, now or timezone.now())


def _join(issue: Issue, case: Complaint, actor: User, now: dt.datetime) -> IssueCase:
    """Add a locked case the actor may deal with."""
    check(case, "join", actor, in_charge=False)
    if issue_of(case):
        raise RuleViolation(_("{code} is answered together with others already.").format(code=case))
    if issue.lead is not None and issue.lead.kind != case.kind:
        raise RuleViolation(
            _("{code} is of another kind ({kind}); it needs an answer of its own.").format(
                code=case, kind=case.get_kind_display()
            )
        )
    case.memberships.filter(left_at=None).exclude(issue__status=Issue.Status.OPEN).update(left_at=now)
    membership = IssueCase.objects.create(issue=issue, complaint=case, by=actor, at=now)
    audit.record(actor=actor, action="complaint.joined", target=case, data={"issue": issue.pk})
    return membership


@transaction.atomic
def take_out(*, complaint: Complaint, reason: str, actor: User, now: dt.datetime | None = None) -> Complaint:
    """Take a case out of its issue: it stands where it stood, with the clock it has always had.

    Raises:
        RuleViolation: it is in none, or has got the common answer (then it is opened again instead).
    """
    (case,) = locked([complaint.pk])
    permitted(case, "leave", actor)
    issue = issue_of(case)
    if issue is None:
        raise RuleViolation(_("This case is not answered together with others."))
    now = now or timezone.now()
    case.memberships.filter(left_at=None).update(left_at=now, left_by=actor, reason=clean(reason)[:300])
    audit.record(actor=actor, action="complaint.taken_out", target=case, note=clean(reason)[:300])
    after_leaving(issue, now)
    return case


def after_leaving(issue: Issue, now: dt.datetime) -> None:
    """Let the next case lead where the lead is gone; an issue in which too few are left ends."""
    left = Complaint.objects.filter(pk__in=cases_of(issue)).order_by("received_at", "pk")
    needed = 2 if issue.lead_id else 1
    if len(left) < needed:
        IssueCase.objects.filter(issue=issue, left_at=None).update(left_at=now)
        issue.status, issue.ended_at = Issue.Status.ENDED, now
    elif issue.lead_id and issue.lead_id not in {case.pk for case in left}:
        issue.lead = left[0]
        issue.title = str(left[0])
    issue.save()


def leave_with(complaint: Complaint, now: dt.datetime) -> None:
    """Let a case that its complainant withdraws go out of its issue."""
    issue = issue_of(complaint)
    if issue is not None:
        complaint.memberships.filter(left_at=None).update(left_at=now)
        after_leaving(issue, now)


def check_own_answer(complaint: Complaint, *, outcome: str, remedy: str, actors: Iterable[int | None]) -> None:
    """Refuse an answer of its own to a case that waits for another's, and a lead's answer that does not fit all.

    Raises:
        RuleViolation: the text names the cases that stand in the way.
    """
    issue = issue_of(complaint)
    if issue is None:
        return
    if issue.lead_id != complaint.pk:
        raise RuleViolation(_("This case is answered together with others. Answer them there, or take it out first."))
    others = [case for case in locked(cases_of(issue)) if case.pk != complaint.pk]
    if remedy in TASKS:
        _refuse_for(
            [case for case in others if case.household_id != complaint.household_id],
            _("This remedy is work on one household's file, and these cases are not linked to it: {codes}."),
        )
    _refuse_concerned(others, {pk for pk in actors if pk})


def _refuse_concerned(cases: list[Complaint], actors: set[int]) -> None:
    # SECURITY: no code is named: whoever a case is about is not to learn of it.
    if any(routing.barred_officers(case) & actors for case in cases):
        raise RuleViolation(_("You cannot answer all of these cases. Another officer has to."))


def _refuse_for(cases: list[Complaint], text: str) -> None:
    if cases:
        raise RuleViolation(text.format(codes="، ".join(str(case) for case in cases)))


@transaction.atomic
def answer_issue(
    *, issue: Issue, outcome: str, remedy: str, cause: str, reasons: str, actor: User, now: dt.datetime | None = None
) -> int:
    """Give all cases of an issue of many one answer, in one transaction; each is closed by its own clock and told in
    its own way. Returns how many.

    Raises:
        RuleViolation: a dismissal or a task on a file, which are decided case by case; or a case the answer does not
            fit or the actor may not deal with. Then none is answered, and the text names them.
    """
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    transition = ISSUE.check("answer", status=issue.status, actor=actor, area=issue.area)
    if issue.lead_id:
        raise RuleViolation(_("These cases get the answer of the case that leads: answer that one."))
    if outcome == Outcome.DISMISSED or remedy in TASKS:
        raise RuleViolation(_("A dismissal, and work on a household's file, are decided case by case."))
    cases = locked(cases_of(issue))
    if not cases:
        raise RuleViolation(_("No case in it is still to be answered."))
    _refuse_for(
        [case for case in cases if Outcome(outcome) not in OUTCOMES_OF[case.kind]],
        _("This outcome does not fit the kind of these cases: {codes}. Take them out first."),
    )
    _refuse_concerned(cases, {actor.pk})
    for case in cases:
        permitted(case, "answer_together", actor)
    now = now or timezone.now()
    values = {"outcome": outcome, "remedy": remedy, "cause": cause, "reasons": rules.tidy(reasons)}
    for case in cases:
        _answer(case, Resolution(decided_by=actor, decided_at=now, **values), now)
    issue.status, issue.ended_at = transition.target, now
    issue.save()
    audit.record(actor=actor, action="complaint.issue_answered", target=issue, data={"cases": len(cases)})
    return len(cases)


def answer_others_like(lead: Complaint, answer: Resolution, now: dt.datetime) -> int:
    """Give the others of a merge the answer of the case that leads, which has just been closed; returns how many."""
    issue = issue_of(lead)
    if issue is None or issue.lead_id != lead.pk:
        return 0
    others = [case for case in locked(cases_of(issue)) if case.pk != lead.pk]
    for case in others:
        _answer(case, answer, now)
    issue.status, issue.ended_at = Issue.Status.ANSWERED, now
    issue.save()
    return len(others)


def _answer(case: Complaint, like: Resolution, now: dt.datetime) -> None:
    """Close a locked case with an answer like another's; its own clock says whether that was in time."""
    transition = by_holder_of_pin(case, "answer_together")
    Resolution.objects.create(
        complaint=case,
        round=case.round,
        level=case.level,
        status=Resolution.Status.FINAL,
        outcome=like.outcome,
        remedy=like.remedy,
        cause=like.cause,
        reasons=like.reasons,
        decided_by=like.decided_by,
        decided_at=like.decided_at,
        confirmed_by=like.confirmed_by,
        confirmed_at=like.confirmed_at,
    )
    case.status = transition.target
    clock.move(case, ClockEvent.What.STOP, at=now, actor=like.decided_by)
    if case.first_closed_at is None:
        case.first_closed_at, case.first_on_time = now, case.was_on_time
    case.save()
    audit.record(
        actor=like.decided_by, action="complaint.closed", target=case, data={"days": case.days_used, "together": True}
    )
    Survey.objects.get_or_create(
        complaint=case, round=case.round, moment=Survey.Moment.CLOSING, defaults={"asked_at": now}
    )
    telling.tell_complainant(case, "complaint_closed", key="closed")
    pk = case.pk
    transaction.on_commit(lambda: complaint_closed.send_robust(Complaint, complaint_id=pk))


@transaction.atomic
def tell_all(*, issue: Issue, text: str, token: uuid.UUID, actor: User, now: dt.datetime | None = None) -> int:
    """Send everybody in an issue word of how it stands; it counts as each one's interim reply. Returns how many."""
    issue = Issue.objects.select_for_update().get(pk=issue.pk)
    ISSUE.check("tell", status=issue.status, actor=actor, area=issue.area)
    cases = locked(cases_of(issue))
    _refuse_concerned(cases, {actor.pk})
    for case in cases:
        permitted(case, "tell_together", actor)
    now, told = now or timezone.now(), 0
    for case in cases:
        message, is_new = Message.objects.get_or_create(
            token=uuid.uuid5(token, str(case.pk)),
            defaults={
                "complaint": case,
                "direction": Message.Direction.OUT,
                "text": rules.tidy(text),
                "is_interim": True,
                "by": actor,
                "at": now,
            },
        )
        if is_new:
            told += 1
            telling.tell_complainant(case, "complaint_message", key=f"message:{message.pk}")
    if told:
        audit.record(actor=actor, action="complaint.issue_told", target=issue, data={"cases": told})
    return told
