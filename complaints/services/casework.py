"""What officers do with a case between arrival and answer."""

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Household
from complaints import rules
from complaints.models import ClockEvent, Complaint, Message, Party, Transfer
from complaints.services import clock, routing, telling
from complaints.workflows import COMPLAINT
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import Area, User
from ministry.text import clean
from ministry.workflow import Transition
from programs.models import Payment, PaymentCycle, Program

_What = ClockEvent.What


def lock(complaint: Complaint) -> Complaint:
    """Return the case as it stands, locked."""
    return Complaint.objects.select_for_update(of=("self",)).select_related("term").get(pk=complaint.pk)


def check(complaint: Complaint, verb: str, actor: User, *, in_charge: bool = True) -> Transition:
    """Return the transition, or raise: the right in the case's area, its state, and no conflict of interest.

    What decides or speaks for the office is done by the officer in charge only.
    """
    transition = permitted(complaint, verb, actor)
    if actor.pk in routing.barred_officers(complaint):
        raise RuleViolation(_("You cannot deal with this case: it names you, or it contests what you decided."))
    if in_charge and complaint.officer_id != actor.pk:
        raise RuleViolation(_("Another officer is in charge of this case. Take it on first."))
    return transition


def permitted(complaint: Complaint, verb: str, actor: User) -> Transition:
    """Return the transition where the actor holds the right, in the case's office or place, and its state allows it."""
    place = routing.place_of_right(complaint, actor, COMPLAINT.permission_of(verb))
    return COMPLAINT.check(verb, status=complaint.status, actor=actor, area=place)


def by_holder_of_pin(complaint: Complaint, verb: str) -> Transition:
    """Return the transition for what the complainant does: code and PIN are the permission, the status decides."""
    nobody: Any = None
    return COMPLAINT.check(verb, status=complaint.status, actor=nobody, permitted=True)


@transaction.atomic
def assign_case(*, complaint: Complaint, officer: User, actor: User, now: dt.datetime | None = None) -> Complaint:
    """Give a case to an officer, or take it on oneself; it is in progress from now on. Done again, nothing changes.

    Raises:
        PermissionDenied: the actor may not deal with complaints there.
        TransitionNotAllowed: the case is past that.
        RuleViolation: the officer is not appointed for this office and level, or has a conflict of interest.
    """
    complaint = lock(complaint)
    transition = check(complaint, "assign", actor, in_charge=False)
    if complaint.officer_id == officer.pk and complaint.status == transition.target:
        return complaint
    if not routing.may_handle(complaint, officer):
        raise RuleViolation(
            _("{officer} cannot deal with this case: not appointed for this level, or personally concerned.").format(
                officer=officer
            )
        )
    complaint.status = transition.target
    routing.assign(complaint, officer, at=now or timezone.now(), by=actor)
    audit.record(actor=actor, action="complaint.assigned", target=complaint, data={"officer": officer.pk})
    if officer.pk != actor.pk:
        telling.tell_officer(complaint, "complaint_new", key=f"given:{complaint.hops}:{complaint.level}")
    return complaint


@transaction.atomic
def transfer_case(*, complaint: Complaint, office: Area, reason: str, actor: User) -> Complaint:
    """Pass a case on to the office it belongs to. The clock runs on; the person is told; the hop is counted.

    There is no verb that closes a case as «not ours».
    """
    complaint = lock(complaint)
    transition = check(complaint, "transfer", actor, in_charge=False)
    if office.pk == complaint.office_id:
        raise RuleViolation(_("The case is with this office already. Choose another."))
    now = timezone.now()
    complaint.hops += 1
    Transfer.objects.create(
        complaint=complaint,
        hop=complaint.hops,
        from_office=complaint.office,
        to_office=office,
        reason=clean(reason),
        by=actor,
        at=now,
    )
    complaint.office = office
    level = routing.level_of(office)
    # Passed sideways a case keeps the level it has climbed to.
    if rules.LADDER.index(level) > rules.LADDER.index(complaint.level):
        complaint.level = level
    complaint.status = transition.target
    routing.release(complaint, at=now)
    routing.assign_lightest(complaint, at=now)
    audit.record(actor=actor, action="complaint.transferred", target=complaint, data={"hop": complaint.hops})
    telling.tell_officer(complaint, "complaint_new", key=f"hop:{complaint.hops}")
    telling.tell_complainant(complaint, "complaint_transferred", key=f"hop:{complaint.hops}", office=office)
    return complaint


@transaction.atomic
def escalate_case(*, complaint: Complaint, reason: str, level: str, actor: User) -> Complaint:
    """Pass a case to the level above because of its risk, without waiting for the clock.

    `level` is the one the actor saw it on: pressed twice, it climbs one rung.
    """
    complaint = lock(complaint)
    check(complaint, "escalate", actor, in_charge=False)
    if complaint.level != level:
        raise RuleViolation(_("The case has been passed to another level meanwhile."))
    if not clock.climb(complaint, now=timezone.now(), actor=actor, note=clean(reason)[:300]):
        raise RuleViolation(_("There is no level above the inspector general."))
    return complaint


@transaction.atomic
def pause_case(
    *, complaint: Complaint, reason: str, note: str, actor: User, now: dt.datetime | None = None
) -> Complaint:
    """Stop the clock for one of the listed reasons; the person is told why."""
    complaint = lock(complaint)
    transition = check(complaint, "pause", actor)
    complaint.status = transition.target
    now = now or timezone.now()
    clock.move(complaint, _What.PAUSE, at=now, actor=actor, reason=reason, note=clean(note)[:300])
    complaint.save()
    audit.record(actor=actor, action="complaint.paused", target=complaint, data={"reason": reason})
    telling.tell_complainant(complaint, "complaint_paused", key=f"paused:{now:%Y%m%d%H%M%S%f}")
    return complaint


