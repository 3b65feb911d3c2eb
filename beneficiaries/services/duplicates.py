"""Deciding on possible duplicates. Nothing is merged or deleted here: a decision says what two rows are, and a merge
(`services.merges`) follows from it."""

from collections.abc import Mapping
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import DuplicatePair, Membership, Merge
from beneficiaries.signals import duplicate_pair_decided
from beneficiaries.workflows import DUPLICATE_PAIR
from ministry import audit
from ministry.exceptions import DomainError, RuleViolation
from ministry.models import Area, User


def areas_of(pair: DuplicatePair) -> list[Area]:
    """Return the areas of the households in which the two people live now."""
    memberships = (
        Membership.objects.current()
        .filter(individual__in=[pair.individual_a_id, pair.individual_b_id])
        .select_related("household__area")
    )
    return [membership.household.area for membership in memberships]


def _areas_or_none(pair: DuplicatePair) -> list[Area | None]:
    """Return the areas a decision covers; of people who live in no household now, the one question without an area."""
    return [*areas_of(pair)] or [None]


@transaction.atomic
def decide_duplicate_pair(
    *, pair: DuplicatePair, verb: str, actor: User, note: str, seen: str | None = None
) -> DuplicatePair:
    """Record that two rows are different people («different») or one person («same»), or that somebody has to go and
    see («visit»), and what they saw («visited»).

    «Different» is remembered and ends the hold on payments; «same» keeps it. The decision covers both households, so
    the actor must hold the right in the areas of both. It may be taken again, with a new reason; the former one stays
    in the history. `seen` is the state the actor decided on (`state_of`): of two people deciding at once the second
    is told what the first has decided.

    Raises:
        PermissionDenied: the actor may not decide in one of the two areas.
        TransitionNotAllowed: the pair is already decided that way.
        RuleViolation: no reason is given, somebody else has decided since, or a merge of the pair waits or stands.
    """
    # Nothing is joined to the locked row: what waits for a lock is read anew, what is joined to it is not.
    pair = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if seen is not None and seen != state_of(pair):
        raise RuleViolation(
            _(
                "{person} has decided on this pair in the meantime: {decision}. Look at it again before you decide."
            ).format(person=pair.decided_by, decision=pair.get_status_display())
        )
    if pair.merges.filter(status__in=(Merge.Status.PROPOSED, *Merge.STANDING)).exists():
        raise RuleViolation(_("A merge of these two cards waits or stands. Refuse or undo it first."))
    for area in _areas_or_none(pair):
        transition = DUPLICATE_PAIR.check(verb, status=pair.status, actor=actor, area=area)
    if not note.strip():
        raise RuleViolation(_("Say what your decision rests on."))
    pair.status = transition.target
    pair.decided_by = actor
    pair.decided_at = timezone.now()
    pair.note = note.strip()
    pair.save(update_fields=["status", "decided_by", "decided_at", "note"])
    audit.record(actor=actor, action=f"duplicate_pair.decided_{verb}", target=pair, note=note.strip())
    transaction.on_commit(partial(duplicate_pair_decided.send_robust, DuplicatePair, pair_id=pair.pk))
    return pair


@transaction.atomic
def decide_duplicate_pairs(*, seen: Mapping[int, str], verb: str, actor: User, note: str) -> list[DuplicatePair]:
    """Decide on several pairs of one group alike: all, or none and which one stood in the way.

    `seen` holds for each pair (its key) the state the actor decided on.

    Raises:
        PermissionDenied, TransitionNotAllowed, RuleViolation: as `decide_duplicate_pair`, naming the pair.
    """
    decided = []
    for pair in DuplicatePair.objects.filter(pk__in=seen).order_by("pk"):
        try:
            decided.append(decide_duplicate_pair(pair=pair, verb=verb, actor=actor, note=note, seen=seen[pair.pk]))
        except DomainError as error:
            raise RuleViolation(
                _("Nothing was decided, because of pair {number}: {reason}").format(
                    number=pair.pk, reason=error.message
                )
            ) from error
    return decided


def state_of(pair: DuplicatePair) -> str:
    """Return what tells one decision on a pair from the next, for a page to hand back."""
    return f"{pair.status} {pair.decided_at.isoformat() if pair.decided_at else ''}".strip()


def verbs_open_to(*, pair: DuplicatePair, actor: User) -> list[str]:
    """Return the decisions the actor may take on the pair, for a page's buttons."""
    if pair.merges.filter(status__in=(Merge.Status.PROPOSED, *Merge.STANDING)).exists():
        return []
    open_verbs: list[str] = [transition.verb for transition in DUPLICATE_PAIR]
    for area in _areas_or_none(pair):
        available = DUPLICATE_PAIR.available(status=pair.status, actor=actor, area=area)
        open_verbs = [verb for verb in open_verbs if verb in available]
    return open_verbs
