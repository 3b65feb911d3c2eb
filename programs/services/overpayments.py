"""The verbs of overpayments: one person finds, another confirms, and the preparation of later months takes back."""

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User
from programs.models import Entitlement, Overpayment
from programs.payments.preparation import minor_units
from programs.workflows import OVERPAYMENT


@transaction.atomic
def propose_overpayment(
    *, line: Entitlement, amount: Decimal, recovered_from: dt.date, reason: str, actor: User
) -> Overpayment:
    """Say that a household was paid more than it was due; nothing is taken before a second person confirms it.

    `line` is the month in which it was found: it names household, programme and currency.

    Raises:
        PermissionDenied: the actor may not do this where the household lives.
        RuleViolation: the amount is not above zero or has too many decimals, no reason was given, or the same proposal
            waits already (a button pressed twice).
    """
    household = line.household
    if not actor.has_perm("programs.add_overpayment", household.area):
        raise PermissionDenied
    currency = line.cycle.currency
    if amount <= 0 or amount != amount.quantize(Decimal(1).scaleb(-minor_units(currency))):
        raise RuleViolation(_("Give an amount above zero, with no more decimals than the currency has."))
    if not reason.strip():
        raise RuleViolation(_("Say why. The household is told the reason when it asks."))
    Entitlement.objects.select_for_update().get(pk=line.pk)
    if Overpayment.objects.filter(
        household=household, status=Overpayment.Status.PROPOSED, amount=amount, reason=reason.strip(), proposed_by=actor
    ).exists():
        raise RuleViolation(_("You have proposed exactly this already; it waits for a second person."))
    overpayment = Overpayment.objects.create(
        program_id=line.program_id,
        household=household,
        amount=amount,
        currency=currency,
        recovered_from=recovered_from.replace(day=1),
        reason=reason.strip(),
        proposed_by=actor,
    )
    audit.record(
        actor=actor, action="overpayment.proposed", target=overpayment, note=reason, data={"amount": str(amount)}
    )
    return overpayment


@transaction.atomic
def decide_overpayment(*, overpayment: Overpayment, verb: str, actor: User, note: str = "") -> Overpayment:
    """Confirm or refuse what another person found, or waive what is left of it.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: the actor found it, or gives no reason for refusing or waiving.
    """
    overpayment = (
        Overpayment.objects.select_for_update(of=("self",)).select_related("household__area").get(pk=overpayment.pk)
    )
    target = OVERPAYMENT.check(verb, status=overpayment.status, actor=actor, area=overpayment.area).target
    if actor.pk == overpayment.proposed_by_id:
        raise RuleViolation(_("Whoever decides must differ from the person who proposed it."))
    if verb != "confirm" and not note.strip():
        raise RuleViolation(_("Say why. The reason stays with the proposal."))
    overpayment.status, overpayment.decided_by, overpayment.decided_at = target, actor, timezone.now()
    overpayment.decision_note = note.strip()
    overpayment.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])
    audit.record(actor=actor, action=f"overpayment.{target}", target=overpayment, note=note)
    return overpayment


def available_verbs(overpayment: Overpayment, actor: User) -> list[str]:
    """Return what the actor may decide about an overpayment now."""
    if actor.pk == overpayment.proposed_by_id:
        return []
    return OVERPAYMENT.available(status=overpayment.status, actor=actor, area=overpayment.area)
