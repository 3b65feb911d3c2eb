"""What the database refuses, whoever asks: attacks by raw SQL, with every service out of the way."""

import datetime as dt

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from programs.models import Entitlement, Payment, PaymentCycle
from tests.ministry.factories import UserFactory
from tests.programs.payment_factories import (
    TAKAFUL,
    approved,
    cycle_of,
    enrol,
    household,
    in_review,
    prepared,
    program_in_force,
    released,
    sent,
)

pytestmark = pytest.mark.django_db


def takaful_cycle(*homes):
    program = program_in_force(TAKAFUL)
    enrol(program, *(homes or (household(), household())))
    return cycle_of(program)


def attack(statement: str, *params: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)


def refused(statement: str, *params: object, by: str) -> None:
    with pytest.raises((IntegrityError, InternalError), match=by):
        attack(statement, *params)


class TestThreePeople:
    def test_one_person_cannot_prepare_and_approve(self):
        cycle = in_review(takaful_cycle())
        refused(
            "UPDATE programs_paymentcycle SET status = 'approved', approved_by_id = prepared_by_id, approved_at = now()"
            " WHERE id = %s",
            cycle.pk,
            by="payment_cycle_three_different_people",
        )

    @pytest.mark.parametrize("earlier", ["prepared_by_id", "approved_by_id", "submitted_by_id"])
    def test_one_person_cannot_release_what_they_prepared_or_approved(self, earlier):
        cycle = approved(takaful_cycle())
        refused(
            f"UPDATE programs_paymentcycle SET status = 'released', released_by_id = {earlier}, released_at = now()"
            " WHERE id = %s",
            cycle.pk,
            by="payment_cycle_three_different_people",
        )

    def test_nobody_is_no_approver(self):
        cycle = in_review(takaful_cycle())
        refused(
            "UPDATE programs_paymentcycle SET status = 'approved' WHERE id = %s",
            cycle.pk,
            by="payment_cycle_approved_by_a_second_person",
        )

    def test_nobody_is_no_releaser(self):
        cycle = approved(takaful_cycle())
        refused(
            "UPDATE programs_paymentcycle SET status = 'released' WHERE id = %s",
            cycle.pk,
            by="payment_cycle_released_by_a_third_person",
        )

    def test_the_approver_cannot_be_exchanged_later(self):
        cycle = released(takaful_cycle())
        refused(
            "UPDATE programs_paymentcycle SET approved_by_id = %s WHERE id = %s",
            UserFactory().pk,
            cycle.pk,
            by="does not change",
        )

    @pytest.mark.parametrize("target", ["approved", "released", "closed"])
    def test_steps_cannot_be_skipped(self, target):
        cycle, one, two = prepared(takaful_cycle()), UserFactory(), UserFactory()
        refused(
            f"UPDATE programs_paymentcycle SET status = '{target}', submitted_by_id = prepared_by_id,"
            " approved_by_id = %s, approved_at = now(), released_by_id = %s, released_at = now() WHERE id = %s",
            one.pk,
            two.pk,
            cycle.pk,
            by="cannot take this step",
        )

    def test_an_approved_cycle_does_not_go_back(self):
        cycle = approved(takaful_cycle())
        refused("UPDATE programs_paymentcycle SET status = 'draft' WHERE id = %s", cycle.pk, by="cannot take this step")

    def test_cycles_do_not_go_away(self):
        cycle = takaful_cycle()
        refused("DELETE FROM programs_paymentcycle WHERE id = %s", cycle.pk, by="Cannot delete")

    def test_a_cycle_is_not_born_approved(self):
        cycle = approved(takaful_cycle())
        refused(
            "INSERT INTO programs_paymentcycle (program_id, version_id, period, agent_id, currency, status, households,"
            " lines, total, created_by_id, created_at, prepared_by_id, prepared_at, submitted_by_id, approved_by_id,"
            " approved_at, note) SELECT program_id, version_id, '2026-12-01', agent_id, currency, status, households,"
            " lines, total, created_by_id, created_at, prepared_by_id, prepared_at, submitted_by_id, approved_by_id,"
            " approved_at, note FROM programs_paymentcycle WHERE id = %s",
            cycle.pk,
            by="starts as a draft",
        )


