"""Confirming or refusing a merge: the second person's part, and what it moves."""

import datetime as dt
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import DuplicatePair, Household, Identifier, Individual, Membership, Merge, MergeStep
from beneficiaries.queries.cards import DISABILITY, TRAITS, gaps, homes_of, living_members
from beneficiaries.rules import relationship_to_new_head
from beneficiaries.services.merges.lineage import Lineage
from beneficiaries.services.merges.proposing import check_plan
from beneficiaries.signals import people_merged
from beneficiaries.slots import merge_shares
from beneficiaries.workflows import MERGE
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import Area, User
from ministry.workflow import Transition

What = MergeStep.What
HEAD = Membership.Relationship.HEAD


def areas_of(merge: Merge) -> list[Area | None]:
    """Return the areas of the households concerned; a decision needs the right in each."""
    found = {home.area_id: home.area for home in (merge.kept_household, merge.closed_household) if home is not None}
    return list(found.values()) or [None]


def lock_merge(merge: Merge) -> Merge:
    """Return the merge, locked, with all that a decision looks at."""
    return (
        Merge.objects.select_for_update(of=("self",))
        .select_related("kept_household__area", "closed_household__area", "proposed_by")
        .get(pk=merge.pk)
    )


def check(verb: str, merge: Merge, actor: User) -> Transition:
    """Return the transition if the actor may take it in the areas of both households."""
    for area in areas_of(merge):
        transition = MERGE.check(verb, status=merge.status, actor=actor, area=area)
    return transition


def verbs_open_to(*, merge: Merge, actor: User) -> list[str]:
    """Return what the actor may do with a merge now, for a page's buttons."""
    verbs = [transition.verb for transition in MERGE]
    for area in areas_of(merge):
        available = MERGE.available(status=merge.status, actor=actor, area=area)
        verbs = [verb for verb in verbs if verb in available]
    alone = {"confirm": merge.proposed_by_id, "confirm_undo": merge.undo_proposed_by_id}
    return [verb for verb in verbs if alone.get(verb) != actor.pk]


@transaction.atomic
def refuse_merge(*, merge: Merge, actor: User, note: str) -> Merge:
    """Refuse a proposal, or take one's own back; nothing has moved.

    Raises:
        PermissionDenied: the actor may not decide in both areas.
        TransitionNotAllowed: it was decided in the meantime.
        RuleViolation: no reason is given.
    """
    merge = lock_merge(merge)
    merge.status = check("refuse", merge, actor).target
    if not note.strip():
        raise RuleViolation(_("Say why."))
    merge.decided_by, merge.decided_at, merge.decision_note = actor, timezone.now(), note.strip()
    merge.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])
    audit.record(actor=actor, action="merge.refused", target=merge, note=merge.decision_note)
    return merge


@transaction.atomic
def confirm_merge(*, merge: Merge, actor: User, note: str = "") -> Merge:
    """Make the two cards one, as proposed: all or nothing, and each row that is touched written down.

    Memberships, identifiers, difficulties and other possible duplicates move to the card that stays; what it does not
    know is filled in. The membership of the household that is left ends today; a household without anybody leaves the
    register, and what other apps keep for it follows the person. Payments stay as they are. Two people confirming at
    once yield one merge and one TransitionNotAllowed.

    Raises:
        PermissionDenied: the actor may not confirm merges in the areas of both households.
        TransitionNotAllowed: it was decided in the meantime.
        RuleViolation: the actor proposed it, or the register has changed so that the proposal does not fit any more.
    """
    merge = lock_merge(merge)
    transition = check("confirm", merge, actor)
    if actor.pk == merge.proposed_by_id:
        raise RuleViolation(_("You proposed this merge. A second person has to confirm it."))
    DuplicatePair.objects.select_for_update().get(pk=merge.pair_id)
    households = sorted({merge.kept_household_id, merge.closed_household_id} - {None})
    list(Household.objects.select_for_update().filter(pk__in=households).order_by("pk"))
    people = {
        person.pk: person
        for person in Individual.objects.select_for_update()
        .filter(pk__in=[merge.survivor_id, merge.merged_id])
        .order_by("pk")
    }
    merge.survivor, merge.merged = people[merge.survivor_id], people[merge.merged_id]
    _check_still_fits(merge)
    lineage = Lineage(merge)
    _take_traits(merge, lineage)
    _move_identifiers(merge, lineage)
    _move_disabilities(merge, lineage)
    _move_memberships(merge, lineage)
    _move_pairs(merge, lineage)
    lineage.change(merge.merged, What.CHANGED, merged_into_id=merge.survivor_id)
    merge.status = transition.target
    merge.decided_by, merge.decided_at, merge.decision_note = actor, timezone.now(), note.strip()
    merge.memberships = list(merge.survivor.memberships.order_by("pk").values_list("pk", flat=True))
    _leave_empty_household(merge, lineage)
    merge.save(update_fields=["status", "decided_by", "decided_at", "decision_note", "memberships"])
    audit.record(
        actor=actor, action="merge.confirmed", target=merge, note=merge.decision_note, data={"steps": lineage.number}
    )
    transaction.on_commit(partial(people_merged.send_robust, Merge, merge_id=merge.pk))
    return merge


def _check_still_fits(merge: Merge) -> None:
    homes = homes_of(merge.survivor_id, merge.merged_id)
    kept_id = merge.kept_household_id
    closed = homes.closed(kept_id) if kept_id in [home.pk for home in homes.households] else None
    if (closed.pk if closed else None) != merge.closed_household_id:
        raise RuleViolation(
            _("The person has moved since this was proposed. Refuse it and propose it again from what holds now.")
        )
    check_plan(merge.survivor, merge.merged, homes, kept_id, merge.new_head_id, merge.taken)
    other = Merge.objects.filter(status=Merge.Status.PROPOSED).exclude(pk=merge.pk)
    if other.filter(Q(survivor=merge.merged_id) | Q(merged=merge.merged_id)).exists():
        raise RuleViolation(_("Another merge of one of these cards is proposed. Decide on that one first."))


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


def _leave_empty_household(merge: Merge, lineage: Lineage) -> None:
    home = merge.closed_household
    if home is None or home.pk == merge.kept_household_id or living_members(home.pk):
        return
    lineage.change(home, What.CLOSED, status=Household.Status.INACTIVE)
    for share in merge_shares:
        share.carry(merge, lineage.change)
