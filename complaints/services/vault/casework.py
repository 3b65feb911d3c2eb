"""What the focal points do with a confidential case. Each verb opens the vault as its actor."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import rules
from complaints.models import VaultAccused, VaultCase, VaultEvent, VaultFile, VaultMessage
from complaints.models.vault.case import token_mark
from complaints.services.vault.common import check, lock, note_event, officers_for
from complaints.services.vault.intake import office_to_pass
from complaints.vault import opened
from ministry.exceptions import RuleViolation
from ministry.models import User

_What = VaultEvent.What


def assign(*, case: VaultCase, officer: User, actor: User, now: dt.datetime | None = None) -> VaultCase:
    """Give a case to an officer, or take it on. Done again, nothing changes.

    Raises:
        RuleViolation: the officer may not deal with it: not appointed there, or the case names them.
    """
    with opened(actor):
        case = lock(case)
        transition = check(case, "assign", actor, in_charge=False)
        if case.officer_id == officer.pk and case.status == transition.target:
            return case
        if not officers_for(case, [officer]):
            raise RuleViolation(
                _("{officer} cannot deal with this case: not appointed for it, or personally concerned.").format(
                    officer=officer
                )
            )
        case.status, case.officer = transition.target, officer
        case.save(update_fields=["status", "officer"])
        note_event(case, _What.TAKEN, at=now or timezone.now(), by=actor, officer=officer.pk)
        return case


def write(
    *, case: VaultCase, verb: str, text: str, token: uuid.UUID, actor: User, now: dt.datetime | None = None
) -> VaultMessage:
    """Write to the person («reply») or a note among those who deal with the case. The same token is the same message.

    Nobody is sent word of it: a telephone may be in the wrong hands. The person reads it by code and PIN.
    """
    with opened(actor):
        case = lock(case)
        known = VaultMessage.objects.filter(token_mark=token_mark(token), case=case).first()
        if known is not None:
            return known
        check(case, verb, actor, in_charge=verb != "note")
        at = now or timezone.now()
        direction = VaultMessage.Direction.NOTE if verb == "note" else VaultMessage.Direction.OUT
        note_event(case, _What.NOTED if verb == "note" else _What.WROTE, at=at, by=actor)
        return _say(case, direction, text, by=actor, at=at, token=token)


def _say(case: VaultCase, direction: str, text: str, *, by: User, at: dt.datetime, token: uuid.UUID) -> VaultMessage:
    return VaultMessage.objects.create(
        case=case, direction=direction, text=rules.tidy(text), by=by, at=at, token_mark=token_mark(token)
    )


def reveal(*, case: VaultCase, reason: str, actor: User, now: dt.datetime | None = None) -> dict[str, Any]:
    """Return how to reach the person; who looked, and why, is written down."""
    with opened(actor):
        case = lock(case)
        check(case, "reveal", actor)
        at = now or timezone.now()
        note_event(case, _What.REVEALED, at=at, by=actor)
        _say(case, VaultMessage.Direction.NOTE, reason, by=actor, at=at, token=uuid.uuid4())
        return case.reach


def assess(*, case: VaultCase, risk: str, plan: str, actor: User, now: dt.datetime | None = None) -> VaultCase:
    """Say how great the danger is, and what was agreed with the person to keep them safe."""
    with opened(actor):
        case = lock(case)
        check(case, "assess", actor)
        if risk in (VaultCase.Risk.HIGH, VaultCase.Risk.DANGER) and not plan.strip():
            raise RuleViolation(_("With a high risk a safety plan is written down: say what was agreed."))
        case.risk, case.plan = risk, rules.tidy(plan)
        case.save(update_fields=["risk", "plan"])
        note_event(case, _What.ASSESSED, at=now or timezone.now(), by=actor, risk=str(risk))
        return case


def name_accused(
    *, case: VaultCase, name: str, staff: User | None, actor: User, now: dt.datetime | None = None
) -> VaultCase:
    """Write down whom the case names. A member of staff does not find it from now on, nor does anybody of their office.

    Whoever was in charge and is named, or belongs to that office, is in charge no more.
    """
    with opened(actor):
        case = lock(case)
        check(case, "name", actor, in_charge=False)
        if staff is not None and staff.pk == actor.pk:
            raise RuleViolation(_("You cannot name yourself. Pass the case on and say why."))
        at = now or timezone.now()
        if staff is not None and staff.pk in case.barred:
            return case
        VaultAccused.objects.create(case=case, name=name.strip(), staff=staff, by=actor, at=at)
        note_event(case, _What.NAMED, at=at, by=actor, staff=staff.pk if staff else None)
        if staff is None:
            return case
        case.barred = [*case.barred, staff.pk]
        if case.officer_id == staff.pk:
            case.officer, case.status = None, VaultCase.Status.RECEIVED
        if not case.past_path:
            case.past_path = _office_of(staff)
        case.save(update_fields=["barred", "officer", "status", "past_path"])
        if case.officer is not None and not officers_for(case, [case.officer]):
            case.officer, case.status = None, VaultCase.Status.RECEIVED
            case.save(update_fields=["officer", "status"])
        return case


def _office_of(staff: User) -> str:
    """Return the path of the directorate an official belongs to; nothing for those of the country's own office."""
    paths = [office_to_pass(one.area) for one in staff.current_assignments()]
    return min((path for path in paths if path), key=len, default="")


