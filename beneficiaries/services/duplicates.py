"""Deciding on possible duplicates. Nothing is merged or deleted here: a decision says what two rows are."""

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import DuplicatePair, Membership
from beneficiaries.signals import duplicate_pair_decided
from beneficiaries.workflows import DUPLICATE_PAIR
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import Area, User


def areas_of(pair: DuplicatePair) -> list[Area]:
    """Return the areas of the households in which the two people live now."""
    memberships = (
        Membership.objects.current()
        .filter(individual__in=[pair.individual_a_id, pair.individual_b_id])
        .select_related("household__area")
    )
    return [membership.household.area for membership in memberships]


@transaction.atomic
def decide_duplicate_pair(*, pair: DuplicatePair, verb: str, actor: User, note: str) -> DuplicatePair:
    """Record that two rows are different people («different»), or one person («same»).

    «Different» is remembered and ends the hold on payments; «same» keeps it. The decision covers both households, so
    the actor must hold the right in the areas of both. It may be taken again, with a new reason; the former one stays
    in the history.

    Raises:
        PermissionDenied: the actor may not decide in one of the two areas.
        TransitionNotAllowed: the pair is already decided that way.
        RuleViolation: no reason is given.
    """
    pair = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    transition = None
    for area in areas_of(pair) or [None]:
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


def verbs_open_to(*, pair: DuplicatePair, actor: User) -> list[str]:
    """Return the decisions the actor may take on the pair, for a page's buttons."""
    open_verbs: list[str] = [transition.verb for transition in DUPLICATE_PAIR]
    for area in areas_of(pair) or [None]:
        available = DUPLICATE_PAIR.available(status=pair.status, actor=actor, area=area)
        open_verbs = [verb for verb in open_verbs if verb in available]
    return open_verbs
