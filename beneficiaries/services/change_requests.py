"""Change requests: written by one person, fixed at submission, agreed by a second, applied as of their day."""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.changes import Touched, kind_of
from beneficiaries.models import ChangeEvidence, ChangeLine, ChangeRequest, Household
from beneficiaries.services import change_notices
from beneficiaries.services import change_plans as plans
from beneficiaries.services.change_words import difference_in_words
from beneficiaries.services.consents import carry_to_new_household, narrow_on_joining
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.households import lock_households
from beneficiaries.services.recertification import plan_recertifications, renew_after_change
from beneficiaries.signals import households_changed
from beneficiaries.workflows import CHANGE_REQUEST
from ministry import audit, documents
from ministry.actor import acting
from ministry.certain import certain
from ministry.exceptions import DomainError, RuleViolation
from ministry.models import Area, User

Status = ChangeRequest.Status
Stage = ChangeLine.Stage
ADD = "beneficiaries.add_changerequest"


def areas_of(request: ChangeRequest) -> list[Area]:
    """Return the areas of the households a request touches."""
    homes = [request.household, request.other_household]
    return list({home.area_id: home.area for home in homes if home is not None}.values())


@transaction.atomic
def draft_change_request(
    *,
    household: Household,
    kind: str,
    effective_on: dt.date,
    answers: dict[str, Any],
    other_household_id: int | None,
    note: str,
    actor: User,
    request: ChangeRequest | None = None,
) -> ChangeRequest:
    """Begin a change request, or rewrite one's own draft, and note what it would change.

    Raises:
        PermissionDenied: the actor may not ask for changes in this area, or the draft is somebody else's.
        TransitionNotAllowed: the request is no longer a draft.
        RuleViolation: the register does not allow the change, or it would change nothing.
    """
    if not actor.has_perm(ADD, household.area):
        raise PermissionDenied
    if request is None:
        request = ChangeRequest(household=household, kind=kind, requested_by=actor)
    else:
        request = _lock(request)
        _own(request, actor)
        CHANGE_REQUEST.check("submit", status=request.status, actor=actor, area=household.area)
    request.effective_on = effective_on
    request.answers = answers
    request.other_household_id = other_household_id
    request.note = note
    request.save()
    lock_households(household, other_household_id)
    plans.store(request, _plan_that_changes(request), Stage.PLANNED)
    audit.record(actor=actor, action="change_request.drafted", target=request)
    return request


@transaction.atomic
def attach_evidence(*, request: ChangeRequest, kind: str, upload: UploadedFile, actor: User) -> ChangeEvidence:
    """Add a paper to one's own draft.

    Raises:
        PermissionDenied: the draft is somebody else's.
        TransitionNotAllowed: it is submitted already.
        DocumentRefused: the file is of the wrong kind, too large or damaged.
    """
    request = _lock(request)
    _own(request, actor)
    CHANGE_REQUEST.check("submit", status=request.status, actor=actor, area=request.household.area)
    document = documents.store(upload, subject=request, actor=actor)
    return ChangeEvidence.objects.create(request=request, kind=kind, document=document)


@transaction.atomic
def detach_evidence(*, evidence: ChangeEvidence, actor: User) -> None:
    """Take a paper out of one's own draft; the file itself is kept.

    Raises:
        PermissionDenied: the draft is somebody else's.
        TransitionNotAllowed: it is submitted already.
    """
    request = _lock(evidence.request)
    _own(request, actor)
    CHANGE_REQUEST.check("submit", status=request.status, actor=actor, area=request.household.area)
    evidence.delete()


@transaction.atomic
def submit_change_request(*, request: ChangeRequest, actor: User) -> ChangeRequest:
    """Fix a draft and hand it to the second person.

    Raises:
        PermissionDenied: the actor may not ask for changes here, or the draft is somebody else's.
        TransitionNotAllowed: it is no longer a draft.
        RuleViolation: a paper is missing, the file has changed since the draft was written (with both values), or
            the request would change nothing.
    """
    request = _lock(request)
    _own(request, actor)
    transition = CHANGE_REQUEST.check("submit", status=request.status, actor=actor, area=request.household.area)
    missing = missing_papers(request)
    if missing:
        raise RuleViolation(
            _("Attach first: {papers}.").format(papers=_(", ").join(str(name) for _kind, name in missing))
        )
    lock_households(request.household_id, request.other_household_id)
    _refuse_if_overtaken(request)
    request.status = transition.target
    request.submitted_at = timezone.now()
    request.save(update_fields=["status", "submitted_at"])
    audit.record(actor=actor, action="change_request.submitted", target=request)
    return request


