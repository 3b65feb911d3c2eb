"""The household as a whole: split in two, joined with another, moved to another place."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from beneficiaries.models import Household, Membership
from beneficiaries.rules import relationship_across, relationship_to_new_head
from beneficiaries.services.households.members import (
    HEAD,
    add_member,
    create_household,
    end_memberships,
    lock_households,
    members_of,
)
from ministry.exceptions import RuleViolation
from ministry.models import Area
from ministry.text import clean


def split_household(
    *,
    household: Household,
    leavers: Iterable[int],
    on: dt.date,
    head_of_leavers: int,
    area: Area,
    address: str = "",
    phone: str = "",
    new_head: int | None = None,
    relationships: Mapping[int, str] | None = None,
) -> Household:
    """Let some members (keys of people) form a household of their own, with a new file, and return it.

    `head_of_leavers` heads the new household, `new_head` the old one where its head leaves. What the leavers are to
    their head follows from what they were to the former one, unless `relationships` says otherwise.

    Raises:
        RuleViolation: nobody would stay, the head is not among the leavers, or see `end_memberships`.
    """
    household = lock_households(household)[household.pk]
    gone = set(leavers)
    was = {one.individual_id: one.relationship for one in members_of(household)}
    if head_of_leavers not in gone:
        raise RuleViolation(_("The head of the new household must be one of those who leave."))
    if gone >= was.keys():
        raise RuleViolation(_("Somebody has to stay; if all move, record a move."))
    ended = end_memberships(household=household, leavers=gone, on=on, new_head=new_head, relationships=relationships)
    fresh = create_household(area=area, registered_on=on, address=address, phone=phone, urban=household.urban)
    said = relationships or {}
    for membership in sorted(ended, key=lambda one: one.individual_id != head_of_leavers):
        person = membership.individual_id
        relationship = (
            HEAD
            if person == head_of_leavers
            else said.get(person) or relationship_to_new_head(was[head_of_leavers], was[person])
        )
        add_member(household=fresh, individual=membership.individual, relationship=relationship, joined_on=on)
    return fresh


def move_members(
    *,
    household: Household,
    leavers: Iterable[int],
    to: Household,
    on: dt.date,
    relationships: Mapping[int, str],
    new_head: int | None = None,
) -> Household:
    """Let some members go and live in another household; `relationships` says what each is to its head.

    Raises:
        RuleViolation: both are one household, a relationship is missing, or see `end_memberships` and `add_member`.
    """
    if household.pk == to.pk:
        raise RuleViolation(_("Choose another household than the one they leave."))
    locked = lock_households(household, to)
    ended = end_memberships(household=locked[household.pk], leavers=leavers, on=on, new_head=new_head)
    for membership in ended:
        add_member(
            household=locked[to.pk],
            individual=membership.individual,
            relationship=relationships.get(membership.individual_id, Membership.Relationship.OTHER_RELATIVE),
            joined_on=on,
        )
    return locked[to.pk]


def join_households(*, household: Household, joining: Household, on: dt.date, their_head_is: str) -> Household:
    """Let everybody of `joining` live in `household`, whose file stays; the other leaves the register.

    `their_head_is` says what their head is to the head of `household`; the others follow from it.

    Raises:
        RuleViolation: both are one, one of them is empty, or their head is to be a second head.
    """
    if household.pk == joining.pk:
        raise RuleViolation(_("A household cannot be joined with itself."))
    locked = lock_households(household, joining)
    was = {one.individual_id: one.relationship for one in members_of(locked[joining.pk])}
    if not was:
        raise RuleViolation(
            _("Nobody lives in household {reference}.").format(reference=locked[joining.pk].household_ref)
        )
    if their_head_is == HEAD:
        raise RuleViolation(_("A household has one head."))
    return move_members(
        household=locked[joining.pk],
        leavers=was,
        to=locked[household.pk],
        on=on,
        relationships={person: relationship_across(their_head_is, relation) for person, relation in was.items()},
    )


def move_household(*, household: Household, area: Area, address: str, urban: bool | None = None) -> Household:
    """Give a household another area and address; `urban` stays as it is where nothing is said.

    Raises:
        RuleViolation: it has left the register.
    """
    household = lock_households(household)[household.pk]
    household.area = area
    household.address = clean(address)
    if urban is not None:
        household.urban = urban
    household.save(update_fields=["area", "address", "urban"])
    return household
