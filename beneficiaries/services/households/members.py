"""Who belongs to a household, from when to when, and who answers for it.

Each verb locks what it changes and leaves the register sound: a living person is in at most one household, and a
household in which somebody lives has exactly one head. Nothing is deleted.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Household, Individual, Membership
from beneficiaries.rules import relationship_to_new_head
from beneficiaries.services.households.people import next_reference
from ministry.exceptions import RuleViolation
from ministry.models import Area
from ministry.text import clean, phone_key

HEAD = Membership.Relationship.HEAD


def create_household(
    *,
    area: Area,
    registered_on: dt.date,
    address: str = "",
    phone: str = "",
    urban: bool | None = None,
    household_ref: str = "",
) -> Household:
    """Open the file of a household, without members yet; its number is given where the office has none."""
    return Household.objects.create(
        household_ref=household_ref or next_reference("H"),
        area=area,
        registered_on=registered_on,
        address=clean(address),
        phone=phone,
        phone_key=phone_key(phone)[:20],
        urban=urban,
    )


def lock_households(*households: Household | int | None) -> dict[int, Household]:
    """Lock households for the rest of the transaction, in the order of their keys, and return them by key.

    Raises:
        RuleViolation: one of them has left the register.
    """
    keys = sorted({one if isinstance(one, int) else one.pk for one in households if one is not None})
    rows = Household.objects.select_for_update(of=("self",)).filter(pk__in=keys).select_related("area")
    locked = {row.pk: row for row in rows.order_by("pk")}
    for household in locked.values():
        if household.status == Household.Status.INACTIVE:
            raise RuleViolation(
                _("Household {reference} has left the register; nothing changes in it any more.").format(
                    reference=household.household_ref
                )
            )
    return locked


def members_of(household: Household) -> list[Membership]:
    """Return who lives in a household, the head first."""
    memberships = household.memberships.current().select_related("individual").order_by("pk")
    return sorted(memberships, key=lambda membership: membership.relationship != HEAD)


def membership_in(household: Household, individual_id: int) -> Membership:
    """Return somebody's current place in a household.

    Raises:
        RuleViolation: the person does not live there.
    """
    membership = household.memberships.current().filter(individual=individual_id).select_related("individual").first()
    if membership is None:
        raise RuleViolation(
            _("This person no longer lives in household {reference}.").format(reference=household.household_ref)
        )
    return membership


def add_member(*, household: Household, individual: Individual, relationship: str, joined_on: dt.date) -> Membership:
    """Let a person live in a household from a day on.

    Raises:
        RuleViolation: the person has died, lives in another household, was not born yet, the card was merged into
            another one, the household has left the register, or has a head already (or none, and this one is not to
            be it).
    """
    household = lock_households(household)[household.pk]
    individual = Individual.objects.select_for_update().get(pk=individual.pk)
    if individual.died_on:
        raise RuleViolation(
            _("{name} died on {day} and cannot join a household.").format(
                name=individual.full_name, day=f"{individual.died_on:%d/%m/%Y}"
            )
        )
    if individual.merged_into is not None:
        raise RuleViolation(
            _("Card {card} was merged: {other} stands for this person now.").format(
                card=individual.person_ref, other=individual.merged_into.person_ref
            )
        )
    if joined_on > timezone.localdate():
        raise RuleViolation(_("Nobody joins a household before the day has come."))
    if individual.birth_date and joined_on < individual.birth_date:
        raise RuleViolation(
            _("{name} was born on {day} and cannot have joined before.").format(
                name=individual.full_name, day=f"{individual.birth_date:%d/%m/%Y}"
            )
        )
    elsewhere = individual.memberships.current().select_related("household").first()
    if elsewhere is not None:
        raise RuleViolation(
            _("{name} still belongs to household {reference}.").format(
                name=individual.full_name, reference=elsewhere.household.household_ref
            )
        )
    has_head = household.memberships.current().filter(relationship=HEAD).exists()
    if has_head == (relationship == HEAD):
        raise RuleViolation(
            _("Household {reference} has a head already.").format(reference=household.household_ref)
            if has_head
            else _("Household {reference} needs a head first.").format(reference=household.household_ref)
        )
    return Membership.objects.create(
        household=household, individual=individual, relationship=relationship, joined_on=joined_on
    )


def change_head(*, household: Household, new_head: int, relationships: Mapping[int, str] | None = None) -> Household:
    """Make a member (`new_head`, a person's key) the head; say what the others are to them.

    What `relationships` (person's key → relationship) leaves open follows from what each was to the former head.

    Raises:
        RuleViolation: the person does not live there, is the head already, or the others would include a head.
    """
    household = lock_households(household)[household.pk]
    incoming = membership_in(household, new_head)
    if incoming.relationship == HEAD:
        raise RuleViolation(_("{name} is the head already.").format(name=incoming.individual.full_name))
    was = incoming.relationship
    said = relationships or {}
    others = [membership for membership in members_of(household) if membership.pk != incoming.pk]
    for membership in others:
        relationship = said.get(membership.individual_id) or relationship_to_new_head(was, membership.relationship)
        if relationship == HEAD:
            raise RuleViolation(_("A household has one head."))
        if relationship != membership.relationship:
            membership.relationship = relationship
            membership.save(update_fields=["relationship"])
    incoming.relationship = HEAD
    incoming.save(update_fields=["relationship"])
    return household


def end_memberships(
    *,
    household: Household,
    leavers: Iterable[int],
    on: dt.date,
    new_head: int | None = None,
    relationships: Mapping[int, str] | None = None,
) -> list[Membership]:
    """Let members (keys of people) leave a household on a day, and return their ended memberships.

    Where the head leaves and somebody stays, `new_head` says who of them is head from now on. When the last one
    leaves, the household leaves the register.

    Raises:
        RuleViolation: somebody does not live there, would leave before joining, or a head is missing.
    """
    household = lock_households(household)[household.pk]
    gone = set(leavers)
    leaving = [membership_in(household, person) for person in sorted(gone)]
    if not leaving:
        raise RuleViolation(_("Say who leaves."))
    for membership in leaving:
        if on < membership.joined_on:
            raise RuleViolation(
                _("{name} joined the household on {day} and cannot have left before.").format(
                    name=membership.individual.full_name, day=f"{membership.joined_on:%d/%m/%Y}"
                )
            )
    staying = [membership for membership in members_of(household) if membership.individual_id not in gone]
    head_leaves = any(membership.relationship == HEAD for membership in leaving)
    if head_leaves and staying and (new_head is None or new_head in gone):
        raise RuleViolation(_("The head leaves: choose who of those staying is the new head."))
    for membership in leaving:
        # What they were while they lived there stays on the ended membership.
        membership.left_on = on
        membership.save(update_fields=["left_on"])
    if head_leaves and staying and new_head is not None:
        change_head(household=household, new_head=new_head, relationships=relationships)
    if not staying:
        leave_register(household)
    return leaving


def leave_register(household: Household) -> None:
    """Close a household in which nobody lives any more: no decisions, no money, the history kept."""
    household.status = Household.Status.INACTIVE
    household.save(update_fields=["status"])


def record_death(
    *,
    household: Household,
    individual: int,
    died_on: dt.date,
    new_head: int | None = None,
    relationships: Mapping[int, str] | None = None,
) -> Individual:
    """Record that a member died; a spouse in the household is widowed. See `end_memberships` for a head who died.

    Raises:
        RuleViolation: the person does not live there, was born later, or a new head is missing.
    """
    membership = membership_in(household, individual)
    person = Individual.objects.select_for_update().get(pk=membership.individual_id)
    if person.birth_date and died_on < person.birth_date:
        raise RuleViolation(_("The day of death lies before the day of birth."))
    for spouse in _spouses(household, membership):
        spouse.marital_status = Individual.MaritalStatus.WIDOWED
        spouse.save(update_fields=["marital_status"])
    end_memberships(
        household=household, leavers=[individual], on=died_on, new_head=new_head, relationships=relationships
    )
    person.died_on = died_on
    person.save(update_fields=["died_on"])
    return person


def _spouses(household: Household, membership: Membership) -> list[Individual]:
    """Return who is married to a member, as far as the household tells: only head and spouse are a couple we know."""
    couples = {HEAD: Membership.Relationship.SPOUSE, Membership.Relationship.SPOUSE: HEAD}
    wanted = couples.get(Membership.Relationship(membership.relationship))
    if wanted is None:
        return []
    married = [
        one.individual
        for one in members_of(household)
        if one.relationship == wanted and one.individual.marital_status in ("", Individual.MaritalStatus.MARRIED)
    ]
    # A man with another wife living stays married.
    return [] if wanted == HEAD and len(_wives(household)) > 1 else married


def _wives(household: Household) -> list[Membership]:
    return [one for one in members_of(household) if one.relationship == Membership.Relationship.SPOUSE]
