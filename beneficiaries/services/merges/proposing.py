"""Proposing that two cards become one: which stays, where the person lives, what each card is right about."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from beneficiaries.models import DuplicatePair, Household, Individual, Membership, Merge
from beneficiaries.queries.cards import Homes, differences, homes_of, living_members
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User

DECIDE = "beneficiaries.decide_duplicatepair"
# A proposal or a merge in one of these is in the way of another one for the same pair.
LIVE = (Merge.Status.PROPOSED, *Merge.STANDING)


def may_propose(*, pair: DuplicatePair, actor: User) -> bool:
    """Tell whether a merge of this pair is due and the person may propose it, for a page and its button."""
    if pair.status != DuplicatePair.Status.SAME:
        return False
    homes = homes_of(pair.individual_a_id, pair.individual_b_id)
    return bool(homes.households) and all(actor.has_perm(DECIDE, home.area) for home in homes.households)


@transaction.atomic
def propose_merge(
    *,
    pair: DuplicatePair,
    survivor: Individual,
    kept_household: Household,
    actor: User,
    note: str,
    new_head: Individual | None = None,
    taken: Iterable[str] = (),
) -> Merge:
    """Propose that the two cards of a pair become one; nothing moves until a second person confirms it.

    `survivor` is the card that stays, `kept_household` where the person lives from now on; where both cards live in
    different households the membership of the other one will be closed. `new_head` answers for that household when it
    loses its head and others still live there. `taken` names traits in which the other card is right
    (`queries.cards.differences`); what only the other card knows is filled in anyway. Two people proposing at once
    yield one proposal and one refusal.

    Raises:
        PermissionDenied: the actor may not decide in the areas of both households.
        RuleViolation: the pair was not decided to be one person, a merge of it waits or stands, a card has been
            merged already, or a choice does not fit.
    """
    # The people are read after the lock is held: joined to a row that was waited for they would be out of date.
    pair = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    survivor, merged = _sides(pair, survivor.pk)
    homes = homes_of(survivor.pk, merged.pk)
    if not all(actor.has_perm(DECIDE, home.area) for home in homes.households):
        raise PermissionDenied
    if pair.status != DuplicatePair.Status.SAME:
        raise RuleViolation(_("First record the decision that the two are the same person."))
    if pair.merges.filter(status__in=LIVE).exists():
        raise RuleViolation(_("A merge of these two cards has been proposed already."))
    if not note.strip():
        raise RuleViolation(_("Say what your decision rests on."))
    taken = sorted(set(taken))
    closed = homes.closed(kept_household.pk)
    check_plan(survivor, merged, homes, kept_household.pk, new_head.pk if new_head else None, taken)
    merge = Merge.objects.create(
        pair=pair,
        survivor=survivor,
        merged=merged,
        kept_household_id=kept_household.pk,
        closed_household=closed,
        new_head=new_head,
        taken=taken,
        proposed_by=actor,
        note=note.strip(),
    )
    audit.record(actor=actor, action="merge.proposed", target=merge, note=merge.note, data={"pair": pair.pk})
    return merge


def _sides(pair: DuplicatePair, survivor_id: int) -> tuple[Individual, Individual]:
    both = (pair.individual_a, pair.individual_b)
    if survivor_id == pair.individual_a_id:
        return both
    if survivor_id == pair.individual_b_id:
        return both[1], both[0]
    raise RuleViolation(_("Choose one of the two cards."))


def needs_new_head(homes: Homes, kept_id: int, survivor_id: int, merged_id: int) -> list[Membership]:
    """Return those of whom one must become head when the person leaves a household they head; nobody if it is empty.

    Empty also where both cards live in the same household: the card that stays takes the place.
    """
    closing = homes.closing(kept_id)
    if closing is None or homes.are_one or closing.relationship != Membership.Relationship.HEAD:
        return []
    return living_members(closing.household_id, besides=(survivor_id, merged_id))


def check_plan(
    survivor: Individual,
    merged: Individual,
    homes: Homes,
    kept_id: int | None,
    new_head_id: int | None,
    taken: list[str],
) -> None:
    """Raise RuleViolation where a plan does not fit what the register says now."""
    if survivor.merged_into_id or merged.merged_into_id:
        raise RuleViolation(_("One of the two cards has been merged with another one in the meantime."))
    if kept_id is None or kept_id not in [home.pk for home in homes.households]:
        raise RuleViolation(_("Choose the household in which the person lives; neither card lives in this one now."))
    if unknown := set(taken) - {one.code for one in differences(survivor, merged)}:
        raise RuleViolation(
            _("The two cards no longer differ in what you chose: {traits}.").format(traits=", ".join(sorted(unknown)))
        )
    candidates = needs_new_head(homes, kept_id, survivor.pk, merged.pk)
    if candidates and new_head_id not in [candidate.individual_id for candidate in candidates]:
        raise RuleViolation(
            _("The person heads household {household}, where others go on living. Choose who heads it now.").format(
                household=candidates[0].household.household_ref
            )
        )
    if new_head_id and not candidates:
        raise RuleViolation(_("No household loses its head by this. Leave the new head empty."))
