"""Taking a merge back: the lineage read backwards, by two people."""

from collections.abc import Iterator
from functools import partial

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Household, Individual, Membership, Merge, MergeStep
from beneficiaries.services.merges.deciding import check, lock_merge
from beneficiaries.services.merges.lineage import locked_row, model_of, put_back, stored
from beneficiaries.signals import people_parted
from beneficiaries.slots import merge_shares
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User

HEAD = Membership.Relationship.HEAD
_INDIVIDUAL = Individual._meta.label_lower
_HOUSEHOLD = Household._meta.label_lower


@transaction.atomic
def propose_undo(*, merge: Merge, actor: User, note: str) -> Merge:
    """Propose to take a merge back; nothing moves until a second person confirms it.

    Raises:
        PermissionDenied: the actor may not decide in both areas.
        TransitionNotAllowed: it does not stand, or undoing is proposed already.
        RuleViolation: no reason is given, or something stands in the way.
    """
    merge = lock_merge(merge)
    transition = check("propose_undo", merge, actor)
    if not note.strip():
        raise RuleViolation(_("Say why."))
    _refuse_if_in_the_way(obstacles_to_undo(merge))
    merge.status = transition.target
    merge.undo_proposed_by, merge.undo_proposed_at, merge.undo_note = actor, timezone.now(), note.strip()
    merge.save(update_fields=["status", "undo_proposed_by", "undo_proposed_at", "undo_note"])
    audit.record(actor=actor, action="merge.undo_proposed", target=merge, note=merge.undo_note)
    return merge


@transaction.atomic
def keep_merge(*, merge: Merge, actor: User, note: str) -> Merge:
    """Refuse to take a merge back: it goes on standing.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: no reason is given.
    """
    merge = lock_merge(merge)
    merge.status = check("keep", merge, actor).target
    if not note.strip():
        raise RuleViolation(_("Say why."))
    merge.save(update_fields=["status"])
    audit.record(actor=actor, action="merge.kept", target=merge, note=note.strip())
    return merge


@transaction.atomic
def confirm_undo(*, merge: Merge, actor: User, note: str = "") -> Merge:
    """Take a merge back: every row it touched gets its former values, in reverse order.

    What was changed since in other columns, or added to the card that stays, remains as it is; a trait that was put
    right since is left alone. Two people confirming at once yield one undoing and one TransitionNotAllowed.

    Raises:
        PermissionDenied: the actor may not confirm merges in both areas.
        TransitionNotAllowed: it was decided in the meantime.
        RuleViolation: the actor proposed it, or something that happened since stands in the way; it says what.
    """
    merge = lock_merge(merge)
    transition = check("confirm_undo", merge, actor)
    if actor.pk == merge.undo_proposed_by_id:
        raise RuleViolation(_("You proposed to undo this merge. A second person has to confirm it."))
    households = sorted({merge.kept_household_id, merge.closed_household_id} - {None})
    list(Household.objects.select_for_update().filter(pk__in=households).order_by("pk"))
    list(Individual.objects.select_for_update().filter(pk__in=[merge.survivor_id, merge.merged_id]).order_by("pk"))
    rows = [(step, locked_row(step)) for step in merge.steps.order_by("number")]
    _refuse_if_in_the_way(obstacles_to_undo(merge))
    for step, row in reversed(rows):
        if row is None:
            continue
        row.refresh_from_db()
        if not _touched(step, row):
            put_back(step, row)
    merge.status = transition.target
    merge.undone_by, merge.undone_at = actor, timezone.now()
    merge.save(update_fields=["status", "undone_by", "undone_at"])
    audit.record(actor=actor, action="merge.undone", target=merge, note=note.strip())
    transaction.on_commit(partial(people_parted.send_robust, Merge, merge_id=merge.pk))
    return merge


def obstacles_to_undo(merge: Merge) -> list[str]:
    """Return, in whole sentences, what has come to depend on a merge since and so stands in the way of undoing it."""
    return [*_later_merges(merge), *_later_moves(merge), *_later_changes(merge), *_of_other_apps(merge)]


def _later_merges(merge: Merge) -> Iterator[str]:
    later = Merge.objects.standing().filter(merged=merge.survivor_id).first()
    if later:
        yield _("The card that stayed has itself been merged since (merge {number}). Undo that merge first.").format(
            number=later.pk
        )


def _later_moves(merge: Merge) -> Iterator[str]:
    newer = Membership.objects.filter(individual=merge.survivor_id).exclude(pk__in=merge.memberships)
    for membership in newer.select_related("household"):
        yield _(
            "The person has joined household {household} since. It cannot be told which of the two did: close that"
            " membership first."
        ).format(household=membership.household.household_ref)


def _later_changes(merge: Merge) -> Iterator[str]:
    new_heads = [step.record_id for step in merge.steps.all() if step.after.get("relationship") == HEAD]
    reopened = {
        step.record_id
        for step in merge.steps.all()
        if step.record_type == _HOUSEHOLD and step.after.get("status") == Household.Status.INACTIVE
    }
    for step in merge.steps.order_by("number"):
        row = model_of(step)._base_manager.filter(pk=step.record_id).first()
        if row is None:
            # A possible duplicate whose cause is gone is withdrawn by the sweep: there is nothing to put back.
            continue
        touched = _touched(step, row)
        if touched and not _may_be_left(step):
            yield _("{kind} {number}: {traits} has changed since. Put that back first.").format(
                kind=row._meta.verbose_name, number=row, traits=", ".join(touched)
            )
        if isinstance(row, Membership) and "left_on" in step.after and step.before["left_on"] is None:
            yield from _why_not_reopen(row, new_heads, reopened)


def _why_not_reopen(row: Membership, new_heads: list[int], reopened: set[int]) -> Iterator[str]:
    home = row.household
    if home.status == Household.Status.INACTIVE and home.pk not in reopened:
        yield _("Household {household} has left the register since. Bring it back first.").format(
            household=home.household_ref
        )
    heads = home.memberships.current().filter(relationship=HEAD).exclude(pk__in=[*new_heads, row.pk])
    if row.relationship == HEAD and heads.exists():
        yield _("Household {household} has got another head since. Change that first.").format(
            household=home.household_ref
        )


def _touched(step: MergeStep, row: models.Model) -> list[str]:
    """Return the names of the columns a step set that hold something else by now."""
    now = stored(row, step.after)
    fields = {field.attname: field for field in row._meta.concrete_fields}
    return [str(fields[name].verbose_name) for name, value in step.after.items() if now[name] != value]


def _may_be_left(step: MergeStep) -> bool:
    # A trait of the card that stays: somebody has put it right since, and what is right stays right.
    return step.record_type == _INDIVIDUAL and "merged_into_id" not in step.after


def _of_other_apps(merge: Merge) -> Iterator[str]:
    for share in merge_shares:
        yield from share.obstacles(merge)


def _refuse_if_in_the_way(obstacles: list[str]) -> None:
    if obstacles:
        raise RuleViolation(" ".join([_("This merge cannot be undone now."), *obstacles]))