def missing_papers(request: ChangeRequest) -> list[tuple[str, Any]]:
    """Return the papers its kind needs and the request does not have yet, as (kind, name)."""
    attached = set(request.evidence.values_list("kind", flat=True))
    return [(kind, name) for kind, name in kind_of(request).papers() if kind not in attached]


@transaction.atomic
def withdraw_change_request(*, request: ChangeRequest, actor: User, reason: str = "") -> ChangeRequest:
    """Take back one's own request before it is decided. It stays to be read.

    Raises:
        PermissionDenied: the request is somebody else's.
        TransitionNotAllowed: it is decided already.
    """
    request = _lock(request)
    _own(request, actor)
    transition = CHANGE_REQUEST.check("withdraw", status=request.status, actor=actor, area=request.household.area)
    request.status = transition.target
    request.reason = reason.strip()
    request.save(update_fields=["status", "reason"])
    audit.record(actor=actor, action="change_request.withdrawn", target=request, note=request.reason)
    return request


@transaction.atomic
def approve_change_request(*, request: ChangeRequest, actor: User) -> ChangeRequest:
    """Agree to a request as the second person; it is applied at once, or on its day where that is still to come.

    Two people pressing at once yield one approval and one TransitionNotAllowed.

    Raises:
        PermissionDenied: the actor may not approve in the area of each household it touches.
        TransitionNotAllowed: it does not wait for approval (any more).
        RuleViolation: the actor wrote it, or the file has changed since (with both values).

    Source: two-person rule for what decides on money (design §1, illustrative).
    """
    request = _lock(request)
    transition = _check_as_second(request, "approve", actor)
    lock_households(request.household_id, request.other_household_id)
    _refuse_if_overtaken(request)
    request.status = transition
    request.decided_by = actor
    request.decided_at = timezone.now()
    request.save(update_fields=["status", "decided_by", "decided_at"])
    audit.record(actor=actor, action="change_request.approved", target=request)
    if request.effective_on <= timezone.localdate():
        _write(request)
    change_notices.tell_requester(request)
    return request


@transaction.atomic
def refuse_change_request(*, request: ChangeRequest, actor: User, reason: str) -> ChangeRequest:
    """Refuse a request as the second person, and tell the household by SMS why.

    Raises:
        PermissionDenied: the actor may not decide in the area of each household it touches.
        TransitionNotAllowed: it does not wait for approval (any more).
        RuleViolation: the actor wrote it, or no reason is given.
    """
    request = _lock(request)
    transition = _check_as_second(request, "refuse", actor)
    if not reason.strip():
        raise RuleViolation(_("Give a reason: the household is told."))
    request.status = transition
    request.decided_by = actor
    request.decided_at = timezone.now()
    request.reason = reason.strip()
    request.save(update_fields=["status", "decided_by", "decided_at", "reason"])
    audit.record(actor=actor, action="change_request.refused", target=request, note=request.reason)
    change_notices.tell_household_of_refusal(request)
    change_notices.tell_requester(request)
    return request


def apply_due_requests(*, on_date: dt.date | None = None) -> dict[str, int]:
    """Apply the approved requests whose day has come, each by itself, and return how many were applied or overtaken.

    One whose file has changed since is not written but marked as overtaken, and its requester told.
    """
    on_date = on_date or timezone.localdate()
    outcome = {"applied": 0, "overtaken": 0}
    for key in ChangeRequest.objects.due(on_date).order_by("effective_on", "pk").values_list("pk", flat=True):
        status = _apply_when_due(key, on_date)
        if status:
            outcome[status] += 1
    return outcome


