"""Holds that people place and lift, and the hold of payments to people who have died."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry
from programs.models import Payment, PaymentCycle
from programs.services import payments as services
from programs.services.payment_cycles import release_payment_cycle
from tests.ministry.factories import UserFactory
from tests.programs.payment_factories import (
    TAKAFUL,
    approved,
    cycle_of,
    enrol,
    household,
    make_file,
    prepared,
    preparer,
    program_in_force,
    released,
    releaser,
    sent,
)

pytestmark = pytest.mark.django_db


def takaful_cycle(*homes) -> PaymentCycle:
    program = program_in_force(TAKAFUL)
    enrol(program, *(homes or (household(),)))
    return cycle_of(program)


def died(home) -> None:
    person = home.memberships.get(relationship="head").individual
    person.died_on = dt.date(2026, 11, 3)
    person.save()


@pytest.mark.parametrize("state", [prepared, approved, released])
@pytest.mark.parametrize("kind", ["complaint", "account", "death"])
def test_a_person_holds_and_another_lifts_and_both_say_why(state, kind):
    payment, officer = state(takaful_cycle()).payments.get(), preparer()
    services.hold_payment(payment=payment, actor=officer, kind=kind, note="file 12")
    payment.refresh_from_db()
    assert (payment.status, payment.hold_reason, payment.held_by, payment.hold_note) == (
        "held",
        kind,
        officer,
        "file 12",
    )
    with pytest.raises(RuleViolation):
        services.release_hold(payment=payment, actor=preparer())
    assert services.release_hold(payment=payment, actor=preparer(), reason="settled").status == "ready"
    notes = AuditEntry.objects.filter(target_type="programs.payment").order_by("id").values_list("action", "note")
    assert list(notes) == [("payment.held", "file 12"), ("payment.hold_released", "settled")]


def test_a_held_payment_goes_into_no_list():
    one, two = household(), household()
    cycle = released(takaful_cycle(one, two))
    payment = cycle.payments.get(entitlement__household=one)
    services.hold_payment(payment=payment, actor=preparer(), kind="complaint", note="c-1")
    assert make_file(cycle).lines == 1


def test_what_is_on_a_list_is_held_no_more():
    with pytest.raises(TransitionNotAllowed):
        services.hold_payment(
            payment=sent(takaful_cycle()).payments.get(), actor=preparer(), kind="complaint", note="late"
        )


@pytest.mark.parametrize(("kind", "note"), [("duplicate", "x"), ("no_payee", "x"), ("", "x"), ("complaint", "  ")])
def test_kinds_of_the_register_and_no_reason_are_refused(kind, note):
    payment = prepared(takaful_cycle()).payments.get()
    with pytest.raises(RuleViolation):
        services.hold_payment(payment=payment, actor=preparer(), kind=kind, note=note)
    with pytest.raises(PermissionDenied):
        services.hold_payment(payment=payment, actor=UserFactory(), kind="complaint", note="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(status="held", hold_reason="complaint")


def test_who_has_died_is_not_paid_and_lifting_waits_for_the_register():
    home, other = household(), household()
    died(home)
    cycle = prepared(takaful_cycle(home, other))
    payment = cycle.payments.get(status="held")
    assert (payment.entitlement.household, payment.hold_reason) == (home, "death")
    with pytest.raises(RuleViolation):
        services.release_hold(payment=payment, actor=preparer(), reason="a mistake")
    head = home.memberships.get(relationship="head").individual
    head.died_on = None
    head.save()
    assert services.release_hold(payment=payment, actor=preparer(), reason="a mistake").status == "ready"


def test_who_died_after_the_preparation_is_held_at_release():
    home = household()
    cycle = approved(takaful_cycle(home, household()))
    died(home)
    release_payment_cycle(cycle=cycle, actor=releaser())
    assert cycle.payments.get(hold_reason="death").entitlement.household == home


def test_the_page_holds_with_kind_and_reason():
    payment = prepared(takaful_cycle()).payments.get()
    client = Client(headers={"accept-language": "en"})
    client.force_login(preparer())
    path = reverse("programs:payment_verb", args=[payment.pk, "hold"])
    assert client.get(path).status_code == 200
    assert client.post(path, {"kind": "", "reason": "see file"}).status_code == 422
    assert client.post(path, {"kind": "account", "reason": "see file"}).url == payment.entitlement.get_absolute_url()
    page = client.get(payment.entitlement.get_absolute_url()).content.decode()
    assert "see file" in page
    lifted = client.post(reverse("programs:payment_verb", args=[payment.pk, "release_hold"]), {"reason": "valid again"})
    assert lifted.status_code == 302
    payment.refresh_from_db()
    assert payment.status == "ready"
