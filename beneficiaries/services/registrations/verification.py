"""The second person: verifies a registration, or sends it back with notes."""

from collections.abc import Mapping
from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Household, Membership, Registration, RegistrationPerson
from beneficiaries.registration.sections import HEAD, SECTIONS
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.registrations.drafts import lock
from beneficiaries.signals import household_verified
from ministry import audit
from ministry.certain import certain
from ministry.exceptions import RuleViolation
from ministry.models import NoticeTemplate, User
from ministry.notices import notify

_Move = RegistrationPerson.Move


def _lock_for_second_person(registration: Registration, *, verb: str, actor: User) -> Registration:
    registration = lock(registration, verb=verb, actor=actor)
    if actor.pk == registration.submitted_by_id:
        raise RuleViolation(_("The second person must differ from the one who submitted the registration."))
    return registration


@transaction.atomic
def verify_registration(
    *, registration: Registration, actor: User, moves: Mapping[int, str] | None = None
) -> Registration:
    """Confirm a registration as a second person; the household counts as verified from now on.

    `moves` says of each person who lives in another household (by their number) whether they are moved here.

    Raises:
        PermissionDenied: the actor may not verify registrations there.
        TransitionNotAllowed: it does not wait for verification.
        RuleViolation: the actor submitted it, or a move is not decided or cannot be made.
    """
    registration = _lock_for_second_person(registration, verb="verify", actor=actor)
    # What waits for a second person has its household (registration_submitted_has_household).
    registered = certain(registration.household)
    touched = {registered.pk}
    for person in registration.people.filter(is_removed=False, move=_Move.WAITING).select_related("individual"):
        touched |= _decide_move(registration, registered, person, (moves or {}).get(person.number, ""), actor)
    household = Household.objects.select_for_update(of=("self",)).get(pk=registered.pk)
    if not household.memberships.current().filter(relationship=Membership.Relationship.HEAD).exists():
        raise RuleViolation(_("The household would have no head. Move the head here, or send the registration back."))
    if household.status == Household.Status.REGISTERED:
        household.status = Household.Status.VERIFIED
        household.save(update_fields=["status"])
        audit.record(actor=actor, action="household.verified", target=household, note=registration.reference)
        transaction.on_commit(partial(household_verified.send_robust, Household, household_id=household.pk))
    registration.status = Registration.Status.VERIFIED
    registration.verified_by, registration.verified_at = actor, timezone.now()
    registration.save()
    refresh_facts(touched)
    audit.record(actor=actor, action="registration.verified", target=registration)
    return registration


def _decide_move(
    registration: Registration, registered: Household, person: RegistrationPerson, decision: str, actor: User
) -> set[int]:
    """Move somebody out of their household into the registered one, or let them stay; return the households touched."""
    individual = certain(person.individual)
    name = individual.full_name
    if decision not in {_Move.MOVED, _Move.STAYS}:
        raise RuleViolation(_("Decide for {name} whether they move to this household.").format(name=name))
    touched: set[int] = set()
    former = Membership.objects.select_for_update().current().filter(individual=individual).first()
    if decision == _Move.MOVED:
        if former is not None and former.household_id != registered.pk:
            touched.add(_end(former, name))
        if former is None or former.household_id != registered.pk:
            typed = (person.typed.get("relationship") or [""])[-1]
            Membership.objects.create(
                household=registered,
                individual=individual,
                relationship=Membership.Relationship.HEAD if person.is_head else typed,
                joined_on=timezone.localdate(),
            )
    person.move = decision
    person.save(update_fields=["move"])
    audit.record(
        actor=actor,
        action=f"registration.person_{decision}",
        target=registration,
        data={"individual": individual.pk, "from": former.household_id if former else None},
    )
    return touched


def _end(membership: Membership, name: str) -> int:
    """End a membership; a head goes last, and the household left empty leaves the register."""
    household = Household.objects.select_for_update(of=("self",)).get(pk=membership.household_id)
    others = household.memberships.current().exclude(pk=membership.pk)
    if membership.relationship == Membership.Relationship.HEAD and others.exists():
        raise RuleViolation(
            _(
                "{name} is the head of household {household}, where others live. That household needs a new head first."
            ).format(name=name, household=household.household_ref)
        )
    membership.left_on = max(timezone.localdate(), membership.joined_on)
    membership.save(update_fields=["left_on"])
    if not others.exists():
        household.status = Household.Status.INACTIVE
        household.save(update_fields=["status"])
        audit.record(actor=None, action="household.closed", target=household)
    return household.pk


@transaction.atomic
def return_registration(*, registration: Registration, actor: User, notes: Mapping[str, str]) -> Registration:
    """Send a registration back to its caseworker with what is to be put right, by section.

    Raises:
        PermissionDenied: the actor may not verify registrations there.
        TransitionNotAllowed: it does not wait for verification.
        RuleViolation: the actor submitted it, or no section has a note.
    """
    registration = _lock_for_second_person(registration, verb="send_back", actor=actor)
    said = {code: note.strip() for code, note in notes.items() if code in SECTIONS and note.strip()}
    if not said:
        raise RuleViolation(_("Write beside at least one section what is to be put right."))
    for code, note in said.items():
        rows = registration.people.filter(is_head=True) if code == HEAD else registration.sections.filter(code=code)
        rows.update(note=note, noted_version=F("version"))
    registration.status = Registration.Status.RETURNED
    registration.save(update_fields=["status"])
    audit.record(actor=actor, action="registration.sent_back", target=registration, data={"sections": sorted(said)})
    notify(
        "registration_sent_back",
        channel=NoticeTemplate.Channel.PORTAL,
        key=f"registration_sent_back:{registration.pk}:{certain(registration.submitted_at).isoformat()}",
        user=registration.submitted_by,
        context={"reference": registration.reference},
        subject=registration,
        url=registration.get_absolute_url(),
    )
    return registration
