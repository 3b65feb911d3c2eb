"""What a merge moves, closes and fills in: every row through the lineage, so that it can be told and taken back."""

import datetime as dt

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import ChangeRequest, DuplicatePair, Household, Identifier, Membership, Merge, MergeStep
from beneficiaries.queries.cards import DISABILITY, TRAITS, gaps, living_members
from beneficiaries.rules import relationship_to_new_head
from beneficiaries.services.merges.consents import carry_consents
from beneficiaries.services.merges.lineage import Lineage
from beneficiaries.slots import merge_shares
from ministry.exceptions import RuleViolation
from ministry.models import User

What = MergeStep.What
HEAD = Membership.Relationship.HEAD


def carry_out(merge: Merge, lineage: Lineage, actor: User) -> None:
    """Make the two cards one. Both, their pair and their households are locked; `merge.memberships` is filled.

    Raises:
        RuleViolation: the household would be left empty while somebody's change request about it waits.
    """
    _take_traits(merge, lineage)
    _move_identifiers(merge, lineage)
    _move_disabilities(merge, lineage)
    _move_memberships(merge, lineage)
    _move_pairs(merge, lineage)
    lineage.change(merge.merged, What.CHANGED, merged_into_id=merge.survivor_id)
    merge.memberships = list(merge.survivor.memberships.order_by("pk").values_list("pk", flat=True))
    _leave_empty_household(merge, lineage, actor)


def _take_traits(merge: Merge, lineage: Lineage) -> None:
    names = [*gaps(merge.survivor, merge.merged), *(name for name in merge.taken if name in TRAITS)]
    # Step by step, so that undoing can leave a trait that was put right since.
    for name in names:
        values = {column: getattr(merge.merged, column) for column in (name, *TRAITS[name])}
        lineage.change(merge.survivor, What.CHANGED, **values)


def _move_identifiers(merge: Merge, lineage: Lineage) -> None:
    mine = set(
        Identifier.objects.filter(individual=merge.survivor, removed_on__isnull=True).values_list("kind", "value_key")
    )
    for row in Identifier.objects.select_for_update().filter(individual=merge.merged).order_by("pk"):
        if row.removed_on is None and (row.kind, row.value_key) in mine:
            # The same number stands on the card already.
            lineage.change(row, What.CLOSED, individual_id=merge.survivor_id, removed_on=timezone.localdate())
        else:
            lineage.change(row, What.MOVED, individual_id=merge.survivor_id)


def _move_disabilities(merge: Merge, lineage: Lineage) -> None:
    mine = {row.domain: row for row in merge.survivor.disabilities.select_for_update()}
    for row in merge.merged.disabilities.select_for_update():
        if row.domain not in mine:
            lineage.change(row, What.MOVED, individual_id=merge.survivor_id)
        elif DISABILITY + row.domain in merge.taken:
            lineage.change(mine[row.domain], What.CHANGED, severity=row.severity)


def _move_memberships(merge: Merge, lineage: Lineage) -> None:
    rows = (
        Membership.objects.select_for_update()
        .filter(individual__in=[merge.survivor_id, merge.merged_id])
        .order_by("pk")
    )
    current = {row.individual_id: row for row in rows if row.left_on is None}
    past = [row for row in rows if row.left_on is not None and row.individual_id == merge.merged_id]
    mine, theirs = current.get(merge.survivor_id), current.get(merge.merged_id)
    for row in past:
        lineage.change(row, What.MOVED, individual_id=merge.survivor_id)
    if mine is None or theirs is None:
        if theirs is not None:
            lineage.change(theirs, What.MOVED, individual_id=merge.survivor_id)
        return
    was_head = HEAD in (mine.relationship, theirs.relationship)
    if mine.household_id == merge.kept_household_id:
        closing = theirs
        lineage.change(theirs, What.CLOSED, individual_id=merge.survivor_id, left_on=_last_day(theirs))
        if theirs.household_id == mine.household_id and was_head:
            lineage.change(mine, What.CHANGED, relationship=HEAD)
    else:
        closing = mine
        lineage.change(mine, What.CLOSED, left_on=_last_day(mine))
        lineage.change(theirs, What.MOVED, individual_id=merge.survivor_id)
    if merge.new_head_id:
        _name_new_head(merge, lineage, closing.household_id)


def _name_new_head(merge: Merge, lineage: Lineage, household_id: int) -> None:
    """Let a member head the household that lost its head; what the others are to them follows from what each was."""
    members = list(Membership.objects.current().select_for_update().filter(household=household_id).order_by("pk"))
    head = next(one for one in members if one.individual_id == merge.new_head_id)
    was = head.relationship
    for member in members:
        relationship = HEAD if member.pk == head.pk else relationship_to_new_head(was, member.relationship)
        lineage.change(member, What.CHANGED, relationship=relationship)


def _last_day(membership: Membership) -> dt.date:
    return max(timezone.localdate(), membership.joined_on)


def _move_pairs(merge: Merge, lineage: Lineage) -> None:
    """Let what was found or decided about the other card stand for the card that stays; «different» above all."""
    pairs = (
        DuplicatePair.objects.select_for_update(of=("self",))
        .filter(Q(individual_a=merge.merged) | Q(individual_b=merge.merged))
        .exclude(pk=merge.pair_id)
        .select_related("individual_a", "individual_b")
        .order_by("pk")
    )
    for pair in pairs:
        third = pair.individual_b if pair.individual_a_id == merge.merged_id else pair.individual_a
        low, high = sorted((third.pk, merge.survivor_id))
        is_known = DuplicatePair.objects.filter(individual_a=low, individual_b=high).exists()
        if third.merged_into_id is None and not is_known:
            lineage.change(pair, What.MOVED, individual_a_id=low, individual_b_id=high)


def _leave_empty_household(merge: Merge, lineage: Lineage, actor: User) -> None:
    home = merge.closed_household
    if home is None or home.pk == merge.kept_household_id or living_members(home.pk):
        return
    _refuse_while_changes_wait(home)
    lineage.change(home, What.CLOSED, status=Household.Status.INACTIVE)
    carry_consents(merge, lineage, actor)
    for share in merge_shares:
        share.carry(merge, lineage.change)


def _refuse_while_changes_wait(home: Household) -> None:
    """A request about a household that leaves the register could never be applied."""
    waiting = ChangeRequest.objects.of_household(home.pk).filter(status__in=["submitted", "approved"]).order_by("pk")
    if request := waiting.first():
        raise RuleViolation(
            _(
                "Nobody would be left in household {household}, and a change of it waits: {change}. Decide on that one"
                " first."
            ).format(household=home.household_ref, change=request)
        )
