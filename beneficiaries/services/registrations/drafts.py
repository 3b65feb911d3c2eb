"""Filling in a registration: every save is a transaction of its own and builds on a version the caseworker has seen."""

import uuid
from collections.abc import Mapping

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Household, Individual, Registration, RegistrationPerson, RegistrationSection
from beneficiaries.models.registration import Answers
from beneficiaries.registration.sections import SECTIONS
from beneficiaries.workflows import REGISTRATION
from ministry import audit, documents
from ministry.exceptions import DomainError, RuleViolation
from ministry.models import Area, Document, User

ADD = "beneficiaries.add_registration"
# A household of more people is not one that eats from one pot.
MOST_PEOPLE = 40
Typed = Mapping[str, list[str]]


class AnswersChanged(DomainError):
    """Somebody else saved the same answers meanwhile; `current` is what stands there now (None: it was removed)."""

    def __init__(self, current: Answers | None) -> None:
        super().__init__(_("Somebody else has saved these answers meanwhile. Choose which version is right."))
        self.current = current


@transaction.atomic
def start_registration(*, area: Area, actor: User) -> Registration:
    """Open an empty registration for a household that lives in `area`.

    Raises:
        PermissionDenied: the actor may not register households there.
    """
    REGISTRATION.check("save", status=Registration.Status.DRAFT, actor=actor, area=area)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('beneficiaries_registration', 'id'))")
        (number,) = cursor.fetchone()
    reference = f"R{timezone.localdate():%y}-{number:07}"
    # A register file may have brought this very number in.
    if Household.objects.filter(household_ref=reference).exists():
        reference = f"R{timezone.localdate():%y}-{number:07}-1"
    registration = Registration.objects.create(pk=number, reference=reference, area=area, started_by=actor)
    audit.record(actor=actor, action="registration.started", target=registration)
    return registration


def lock(registration: Registration, *, verb: str, actor: User) -> Registration:
    """Return the registration, locked, when `verb` is open to the actor now.

    Raises:
        PermissionDenied: the actor may not do this in the registration's area.
        TransitionNotAllowed: it is not in a state for it any more.
    """
    registration = Registration.objects.select_for_update(of=("self",)).select_related("area").get(pk=registration.pk)
    REGISTRATION.check(verb, status=registration.status, actor=actor, area=registration.area)
    return registration


@transaction.atomic
def save_section(
    *,
    registration: Registration,
    code: str,
    typed: Typed,
    reasons: Mapping[str, str],
    version: int,
    actor: User,
    area: Area | None = None,
) -> RegistrationSection:
    """Keep what was typed into a section, right or wrong, as the version after `version` (0: nothing was there).

    The same answers sent twice are one save. `area` is where the household lives now, as the address says.

    Raises:
        AnswersChanged: somebody else saved other answers since `version`.
        PermissionDenied, TransitionNotAllowed: see `lock`.
    """
    if code not in SECTIONS:
        raise LookupError(code)
    registration = lock(registration, verb="save", actor=actor)
    row = registration.sections.filter(code=code).first()
    if row is None:
        row = RegistrationSection(registration=registration, code=code, version=0)
    _write(row, typed=typed, reasons=reasons, version=version, actor=actor)
    if area is not None and area.pk != registration.area_id:
        # The draft must stay with those who may fill it in.
        REGISTRATION.check("save", status=registration.status, actor=actor, area=area)
        registration.area = area
    _touch(registration)
    return row


