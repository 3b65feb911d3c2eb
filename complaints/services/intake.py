"""Taking in what people tell us: one way for web page, counter, hotline, SMS and partners."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from complaints import rules
from complaints.models import Attachment, Category, Channel, ClockEvent, Complaint, Party, VaultCase
from complaints.secrets import first_pin, mark, new_code, pin_mark
from complaints.services import clock, limits, routing, telling
from complaints.services.vault import intake as vault
from ministry import audit, documents, formats
from ministry.exceptions import RuleViolation
from ministry.models import Area, User
from ministry.text import name_key
from programs.models import Program

HOUR = 60 * 60
# What anybody can send, machines too.
_PUBLIC = (Channel.WEB, Channel.SMS)
# Put into words in the language of whoever reads it.
_day = lazy(formats.day, str)


@dataclass(frozen=True)
class Person:
    """Somebody who complains or speaks for them, as they call themselves."""

    name: str = ""
    phone: str = ""
    national_id: str = ""
    sex: str = ""
    has_disability: bool | None = None
    relation: str = ""


@dataclass(frozen=True)
class Intake:
    """What somebody tells us. `token` is made once by the sender: sent again it is the same intake."""

    token: uuid.UUID
    kind: str
    category: Category
    area: Area
    story: str
    language: str = "ar"
    privacy: str = Complaint.Privacy.NAMED
    channel: str = Channel.WEB
    program: Program | None = None
    complainant: Person | None = None
    helper: Person | None = None
    # When and how it is safe to be in touch; asked where the matter is confidential.
    safe_contact: str = ""
    files: Sequence[File] = ()
    # What was seen of the sender: an address (only its mark is kept), seconds from first page to last, the trap.
    address: str = ""
    # How many came from there in this hour, where the caller has counted already.
    from_address: int = 0
    seconds: float = HOUR
    trap: str = ""


@dataclass(frozen=True)
class Receipt:
    """What the sender is given. The PIN can be shown again for the same token and is stored nowhere."""

    complaint: Complaint | VaultCase
    pin: str
    is_new: bool


def receive(intake: Intake, *, actor: User | None = None, at: dt.datetime | None = None) -> Receipt:
    """Take in a case; the same token again, even at the same moment, finds the first.

    Its clock starts at once, also when it looks doubtful and is held for a person to look at. What belongs to the
    confidential cases goes straight there and leaves no trace here.

    Raises:
        PermissionDenied: a member of staff writes it down without the right to.
        RuleViolation: nothing is told.
        DocumentRefused: a file cannot be kept.
    """
    if actor is not None and not actor.has_perm("complaints.add_complaint", intake.area):
        raise PermissionDenied
    if intake.category.is_sensitive:
        return Receipt(*vault.take_in(intake, actor=actor, at=at))
    known = Complaint.objects.filter(token=intake.token).first()
    if known is None:
        if intake.address and actor is None:
            # Before the transaction: within it, all who share an address would wait for each other.
            intake = replace(intake, from_address=limits.count("intake", intake.address, seconds=HOUR))
        try:
            with transaction.atomic():
                return _create(intake, actor, at or timezone.now())
        except IntegrityError:
            # Somebody pressed twice: the other press was first.
            known = Complaint.objects.filter(token=intake.token).first()
            if known is None:
                raise
    return Receipt(known, first_pin(intake.token), is_new=False)


def find_sent(token: uuid.UUID | str) -> Complaint | VaultCase | None:
    """Return the case that an intake made; both kinds are always looked for."""
    confidential = vault.find(token)
    return Complaint.objects.filter(token=token).select_related("category").first() or confidential


def _create(intake: Intake, actor: User | None, at: dt.datetime) -> Receipt:
    story = rules.tidy(intake.story)
    if not story:
        raise RuleViolation(_("Tell us what happened."))
    term = clock.term_for(intake.kind, timezone.localdate(at))
    office = routing.office_for(category=intake.category, program=intake.program, area=intake.area)
    held_for = _suspicions(intake, story) if actor is None and intake.channel in _PUBLIC else []
    code, pin = new_code(), first_pin(intake.token)
    complaint = Complaint(
        code=code,
        pin_mark=pin_mark(code, pin),
        token=intake.token,
        kind=intake.kind,
        category=intake.category,
        program=intake.program,
        area=intake.area,
        story=story,
        story_key=name_key(story),
        language=intake.language,
        privacy=intake.privacy,
        channel=intake.channel,
        received_at=at,
        received_by=actor,
        held_for=" ".join(held_for),
        status=Complaint.Status.HELD if held_for else Complaint.Status.RECEIVED,
        office=office,
        level=routing.level_of(office),
        term=term,
        term_days=term.days,
    )
    _start_clock(complaint, at)
    if intake.privacy != Complaint.Privacy.ANONYMOUS:
        _add_people(complaint, intake)
    for upload in intake.files:
        document = documents.store(upload, subject=complaint, actor=actor)
        Attachment.objects.create(complaint=complaint, document=document)
    audit.record(actor=actor, action="complaint.received", target=complaint, data={"channel": str(intake.channel)})
    if not held_for:
        routing.assign_lightest(complaint, at=at)
        telling.tell_officer(complaint, "complaint_new", key="new")
    received = "complaint_received_sms" if intake.channel == Channel.SMS else "complaint_received"
    telling.tell_complainant(complaint, received, key="received", day=_day(complaint.due_on))
    return Receipt(complaint, pin, is_new=True)


def _start_clock(complaint: Complaint, at: dt.datetime) -> None:
    """Save a new case with its dates, and its clock's first event."""
    hours = clock.office_hours()
    clock.reckon(complaint, hours, [(at, clock.Move.START)])
    complaint.save(force_insert=True)
    ClockEvent.objects.create(
        complaint=complaint,
        round=1,
        what=ClockEvent.What.START,
        at=at,
        level=complaint.level,
        due_on=complaint.due_on,
        by=complaint.received_by,
    )


def _suspicions(intake: Intake, story: str) -> list[str]:
    return rules.suspicions(
        trap=intake.trap,
        seconds=intake.seconds,
        story=story,
        from_address=intake.from_address,
        allowed_from_address=settings.COMPLAINTS_PER_ADDRESS,
        fastest=settings.COMPLAINTS_FASTEST_SECONDS,
    )


def _add_people(complaint: Complaint, intake: Intake) -> None:
    for role, person in ((Party.Role.COMPLAINANT, intake.complainant), (Party.Role.HELPER, intake.helper)):
        if person is None or not (person.name or person.phone or person.national_id):
            continue
        Party.objects.create(
            complaint=complaint,
            role=role,
            name=person.name,
            phone=person.phone,
            phone_mark=mark("phone", person.phone) if person.phone else "",
            national_id=person.national_id,
            sex=person.sex,
            has_disability=person.has_disability,
            relation=person.relation,
        )
