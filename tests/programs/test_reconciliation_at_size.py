"""Five hundred bad rows among a hundred thousand: each is named, and the other 99,500 are applied."""

import io
from decimal import Decimal

import pgtrigger
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Count

from ministry import jobs
from programs.models import FundEntry, Payment, ReconciliationRow
from programs.services.reconciliation import receive_report
from tests.programs.payment_factories import TAKAFUL, cycle_of, enrol, household, program_in_force, releaser, sent

pytestmark = pytest.mark.django_db
ROWS, BAD = 100_000, 500

# Copies of one real line under other households' numbers; nothing here looks at whose they are.
_LINES = """
    INSERT INTO programs_entitlement (
        cycle_id, program_id, household_id, period, enrolment_id, area_id, payee_id, base_amount, components_amount,
        members_qualifying, members_counted, amount, snapshot, sha256
    )
    SELECT cycle_id, program_id, 1000000000 + n, period, enrolment_id, area_id, payee_id, base_amount,
           components_amount, 0, 0, amount, '', ''
    FROM programs_entitlement, generate_series(1, %s) n WHERE cycle_id = %s
"""
_PAYMENTS = """
    INSERT INTO programs_payment (
        entitlement_id, cycle_id, attempt, amount, currency, payee_id, payment_ref, status, hold_reason, status_at,
        batch, agent_ref, settled_reason
    )
    SELECT id, cycle_id, 1, amount, 'EGP', payee_id, 'BIG-' || household_id, 'sent', '', now(), 1, '', ''
    FROM programs_entitlement WHERE cycle_id = %s AND household_id > 1000000000
"""


def test_bad_rows_do_not_spoil_the_others(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    program = program_in_force(TAKAFUL)
    enrol(program, household())
    cycle = sent(cycle_of(program))
    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute(_LINES, [ROWS, cycle.pk])
        cursor.execute(_PAYMENTS, [cycle.pk])
        # What the approval of so many would have committed and paid.
        cursor.execute(
            "INSERT INTO programs_fundentry (budget_line_id, kind, amount, cycle_id, batch, entered_at)"
            " SELECT budget_line_id, kind, 325 * %s, cycle_id, batch, now() FROM programs_fundentry"
            " WHERE cycle_id = %s AND kind = 'payment'",
            [ROWS, cycle.pk],
        )
        cursor.execute(
            "UPDATE programs_fundentry SET amount = 325 * %s + 325 WHERE cycle_id = %s AND kind = 'commitment'",
            [ROWS, cycle.pk],
        )

        # As autovacuum would have by the time an agent answers.
        cursor.execute("ANALYZE programs_payment, programs_entitlement")

    # One bad row in two hundred, of five kinds in turn.
    bad = (
        lambda ref: f"{ref},paid,324.99\n",
        lambda ref: f"{ref},perhaps,325\n",
        lambda ref: f"{ref},paid,three hundred\n",
        lambda ref: f"NOBODY-{ref},paid,325\n",
        lambda _ref: ",paid,325\n",
    )
    text = io.StringIO()
    text.write("payment_ref,status,amount\n")
    for number in range(1, ROWS + 1):
        ref = f"BIG-{1000000000 + number}"
        is_bad = number % (ROWS // BAD) == 0
        text.write(bad[number // (ROWS // BAD) % len(bad)](ref) if is_bad else f"{ref},paid,325\n")

    file = receive_report(
        upload=ContentFile(text.getvalue().encode(), name="big.csv"), actor=releaser(), tell_worker=False
    )
    jobs.run_now(file.job)

    outcomes = dict(
        ReconciliationRow.objects.filter(file=file).values_list("outcome").annotate(rows=Count("id")).order_by()
    )
    assert outcomes == {"matched": 99_500, "conflict": 100, "unmatched": 100, "unreadable": 300}
    assert Payment.objects.filter(cycle=cycle, status="paid").count() == 99_500
    waiting = ReconciliationRow.objects.queued().filter(file=file)
    assert waiting.exclude(problem="").count() == BAD, "each bad row says what is wrong with it"
    assert set(waiting.values_list("row_number", flat=True)) == {
        number + 1 for number in range(ROWS // BAD, ROWS + 1, ROWS // BAD)
    }
    # Sent and paid are both out: what was reported as paid moves nothing in the ledger.
    assert not FundEntry.objects.filter(cycle=cycle, kind="return").exists()
    assert Payment.objects.filter(cycle=cycle, status="sent", amount=Decimal(325)).count() == 501