class TestOnce:
    def test_no_second_entitlement_for_household_and_month(self):
        cycle = prepared(takaful_cycle())
        refused(
            "INSERT INTO programs_entitlement (cycle_id, program_id, household_id, period, enrolment_id, area_id,"
            " payee_id, base_amount, components_amount, members_qualifying, members_counted, amount, snapshot, sha256)"
            " SELECT cycle_id, program_id, household_id, period, enrolment_id, area_id, payee_id, base_amount,"
            " components_amount, members_qualifying, members_counted, amount, snapshot, sha256"
            " FROM programs_entitlement WHERE cycle_id = %s LIMIT 1",
            cycle.pk,
            by="entitlement_once",
        )

    def test_not_even_through_another_cycle(self):
        first = prepared(takaful_cycle())
        other = cycle_of(first.program, period=dt.date(2026, 12, 1))
        refused(
            "INSERT INTO programs_entitlement (cycle_id, program_id, household_id, period, enrolment_id, area_id,"
            " payee_id, base_amount, components_amount, members_qualifying, members_counted, amount, snapshot, sha256)"
            " SELECT %s, program_id, household_id, period, enrolment_id, area_id, payee_id, base_amount,"
            " components_amount, members_qualifying, members_counted, amount, snapshot, sha256"
            " FROM programs_entitlement WHERE cycle_id = %s LIMIT 1",
            other.pk,
            first.pk,
            by="entitlement_once|being prepared",
        )

    def test_no_second_cycle_for_the_month(self):
        cycle = takaful_cycle()
        refused(
            "INSERT INTO programs_paymentcycle (program_id, version_id, period, agent_id, currency, status, households,"
            " lines, total, created_by_id, created_at, note) SELECT program_id, version_id, period, agent_id, currency,"
            " 'draft', 0, 0, 0, created_by_id, now(), '' FROM programs_paymentcycle WHERE id = %s",
            cycle.pk,
            by="payment_cycle_once_per_program_and_month",
        )

    @pytest.mark.parametrize("state", [prepared, sent])
    def test_no_second_live_payment(self, state):
        cycle = state(takaful_cycle())
        refused(
            "INSERT INTO programs_payment (entitlement_id, cycle_id, attempt, amount, currency, payee_id, payment_ref,"
            " status, hold_reason, status_at, agent_ref, settled_reason)"
            " SELECT entitlement_id, cycle_id, attempt + 1, amount, currency, payee_id, payment_ref || '-2', 'ready',"
            " '', now(), '', '' FROM programs_payment WHERE cycle_id = %s LIMIT 1",
            cycle.pk,
            by="payment_one_live_per_entitlement",
        )

    def test_a_payment_never_pays_more_than_is_due(self):
        cycle = sent(takaful_cycle())
        payment = cycle.payments.first()
        attack("UPDATE programs_payment SET status = 'failed' WHERE id = %s", payment.pk)
        refused(
            "INSERT INTO programs_payment (entitlement_id, cycle_id, attempt, amount, currency, payee_id, payment_ref,"
            " status, hold_reason, status_at, agent_ref, settled_reason)"
            " SELECT entitlement_id, cycle_id, 2, amount + 1, currency, payee_id, payment_ref || '-2', 'ready', '',"
            " now(), '', '' FROM programs_payment WHERE id = %s",
            payment.pk,
            by="exactly what its entitlement says",
        )

    def test_no_further_attempt_beside_a_delivered_one(self):
        cycle = sent(takaful_cycle())
        payment = cycle.payments.first()
        attack("UPDATE programs_payment SET status = 'paid' WHERE id = %s", payment.pk)
        with pytest.raises((IntegrityError, InternalError)):
            attack(
                "INSERT INTO programs_payment (entitlement_id, cycle_id, attempt, amount, currency, payee_id,"
                " payment_ref, status, hold_reason, status_at, agent_ref, settled_reason)"
                " SELECT entitlement_id, cycle_id, 2, amount, currency, payee_id, payment_ref || '-2', 'ready', '',"
                " now(), '', '' FROM programs_payment WHERE id = %s",
                payment.pk,
            )