@transaction.atomic
def _apply_when_due(key: int, on_date: dt.date) -> str:
    request = ChangeRequest.objects.select_for_update().due(on_date).filter(pk=key).first()
    if request is None:  # another worker was quicker
        return ""
    request = _lock(request)
    try:
        # What it writes is the approver's deed, whoever's clock strikes.
        with transaction.atomic(), acting(request.decided_by_id):
            lock_households(request.household_id, request.other_household_id)
            _refuse_if_overtaken(request)
            _write(request)
    except DomainError as error:
        request.status = Status.OVERTAKEN
        request.applied_at = None
        request.reason = error.message
        request.save(update_fields=["status", "applied_at", "reason"])
        audit.record(actor=None, action="change_request.overtaken", target=request, note=error.message)
    change_notices.tell_requester(request)
    return str(request.status)


def overtaken_by(request: ChangeRequest) -> tuple[str, list[plans.Difference]]:
    """Return what stands against an open request now: a sentence, and the fields that no longer fit; else nothing."""
    planned = plans.stored(request, Stage.PLANNED)
    try:
        now = plans.plan(request)
    except DomainError as error:
        return error.message, []
    if not now:
        return _("The file already says all this: the request would change nothing."), []
    found = plans.differences(planned, now)
    return (_("The file has changed since this request was written."), found) if found else ("", [])


def _refuse_if_overtaken(request: ChangeRequest) -> None:
    sentence, found = overtaken_by(request)
    if found:
        sentence = f"{sentence} {_('; ').join(difference_in_words(one) for one in found)}"
    if sentence:
        raise RuleViolation(sentence)


def _plan_that_changes(request: ChangeRequest) -> list[plans.Line]:
    lines = plans.plan(request)
    if not lines:
        raise RuleViolation(_("The file already says all this: the request would change nothing."))
    return lines


def _write(request: ChangeRequest) -> None:
    """Write an approved request into the register, with its record, and refresh what is computed from it."""
    touched, lines = plans.write(request)
    _settle_consents(request, touched)
    plans.store(request, lines, Stage.APPLIED)
    request.status = Status.APPLIED
    request.applied_at = timezone.now()
    request.save(update_fields=["status", "applied_at"])
    refresh_facts(touched.households)
    plan_recertifications(touched.households)
    renew_after_change(touched.households)
    households: Sequence[int] = sorted(touched.households)
    audit.record(
        actor=request.decided_by,
        action="change_request.applied",
        target=request,
        data={"household_ids": list(households), "fields": len(lines)},
    )
    transaction.on_commit(
        partial(households_changed.send_robust, ChangeRequest, request_id=request.pk, household_ids=list(households))
    )


def _settle_consents(request: ChangeRequest, touched: Touched) -> None:
    """Let the consents follow from who lives where now (docs: «Whose word counts»)."""
    actor = certain(request.decided_by)
    if request.kind == ChangeRequest.Kind.JOIN:
        narrow_on_joining(household=request.household, joining=certain(request.other_household), actor=actor)
        return
    made = touched.households - {request.household_id, request.other_household_id}
    for fresh in Household.objects.filter(pk__in=made, consents__isnull=True).order_by("pk"):
        carry_to_new_household(fresh=fresh, former=request.household, actor=actor)


def _lock(request: ChangeRequest) -> ChangeRequest:
    return (
        ChangeRequest.objects.select_for_update(of=("self",))
        .select_related("household__area", "other_household__area", "requested_by")
        .get(pk=request.pk)
    )


def _own(request: ChangeRequest, actor: User) -> None:
    if request.requested_by_id != actor.pk:
        raise PermissionDenied


def _check_as_second(request: ChangeRequest, verb: str, actor: User) -> str:
    target = ""
    for area in areas_of(request):
        target = CHANGE_REQUEST.check(verb, status=request.status, actor=actor, area=area).target
    if actor.pk == request.requested_by_id:
        raise RuleViolation(_("The second person must be another than the one who wrote the request."))
    return target


def verbs_open_to(*, request: ChangeRequest, actor: User) -> list[str]:
    """Return what the actor may do with a request now, for a page's buttons."""
    is_own = request.requested_by_id == actor.pk
    open_verbs = []
    for transition in CHANGE_REQUEST:
        is_owners = transition.permission == ADD
        areas = [request.household.area] if is_owners else areas_of(request)
        if is_owners == is_own and all(
            transition.verb in CHANGE_REQUEST.available(status=request.status, actor=actor, area=area) for area in areas
        ):
            open_verbs.append(transition.verb)
    return open_verbs