def propose_closing(
    *, case: VaultCase, outcome: str, reasons: str, actor: User, now: dt.datetime | None = None
) -> VaultCase:
    """Propose to close a case; somebody else looks at it first."""
    with opened(actor):
        case = lock(case)
        transition = check(case, "propose", actor)
        if case.risk == VaultCase.Risk.UNKNOWN:
            raise RuleViolation(_("Say how great the risk is before you propose to close the case."))
        if case.risk == VaultCase.Risk.DANGER and outcome == VaultCase.Outcome.SAFE:
            raise RuleViolation(_("The case says «danger now». Assess the risk anew before you call it safe."))
        if case.referrals.filter(consent="given", sent_at=None).exists():
            raise RuleViolation(_("The person agreed to a referral that was not sent yet. Send it first."))
        at = now or timezone.now()
        case.status, case.outcome, case.proposed_by = transition.target, outcome, actor
        case.save(update_fields=["status", "outcome", "proposed_by"])
        _say(case, VaultMessage.Direction.NOTE, reasons, by=actor, at=at, token=uuid.uuid4())
        note_event(case, _What.PROPOSED, at=at, by=actor, outcome=str(outcome))
        return case


def confirm_closing(*, case: VaultCase, answer: str, actor: User, now: dt.datetime | None = None) -> VaultCase:
    """Take the second look and close the case, with a last word to the person.

    Raises:
        RuleViolation: the actor proposed it.
    """
    with opened(actor):
        case = lock(case)
        transition = check(case, "confirm", actor, in_charge=False)
        _refuse_the_proposer(case, actor)
        at = now or timezone.now()
        case.status, case.confirmed_by, case.closed_at = transition.target, actor, at
        case.erase_on = erase_on(at)
        case.save(update_fields=["status", "confirmed_by", "closed_at", "erase_on"])
        if answer.strip():
            _say(case, VaultMessage.Direction.OUT, answer, by=actor, at=at, token=uuid.uuid4())
        note_event(case, _What.CLOSED, at=at, by=actor)
        return case


def send_back(*, case: VaultCase, reason: str, actor: User, now: dt.datetime | None = None) -> VaultCase:
    """Do not agree to the closing: the officer goes on with the case."""
    with opened(actor):
        case = lock(case)
        transition = check(case, "send_back", actor, in_charge=False)
        _refuse_the_proposer(case, actor)
        at = now or timezone.now()
        case.status, case.outcome, case.proposed_by = transition.target, "", None
        case.save(update_fields=["status", "outcome", "proposed_by"])
        _say(case, VaultMessage.Direction.NOTE, reason, by=actor, at=at, token=uuid.uuid4())
        note_event(case, _What.SENT_BACK, at=at, by=actor)
        return case


def _refuse_the_proposer(case: VaultCase, actor: User) -> None:
    if case.proposed_by_id == actor.pk:
        raise RuleViolation(_("You proposed this closing. Somebody else looks at it."))


def erase_on(closed_at: dt.datetime) -> dt.date:
    """Return until when the words of a case are kept.

    Source: Complaints Regulation, art. 19 (illustrative): VAULT_KEEP_DAYS after it is over.
    """
    return timezone.localdate(closed_at) + dt.timedelta(days=settings.VAULT_KEEP_DAYS)


def note_opening(*, case: VaultCase, actor: User, now: dt.datetime | None = None) -> None:
    """Write down that somebody read a case."""
    with opened(actor):
        note_event(case, _What.OPENED, at=now or timezone.now(), by=actor)


def admit_file(*, file: VaultFile, reason: str, actor: User, now: dt.datetime | None = None) -> VaultFile:
    """Let a file in that no scanner has looked at, by name and with a reason."""
    with opened(actor):
        case = lock(file.case)
        check(case, "admit", actor)
        file = VaultFile.objects.select_for_update().get(pk=file.pk)
        if file.scan not in (VaultFile.Scan.UNSCANNED, VaultFile.Scan.PENDING):
            return file
        file.scan, file.admitted_by, file.admitted_for = VaultFile.Scan.ADMITTED, actor, reason.strip()
        file.admitted_at = now or timezone.now()
        file.save(update_fields=["scan", "admitted_by", "admitted_for", "admitted_at"])
        note_event(case, _What.FILE_ADMITTED, at=file.admitted_at, by=actor, file=file.pk)
        return file


def open_file(*, file: VaultFile, actor: User, now: dt.datetime | None = None) -> bytes:
    """Return what a file holds; that it was opened is written down.

    Raises:
        PermissionDenied: the actor may not read the case.
        RuleViolation: it was not scanned, or is dangerous.
    """
    with opened(actor):
        permission = "complaints.work_vaultcase"
        if not VaultCase.objects.visible_to(actor, permission).filter(pk=file.case_id).exists():
            raise PermissionDenied
        # As it stands now, not as the page that led here saw it.
        file = VaultFile.objects.select_related("case").get(pk=file.pk)
        if not file.may_be_opened:
            raise RuleViolation(_("This file was not scanned. Let it in with a reason, or leave it closed."))
        note_event(file.case, _What.FILE_OPENED, at=now or timezone.now(), by=actor, file=file.pk)
        return file.bytes()


def waiting(user: User, today: dt.date) -> dict[str, int]:
    """Return what waits for somebody in the vault: one statement for each."""
    with opened(user):
        cases = VaultCase.objects.visible_to(user)
        seconds = VaultCase.objects.visible_to(user, "complaints.confirm_vaultcase")
        return {
            "new": cases.filter(status="received").count(),
            "late": cases.filter(status="received", look_by__lt=today).count(),
            "mine": cases.filter(status="in_progress", officer=user).count(),
            "danger": cases.open().filter(risk=VaultCase.Risk.DANGER).count(),
            "second": seconds.filter(status="closing").exclude(proposed_by=user).count(),
        }
