"""Decisions about single payments: holds, further attempts, and what ends here."""

import datetime as dt

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Membership
from ministry import audit
from ministry.certain import certain
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import User
from programs.models import Payment, PaymentCycle
from programs.payments.holds import release_cleared
from programs.workflows import PAYMENT

HoldReason = Payment.HoldReason
Status = Payment.Status

# Holds may be lifted while the lines stand but the cycle is not over.
HOLDS_LIFTED_IN = (
    PaymentCycle.Status.PREPARED,
    PaymentCycle.Status.IN_REVIEW,
    PaymentCycle.Status.APPROVED,
    PaymentCycle.Status.RELEASED,
    PaymentCycle.Status.RECONCILING,
)
DECIDED_IN = (PaymentCycle.Status.RELEASED, PaymentCycle.Status.RECONCILING)


def _lock(payment: Payment) -> Payment:
    # The cycle first: closing it and deciding about one of its payments wait for each other.
    PaymentCycle.objects.select_for_update().get(pk=payment.cycle_id)
    return (
        Payment.objects.select_for_update(of=("self",)).select_related("cycle", "entitlement__area").get(pk=payment.pk)
    )


def _check(verb: str, payment: Payment, actor: User, cycle_statuses: tuple[str, ...]) -> str:
    target = PAYMENT.check(verb, status=payment.status, actor=actor, area=payment.entitlement.area).target
    if payment.cycle.status not in cycle_statuses:
        raise TransitionNotAllowed(_("The payment cycle is not in a state in which this can be decided."))
    return target


def available_verbs(payment: Payment, actor: User) -> list[str]:
    """Return what the actor may decide about a payment now."""
    verbs = PAYMENT.available(status=payment.status, actor=actor, area=payment.entitlement.area)
    status = payment.cycle.status
    if payment.settled_at or payment.entitlement.payments.filter(attempt__gt=payment.attempt).exists():
        return []
    return [verb for verb in verbs if status in (HOLDS_LIFTED_IN if verb in {"hold", "release_hold"} else DECIDED_IN)]


@transaction.atomic
def hold_payment(*, payment: Payment, actor: User, kind: str, note: str) -> Payment:
    """Put a ready payment on hold: it goes into no list until somebody lifts the hold.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says; it may be on a list already.
        RuleViolation: the kind is not one that people use, or no reason was given.
    """
    payment = _lock(payment)
    target = _check("hold", payment, actor, HOLDS_LIFTED_IN)
    if kind not in Payment.HELD_BY_PEOPLE:
        raise RuleViolation(_("Choose why the payment is put on hold."))
    _refuse_without(note)
    payment.status, payment.status_at, payment.hold_reason = target, timezone.now(), kind
    payment.held_by, payment.hold_note = actor, note.strip()
    payment.save(update_fields=["status", "status_at", "hold_reason", "held_by", "hold_note"])
    audit.record(actor=actor, action="payment.held", target=payment, note=note, data={"reason": kind})
    return payment


@transaction.atomic
def release_hold(*, payment: Payment, actor: User, reason: str = "") -> Payment:
    """Make a held payment ready: it goes into the next list.

    A hold for a duplicate is lifted once people decided that the rows are different people (or the other household
    is no longer paid); one for want of a payee once the household has a living head, who then becomes the payee; one
    for a death only if the register says the payee lives; one for a complaint or an account by who says why.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: the reason of the hold still stands, or one that people gave is lifted without saying why.
    """
    payment = _lock(payment)
    target = _check("release_hold", payment, actor, HOLDS_LIFTED_IN)
    if payment.hold_reason == HoldReason.NO_PAYEE:
        payment.payee_id = _living_head(payment)
        payment.status, payment.status_at = target, timezone.now()
        payment.save(update_fields=["payee", "status", "status_at"])
    elif payment.hold_reason in Payment.HELD_BY_PEOPLE:
        if payment.payee is not None and payment.payee.died_on:
            raise RuleViolation(_("According to the register the payee has died. The payment cannot be collected."))
        _refuse_without(reason)
        payment.status, payment.status_at = target, timezone.now()
        payment.save(update_fields=["status", "status_at"])
    elif not release_cleared(payment.cycle_id, payment.pk):
        raise RuleViolation(
            _(
                "The possible duplicate still stands, or the amount was worked out before two files were merged. Decide"
                " in the register first, or cancel this payment."
            )
        )
    audit.record(
        actor=actor,
        action="payment.hold_released",
        target=payment,
        note=reason,
        data={"reason": payment.hold_reason},
    )
    payment.refresh_from_db()
    return payment