@transaction.atomic
def resume_case(*, complaint: Complaint, actor: User | None, at: dt.datetime | None = None) -> Complaint:
    """Let the clock go on with the working days that were left. By the officer, or by what we waited for arriving."""
    complaint = lock(complaint)
    transition = check(complaint, "resume", actor) if actor else by_holder_of_pin(complaint, "resume")
    complaint.status = transition.target
    clock.move(complaint, _What.RESUME, at=at or timezone.now(), actor=actor)
    complaint.save()
    audit.record(actor=actor, action="complaint.resumed", target=complaint)
    return complaint


@transaction.atomic
def write_message(
    *, complaint: Complaint, verb: str, text: str, token: uuid.UUID, actor: User, now: dt.datetime | None = None
) -> Message:
    """Say something in a case: «reply» to the complainant, «interim» word of how it stands, «note» among staff.

    The same `token` again is the same message.
    """
    complaint = lock(complaint)
    known = Message.objects.filter(token=token, complaint=complaint).first()
    if known is not None:
        return known
    check(complaint, verb, actor, in_charge=verb != "note")
    message = Message.objects.create(
        complaint=complaint,
        direction=Message.Direction.NOTE if verb == "note" else Message.Direction.OUT,
        text=rules.tidy(text),
        is_interim=verb == "interim",
        by=actor,
        at=now or timezone.now(),
        token=token,
    )
    if verb != "note":
        telling.tell_complainant(complaint, "complaint_message", key=f"message:{message.pk}")
    return message


@transaction.atomic
def link_case(
    *, complaint: Complaint, actor: User, household: Household | None, program: Program | None, payment: Payment | None
) -> Complaint:
    """Say whose case it is and which programme and payment it contests.

    Raises:
        RuleViolation: the payment is not this household's, or its list is still being prepared.
    """
    complaint = lock(complaint)
    check(complaint, "link", actor)
    if payment is not None:
        if household is None or payment.entitlement.household_id != household.pk:
            raise RuleViolation(_("This payment was not made to the linked household."))
        if payment.cycle.status not in (*_PAID, PaymentCycle.Status.APPROVED):
            raise RuleViolation(_("This payment is still being prepared: it can be contested when it is approved."))
        program = payment.cycle.program
    values = {"household": household, "program": program or complaint.program, "payment": payment}
    if all(getattr(complaint, name) == value for name, value in values.items()):
        return complaint
    for name, value in values.items():
        setattr(complaint, name, value)
    complaint.save()
    audit.record(
        actor=actor,
        action="complaint.linked",
        target=complaint,
        data={name: value.pk if value else None for name, value in values.items()},
    )
    _leave_if_barred(complaint)
    return complaint


_PAID = (PaymentCycle.Status.RELEASED, PaymentCycle.Status.RECONCILING, PaymentCycle.Status.CLOSED)


@transaction.atomic
def name_official(*, complaint: Complaint, staff: User, actor: User) -> Complaint:
    """Say that a case is about a member of staff, who from now on neither sees it nor deals with it."""
    complaint = lock(complaint)
    check(complaint, "name_official", actor)
    if staff.pk == actor.pk:
        raise PermissionDenied
    _party, is_new = Party.objects.get_or_create(
        complaint=complaint, staff=staff, defaults={"role": Party.Role.ABOUT, "name": str(staff)}
    )
    if is_new:
        audit.record(actor=actor, action="complaint.official_named", target=complaint)
        _leave_if_barred(complaint)
    return complaint


def _leave_if_barred(complaint: Complaint) -> None:
    """Take a case from an officer whom it turned out to concern, and give it to another."""
    if complaint.officer_id is None or complaint.officer_id not in routing.barred_officers(complaint):
        return
    now = timezone.now()
    if complaint.status == Complaint.Status.PAUSED:
        clock.move(complaint, _What.RESUME, at=now, actor=None)
    routing.release(complaint, at=now)
    complaint.status = Complaint.Status.RECEIVED
    routing.assign_lightest(complaint, at=now)
    telling.tell_officer(complaint, "complaint_new", key=f"instead:{now:%Y%m%d%H%M%S%f}")


@transaction.atomic
def admit_held(*, complaint: Complaint, actor: User) -> Complaint:
    """Take a held case in after all; its clock has been running since it arrived."""
    complaint = lock(complaint)
    transition = COMPLAINT.check("admit", status=complaint.status, actor=actor, area=complaint.area)
    complaint.status = transition.target
    routing.assign_lightest(complaint, at=timezone.now())
    audit.record(actor=actor, action="complaint.admitted", target=complaint)
    telling.tell_officer(complaint, "complaint_new", key="new")
    return complaint


@transaction.atomic
def set_aside_held(*, complaint: Complaint, reason: str, actor: User) -> Complaint:
    """Set a held entry aside that no person sent; it is kept with the reason and can be looked at."""
    complaint = lock(complaint)
    transition = COMPLAINT.check("set_aside", status=complaint.status, actor=actor, area=complaint.area)
    complaint.status = transition.target
    clock.move(complaint, _What.STOP, at=timezone.now(), actor=actor)
    complaint.save()
    audit.record(actor=actor, action="complaint.set_aside", target=complaint, note=clean(reason)[:300])
    return complaint
