"""Planning and finishing corrective actions."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import CorrectiveAction
from ministry import audit
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import User
from ministry.text import clean

_PLAN = "complaints.plan_correction"


@transaction.atomic
def plan_action(
    *, cause: str, title_ar: str, title_en: str = "", owner: User, due_on: dt.date, actor: User
) -> CorrectiveAction:
    """Plan what is done about a cause. The same words for the same cause, still under way, are the same action.

    Raises:
        RuleViolation: the day is over already, or there is no such person at work.
    """
    if not actor.has_perm(_PLAN):
        raise PermissionDenied
    if due_on < timezone.localdate():
        raise RuleViolation(_("The day is over already. Choose one to come."))
    if not owner.is_active:
        raise RuleViolation(_("This person does not work here any more. Choose another."))
    words = clean(title_ar)[:200]
    known = CorrectiveAction.objects.open().filter(cause=cause, title_ar=words).first()
    if known is not None:
        return known
    action = CorrectiveAction.objects.create(
        cause=cause,
        title_ar=words,
        title_en=clean(title_en)[:200],
        owner=owner,
        opened_by=actor,
        opened_at=timezone.now(),
        due_on=due_on,
    )
    audit.record(actor=actor, action="corrective_action.planned", target=action, data={"cause": cause})
    return action


@transaction.atomic
def finish_action(*, action: CorrectiveAction, result: str, actor: User) -> CorrectiveAction:
    """Say what came of an action; by its owner, or whoever plans them."""
    action = CorrectiveAction.objects.select_for_update().get(pk=action.pk)
    if actor.pk != action.owner_id and not actor.has_perm(_PLAN):
        raise PermissionDenied
    if action.status != CorrectiveAction.Status.OPEN:
        raise TransitionNotAllowed(_("This step is no longer possible: the record has changed in the meantime."))
    action.status, action.done_at, action.result = CorrectiveAction.Status.DONE, timezone.now(), clean(result)[:300]
    action.save()
    audit.record(actor=actor, action="corrective_action.finished", target=action)
    return action