@transaction.atomic
def save_person(
    *,
    registration: Registration,
    token: uuid.UUID,
    typed: Typed,
    reasons: Mapping[str, str],
    version: int,
    actor: User,
    is_head: bool = False,
    same_as: int | None = None,
) -> RegistrationPerson:
    """Keep what was typed about a person; a token not met before adds them.

    `same_as` is the row of the register the caseworker has recognised the person in; None: none, or none any more.

    Raises:
        AnswersChanged: somebody else saved other answers since `version`, removed the person, or entered a head.
        RuleViolation: there are more people than a household can have, or two of them are said to be one.
        PermissionDenied, TransitionNotAllowed: see `lock`.
    """
    registration = lock(registration, verb="save", actor=actor)
    people = registration.people.all()
    row = people.filter(is_head=True).first() if is_head else people.filter(token=token).first()
    if row is not None and row.is_removed:
        raise AnswersChanged(None)
    if row is None:
        if people.filter(is_removed=False).count() >= MOST_PEOPLE:
            raise RuleViolation(
                _("A household has at most {most} people. Register the others as a household of their own.").format(
                    most=MOST_PEOPLE
                )
            )
        number = (people.aggregate(last=Max("number"))["last"] or 0) + 1
        row = RegistrationPerson(registration=registration, token=token, number=number, is_head=is_head, version=0)
    # Once entered by an earlier submission the person has a row of their own; two rows become one by a merge.
    if row.individual_id is None or row.is_linked:
        if same_as and people.filter(individual=same_as, is_removed=False).exclude(pk=row.pk).exists():
            raise RuleViolation(_("Another member is said to be the same person. Correct one of them."))
        if same_as and same_as != row.individual_id:
            found = Individual.objects.get(pk=same_as)
            audit.disclose(reader=actor, subject=found, fields=["card"], purpose="same person in a registration")
        row.individual_id, row.is_linked = same_as, same_as is not None
    _write(row, typed=typed, reasons=reasons, version=version, actor=actor)
    _touch(registration)
    return row


def _write(row: Answers, *, typed: Typed, reasons: Mapping[str, str], version: int, actor: User) -> None:
    if row.version != version:
        if row.version and row.typed == dict(typed) and row.reasons == dict(reasons):
            return  # the same save, sent again
        raise AnswersChanged(row if row.version else None)
    row.typed, row.reasons = dict(typed), dict(reasons)
    row.version += 1
    row.saved_by = actor
    row.save()


def _touch(registration: Registration) -> None:
    registration.changed_at = timezone.now()
    registration.save(update_fields=["changed_at", "area"])


@transaction.atomic
def remove_person(*, registration: Registration, token: uuid.UUID, actor: User) -> None:
    """Take a person out of the registration. Once submitted, the membership ends with the next submission.

    Raises:
        RuleViolation: the head cannot be removed.
        PermissionDenied, TransitionNotAllowed: see `lock`.
    """
    registration = lock(registration, verb="save", actor=actor)
    row = registration.people.filter(token=token, is_removed=False).first()
    if row is None:
        return
    if row.is_head:
        raise RuleViolation(_("A household has a head. Correct the answers about the head instead."))
    row.is_removed = True
    row.save(update_fields=["is_removed"])
    _touch(registration)


@transaction.atomic
def add_document(*, registration: Registration, upload: UploadedFile, actor: User) -> Document:
    """Keep a picture or PDF with the registration, and with the household's file once there is one.

    Raises:
        DocumentRefused: the file is of the wrong kind, too large or dangerous.
        PermissionDenied, TransitionNotAllowed: see `lock`.
    """
    registration = lock(registration, verb="save", actor=actor)
    document = documents.store(upload, subject=registration.household or registration, actor=actor)
    _touch(registration)
    return document


@transaction.atomic
def discard_registration(*, registration: Registration, actor: User, note: str) -> Registration:
    """Give a draft up: what was typed is deleted, that there was a draft and why it ended stays.

    Raises:
        PermissionDenied, TransitionNotAllowed: see `lock`.
    """
    registration = lock(registration, verb="discard", actor=actor)
    registration.sections.all().delete()
    registration.people.all().delete()
    registration.status = Registration.Status.DISCARDED
    registration.save(update_fields=["status"])
    audit.record(actor=actor, action="registration.discarded", target=registration, note=note)
    return registration