class TestNothingChangesAfterApproval:
    @pytest.mark.parametrize(
        "change", ["amount = amount + 1", "payee_id = NULL", "payment_ref = 'X'", "currency = 'USD'", "attempt = 2"]
    )
    def test_money_columns_of_payments(self, change):
        cycle = approved(takaful_cycle())
        refused(f"UPDATE programs_payment SET {change} WHERE cycle_id = %s", cycle.pk, by="do not change")

    @pytest.mark.parametrize("state", [prepared, approved])
    def test_entitlements_at_any_time(self, state):
        cycle = state(takaful_cycle())
        refused("UPDATE programs_entitlement SET amount = 1 WHERE cycle_id = %s", cycle.pk, by="Cannot update")

    @pytest.mark.parametrize("table", ["programs_payment", "programs_entitlement"])
    def test_lines_do_not_go_away(self, table):
        cycle = approved(takaful_cycle())
        refused(f"DELETE FROM {table} WHERE cycle_id = %s", cycle.pk, by="stand")

    def test_lines_are_not_added(self):
        cycle = approved(takaful_cycle())
        (late,) = enrol(cycle.program, household())
        refused(
            "INSERT INTO programs_entitlement (cycle_id, program_id, household_id, period, enrolment_id, area_id,"
            " payee_id, base_amount, components_amount, members_qualifying, members_counted, amount, snapshot, sha256)"
            " SELECT cycle_id, program_id, %s, period, %s, area_id, payee_id, base_amount, components_amount,"
            " members_qualifying, members_counted, amount, snapshot, sha256 FROM programs_entitlement"
            " WHERE cycle_id = %s LIMIT 1",
            late.household_id,
            late.pk,
            cycle.pk,
            by="being prepared",
        )

    @pytest.mark.parametrize("change", ["total = total + 1", "lines = 0", "period = '2026-12-01'", "currency = 'USD'"])
    def test_the_cycles_own_figures(self, change):
        cycle = approved(takaful_cycle())
        refused(f"UPDATE programs_paymentcycle SET {change} WHERE id = %s", cycle.pk, by="does not change")

    @pytest.mark.parametrize("table", ["programs_payment", "programs_entitlement", "programs_paymentcycle"])
    def test_tables_are_not_emptied(self, table):
        approved(takaful_cycle())
        attack("SET CONSTRAINTS ALL IMMEDIATE")
        refused(f"TRUNCATE {table} CASCADE", by="may not be emptied")


class TestStatusOnlyForward:
    @pytest.mark.parametrize("status", ["sent", "paid", "cancelled"])
    def test_no_money_moves_before_release(self, status):
        cycle = approved(takaful_cycle())
        refused(
            "UPDATE programs_payment SET status = %s, batch = 1, settled_by_id = %s, settled_at = now(),"
            " settled_reason = 'x' WHERE cycle_id = %s",
            status,
            UserFactory().pk,
            cycle.pk,
            by="cannot take this step now",
        )

    @pytest.mark.parametrize(("status", "target"), [("paid", "sent"), ("paid", "ready"), ("failed", "ready")])
    def test_not_backward(self, status, target):
        cycle = sent(takaful_cycle())
        attack("UPDATE programs_payment SET status = %s WHERE cycle_id = %s", status, cycle.pk)
        refused(
            "UPDATE programs_payment SET status = %s WHERE cycle_id = %s",
            target,
            cycle.pk,
            by="cannot take this step now",
        )

    def test_not_after_closing(self):
        cycle = sent(takaful_cycle())
        attack("UPDATE programs_payment SET status = 'paid' WHERE cycle_id = %s", cycle.pk)
        attack("UPDATE programs_paymentcycle SET status = 'closed' WHERE id = %s", cycle.pk)
        refused(
            "UPDATE programs_payment SET status = 'returned' WHERE cycle_id = %s", cycle.pk, by="cannot take this step"
        )


class TestReferences:
    """References without row-by-row foreign keys hold all the same."""

    @pytest.mark.parametrize("column", ["enrolment_id", "area_id", "payee_id", "household_id", "cycle_id"])
    def test_a_line_names_only_what_exists(self, column):
        cycle = prepared(takaful_cycle())
        attack("DELETE FROM programs_payment WHERE cycle_id = %s", cycle.pk)
        columns = [field.column for field in Entitlement._meta.concrete_fields if field.column not in {"id", column}]
        with pytest.raises((IntegrityError, InternalError)):
            attack(
                f"WITH gone AS (DELETE FROM programs_entitlement WHERE cycle_id = %s RETURNING *)"
                f" INSERT INTO programs_entitlement ({column}, {', '.join(columns)})"
                f" SELECT 999999999, {', '.join(columns)} FROM gone",
                cycle.pk,
            )

    def test_an_entitlement_with_a_payment_stays(self):
        cycle = prepared(takaful_cycle())
        refused("DELETE FROM programs_entitlement WHERE cycle_id = %s", cycle.pk, by="would lose its entitlement")

    def test_a_payment_without_entitlement_is_refused(self):
        cycle = prepared(takaful_cycle())
        refused(
            "INSERT INTO programs_payment (entitlement_id, cycle_id, attempt, amount, currency, payee_id, payment_ref,"
            " status, hold_reason, status_at, agent_ref, settled_reason)"
            " SELECT 999999999, cycle_id, 1, amount, currency, payee_id, 'X', 'ready', '', now(), '', ''"
            " FROM programs_payment WHERE cycle_id = %s LIMIT 1",
            cycle.pk,
            by="exactly what its entitlement says",
        )


def test_the_tables_hold_what_the_attacks_left():
    """The attacks above start from real rows: an empty table would refuse nothing."""
    cycle = sent(takaful_cycle())
    assert Payment.objects.filter(cycle=cycle, status="sent", batch=1).count() == 2
    assert PaymentCycle.objects.filter(pk=cycle.pk, total=650).exists()
