"""Confirming or refusing a merge: the second person's part."""

from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import DuplicatePair, Household, HouseholdMerge, Individual, Merge
from beneficiaries.queries.cards import homes_of
from beneficiaries.services.merges.lineage import Lineage
from beneficiaries.services.merges.moving import carry_out
from beneficiaries.services.merges.proposing import check_plan
from beneficiaries.signals import people_merged
from beneficiaries.workflows import MERGE
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import Area, User
from ministry.workflow import Transition


def areas_of(merge: Merge | HouseholdMerge) -> list[Area | None]:
    """Return the areas of the households concerned; a decision needs the right in each."""
    found = {home.area_id: home.area for home in (merge.kept_household, merge.closed_household) if home is not None}
    return list(found.values()) or [None]


def lock_merge(merge: Merge) -> Merge:
    """Return the merge, locked, with all that a decision looks at.

    Raises:
        RuleViolation: it is a part of the joining of two files, which is decided as a whole.
    """
    if merge.whole_id:
        raise RuleViolation(_("This merge is a part of the joining of two files. Decide on the whole of it."))
    return (
        Merge.objects.select_for_update(of=("self",))
        .select_related("kept_household__area", "closed_household__area", "proposed_by")
        .get(pk=merge.pk)
    )


def check(verb: str, merge: Merge | HouseholdMerge, actor: User) -> Transition:
    """Return the transition if the actor may take it in the areas of both households."""
    for area in areas_of(merge):
        transition = MERGE.check(verb, status=merge.status, actor=actor, area=area)
    return transition


def verbs_open_to(*, merge: Merge | HouseholdMerge, actor: User) -> list[str]:
    """Return what the actor may do with a merge or a joining now, for a page's buttons."""
    if isinstance(merge, Merge) and merge.whole_id:
        return []
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
    households = sorted({pk for pk in (merge.kept_household_id, merge.closed_household_id) if pk is not None})
    list(Household.objects.select_for_update().filter(pk__in=households).order_by("pk"))
    people = {
        person.pk: person
        for person in Individual.objects.select_for_update()
        .filter(pk__in=[merge.survivor_id, merge.merged_id])
        .order_by("pk")
    }
    merge.survivor, merge.merged = people[merge.survivor_id], people[merge.merged_id]
    check_still_fits(merge)
    lineage = Lineage(merge)
    carry_out(merge, lineage, actor)
    merge.status = transition.target
    merge.decided_by, merge.decided_at, merge.decision_note = actor, timezone.now(), note.strip()
    merge.save(update_fields=["status", "decided_by", "decided_at", "decision_note", "memberships"])
    audit.record(
        actor=actor, action="merge.confirmed", target=merge, note=merge.decision_note, data={"steps": lineage.number}
    )
    transaction.on_commit(partial(people_merged.send_robust, Merge, merge_id=merge.pk))
    return merge


def check_still_fits(merge: Merge) -> None:
    """Raise RuleViolation where the register has changed so that a proposal does not fit any more."""
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
