"""What every verb of the vault does first: lock, check who may, and write it into the vault's own trail."""

import datetime as dt
import json
from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from complaints.models import VaultCase, VaultEvent
from complaints.workflows import VAULT
from ministry.exceptions import RuleViolation
from ministry.models import User
from ministry.workflow import Transition


def lock(case: VaultCase) -> VaultCase:
    """Return the case as it stands, locked; in an opened vault only."""
    return VaultCase.objects.select_for_update(of=("self",)).select_related("area").get(pk=case.pk)


def check(case: VaultCase, verb: str, actor: User, *, in_charge: bool = True) -> Transition:
    """Return the transition, or raise: the right where the case lies, its state, whom it names, who is in charge.

    Raises:
        PermissionDenied: the actor lacks the right, or the case names them or goes past their office.
        TransitionNotAllowed: the case is past that.
        RuleViolation: somebody else is in charge.
    """
    if not VaultCase.objects.visible_to(actor, VAULT.permission_of(verb)).filter(pk=case.pk).exists():
        raise PermissionDenied
    transition = VAULT.check(verb, status=case.status, actor=actor)
    if in_charge and case.officer_id != actor.pk:
        raise RuleViolation(_("Another officer is in charge of this case. Take it on first."))
    return transition


def by_holder_of_pin(case: VaultCase, verb: str) -> Transition:
    """Return the transition for what the complainant does: code and PIN are the permission, the status decides."""
    nobody: Any = None
    return VAULT.check(verb, status=case.status, actor=nobody, permitted=True)


def note_event(case: VaultCase, what: str, *, at: dt.datetime, by: User | None, **data: Any) -> None:
    """Write down what was done: codes and numbers only."""
    VaultEvent.objects.create(case=case, what=what, at=at, by=by, data=data)


def packed(values: dict[str, Any]) -> str:
    """Return what is to be sealed as one text; nothing where nothing was told."""
    told = {name: value for name, value in values.items() if value}
    return json.dumps(told, ensure_ascii=False) if told else ""


def officers_for(case: VaultCase, people: Collection[User]) -> list[User]:
    """Return who of these may deal with a case."""
    return [
        one
        for one in people
        if VaultCase.objects.visible_to(one, VAULT.permission_of("assign")).filter(pk=case.pk).exists()
    ]