def _living_head(payment: Payment) -> int:
    head = (
        Membership.objects.current()
        .filter(household_id=payment.entitlement.household_id, relationship="head", individual__died_on__isnull=True)
        .values_list("individual_id", flat=True)
        .first()
    )
    if head is None:
        raise RuleViolation(_("The household has no living head. Name one in the register first."))
    return head


@transaction.atomic
def release_cleared_holds(*, cycle: PaymentCycle, actor: User) -> int:
    """Lift every hold of a cycle whose duplicate has been decided, at once, and return how many.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
    """
    cycle = PaymentCycle.objects.select_for_update().get(pk=cycle.pk)
    PAYMENT.check("release_hold", status=Status.HELD, actor=actor)
    if cycle.status not in HOLDS_LIFTED_IN:
        raise TransitionNotAllowed(_("The payment cycle is not in a state in which this can be decided."))
    count = release_cleared(cycle.pk)
    if count:
        audit.record(actor=actor, action="payment_cycle.holds_released", target=cycle, data={"payments": count})
    return count


@transaction.atomic
def reissue_payment(*, payment: Payment, actor: User, reason: str) -> Payment:
    """Try a returned or failed payment again: a further attempt with a number of its own, ready for the next list.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: it was tried again or settled already, no reason was given, or nobody can collect it.
    """
    payment = _lock(payment)
    _check("reissue", payment, actor, DECIDED_IN)
    _refuse_when_decided(payment)
    _refuse_without(reason)
    if certain(payment.payee).died_on:
        raise RuleViolation(_("The payee has died. Settle this payment; the next month goes to the new head."))
    attempt = Payment.objects.create(
        entitlement=payment.entitlement,
        cycle=payment.cycle,
        attempt=payment.attempt + 1,
        amount=payment.amount,
        currency=payment.currency,
        payee=payment.payee,
        payment_ref=f"{first_reference(payment)}-{payment.attempt + 1}",
        status=Status.READY,
        status_at=timezone.now(),
    )
    audit.record(actor=actor, action="payment.reissued", target=payment, note=reason, data={"payment": attempt.pk})
    return attempt


def first_reference(payment: Payment) -> str:
    """Return the number of the first attempt; further ones add «-2», «-3»."""
    return payment.entitlement.payments.order_by("attempt").values_list("payment_ref", flat=True)[0]


@transaction.atomic
def cancel_payment(*, payment: Payment, actor: User, reason: str) -> Payment:
    """Decide that a held or ready payment is not paid, e.g. because the duplicate is real.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: no reason was given.
    """
    payment = _lock(payment)
    target = _check("cancel", payment, actor, DECIDED_IN)
    _refuse_without(reason)
    return _settle(payment, actor, reason, status=target, action="payment.cancelled")


@transaction.atomic
def settle_payment(*, payment: Payment, actor: User, reason: str) -> Payment:
    """Decide that a returned or failed payment is not tried again; the money stays with the ministry.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: it was tried again or settled already, or no reason was given.
    """
    payment = _lock(payment)
    _check("settle", payment, actor, DECIDED_IN)
    _refuse_when_decided(payment)
    _refuse_without(reason)
    return _settle(payment, actor, reason, status=payment.status, action="payment.settled")


def _settle(payment: Payment, actor: User, reason: str, *, status: str, action: str) -> Payment:
    now: dt.datetime = timezone.now()
    if payment.status != status:
        payment.status, payment.status_at = status, now
    payment.settled_by, payment.settled_at, payment.settled_reason = actor, now, reason.strip()
    payment.save(update_fields=["status", "status_at", "settled_by", "settled_at", "settled_reason"])
    audit.record(actor=actor, action=action, target=payment, note=reason)
    return payment


def _refuse_when_decided(payment: Payment) -> None:
    latest = payment.entitlement.payments.aggregate(latest=Max("attempt"))["latest"]
    if payment.settled_at or latest > payment.attempt:
        raise RuleViolation(_("This payment has already been decided on."))


def _refuse_without(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation(_("Say why. The reason stays with the payment."))
