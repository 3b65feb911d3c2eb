"""Taking a merge back: the lineage read backwards, by two people."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Consent, Household, Individual, Membership, Merge, MergeStep
from beneficiaries.services.merges.consents import why_consent_cannot_return
from beneficiaries.services.merges.deciding import check, lock_merge
from beneficiaries.services.merges.lineage import locked_row, put_back, stored
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
    refuse_if_in_the_way(obstacles_to_undo(merge))
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
    take_back([merge])
    merge.status = transition.target
    merge.undone_by, merge.undone_at = actor, timezone.now()
    merge.save(update_fields=["status", "undone_by", "undone_at"])
    audit.record(actor=actor, action="merge.undone", target=merge, note=note.strip())
    transaction.on_commit(partial(people_parted.send_robust, Merge, merge_id=merge.pk))
    return merge


def take_back(merges: Sequence[Merge]) -> None:
    """Give every row that these merges touched, one after the other, what it held before; in reverse order.

    Raises:
        RuleViolation: something that happened since stands in the way; it says what.
    """
    households = {
        key for merge in merges for key in (merge.kept_household_id, merge.closed_household_id) if key is not None
    }
    people = {key for merge in merges for key in (merge.survivor_id, merge.merged_id)}
    list(Household.objects.select_for_update().filter(pk__in=households).order_by("pk"))
    list(Individual.objects.select_for_update().filter(pk__in=people).order_by("pk"))
    rows = [(step, locked_row(step)) for step in _steps_of(merges)]
    refuse_if_in_the_way(obstacles_among(merges))
    for step, row in reversed(rows):
        if row is None:
            continue
        row.refresh_from_db()
        if not _touched(row, step.after):
            put_back(step, row)


def obstacles_to_undo(merge: Merge) -> list[str]:
    """Return, in whole sentences, what has come to depend on a merge since and so stands in the way of undoing it."""
    return obstacles_among([merge])


def obstacles_among(merges: Sequence[Merge]) -> list[str]:
    """Return what stands in the way of undoing these merges together; they were made in this order."""
    sentences: list[str] = []
    for merge in merges:
        sentences += [*_later_merges(merge), *_later_moves(merge)]
    sentences += _later_changes(merges)
    for merge in merges:
        sentences += _of_other_apps(merge)
    return list(dict.fromkeys(sentences))


def _steps_of(merges: Sequence[Merge]) -> list[MergeStep]:
    return [step for merge in merges for step in merge.steps.order_by("number")]


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


def _later_changes(merges: Sequence[Merge]) -> Iterator[str]:
    steps = _steps_of(merges)
    new_heads = [step.record_id for step in steps if step.after.get("relationship") == HEAD]
    reopened = {
        step.record_id
        for step in steps
        if step.record_type == _HOUSEHOLD and step.after.get("status") == Household.Status.INACTIVE
    }
    # Several steps may have touched one row: what it must still hold is what the last of them left in each column.
    first: dict[tuple[str, int], dict[str, Any]] = {}
    left: dict[tuple[str, int], dict[str, Any]] = {}
    for step in steps:
        place = (step.record_type, step.record_id)
        first[place] = {**step.before, **first.get(place, {})}
        left[place] = {**left.get(place, {}), **step.after}
    for place, after in left.items():
        row = apps.get_model(place[0])._base_manager.filter(pk=place[1]).first()
        if row is None:
            # A possible duplicate whose cause is gone is withdrawn by the sweep: there is nothing to put back.
            continue
        # A trait of the card that stays: somebody has put it right since, and what is right stays right.
        held = {name: value for name, value in after.items() if place[0] != _INDIVIDUAL or name == "merged_into_id"}
        if touched := _touched(row, held):
            yield _("{kind} {number}: {traits} has changed since. Put that back first.").format(
                kind=row._meta.verbose_name, number=row, traits=", ".join(touched)
            )
        if isinstance(row, Membership) and "left_on" in after and first[place]["left_on"] is None:
            yield from _why_not_reopen(row, new_heads, reopened)
        if isinstance(row, Consent) and after.get("withdrawn_on") and (sentence := why_consent_cannot_return(row)):
            yield sentence


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


def _touched(row: models.Model, after: dict[str, Any]) -> list[str]:
    """Return the names of the columns that were left with these values and hold something else by now."""
    now = stored(row, after)
    fields = {field.attname: field for field in row._meta.concrete_fields}
    return [str(fields[name].verbose_name) for name, value in after.items() if now[name] != value]


def _of_other_apps(merge: Merge) -> Iterator[str]:
    for share in merge_shares:
        yield from share.obstacles(merge)


def refuse_if_in_the_way(obstacles: list[str]) -> None:
    """Raise RuleViolation with all that stands in the way of undoing, if anything does."""
    if obstacles:
        raise RuleViolation(" ".join([_("This merge cannot be undone now."), *obstacles]))
