"""Matching the rows of an agent's report with our payments: set statements, each safe to repeat."""

from django.db import connection

# Several rows about one payment that do not say the same: none of them is applied.
_CONTRADICTIONS = """
    UPDATE programs_reconciliationrow report
    SET outcome = 'conflict', problem = 'twice_in_file', payment_id = payment.id
    FROM (
        SELECT payment_ref FROM programs_reconciliationrow
        WHERE file_id = %(file)s AND outcome = 'waiting'
        GROUP BY payment_ref HAVING count(DISTINCT (status, amount)) > 1
    ) torn
    LEFT JOIN programs_payment payment ON payment.payment_ref = torn.payment_ref
    WHERE report.file_id = %(file)s AND report.outcome = 'waiting' AND report.payment_ref = torn.payment_ref
"""


def mark_contradictions(file_id: int) -> int:
    """Mark rows of a report that contradict each other; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTRADICTIONS, {"file": file_id})
        return cursor.rowcount


# A repeated row finds the payment as the first one left it. Within one statement both would still see it as sent:
# only the first row of each payment applies, the others count as known.
_MATCH = """
    WITH judged AS (
        SELECT report.id, payment.id AS payment_id, payment.cycle_id, report.status, report.paid_on, report.agent_ref,
               CASE
                   WHEN payment.id IS NULL THEN 'no_payment'
                   WHEN payment.amount <> report.amount THEN 'other_amount'
                   WHEN payment.status = report.status THEN 'known'
                   WHEN payment.status NOT IN ('sent', 'paid', 'returned', 'failed') THEN 'not_sent'
                   WHEN cycle.status = 'closed' THEN 'cycle_closed'
                   WHEN NOT (payment.status = 'sent' OR (payment.status = 'paid' AND report.status = 'returned'))
                       THEN 'other_status'
                   WHEN row_number() OVER (PARTITION BY report.payment_ref ORDER BY report.row_number) > 1
                       THEN 'known'
                   ELSE 'fits'
               END AS verdict
        FROM programs_reconciliationrow report
        LEFT JOIN programs_payment payment ON payment.payment_ref = report.payment_ref
        LEFT JOIN programs_paymentcycle cycle ON cycle.id = payment.cycle_id
        WHERE report.file_id = %(file)s AND report.outcome = 'waiting'
          AND report.row_number >= %(low)s AND report.row_number < %(high)s
    ),
    applied AS (
        UPDATE programs_payment payment
        SET status = judged.status, status_at = statement_timestamp(),
            paid_on = CASE WHEN judged.status = 'paid' THEN judged.paid_on END, agent_ref = judged.agent_ref
        FROM judged
        WHERE payment.id = judged.payment_id AND judged.verdict = 'fits'
        RETURNING payment.cycle_id
    ),
    marked AS (
        UPDATE programs_reconciliationrow report
        SET payment_id = judged.payment_id,
            outcome = CASE judged.verdict WHEN 'fits' THEN 'matched' WHEN 'known' THEN 'repeated'
                          WHEN 'no_payment' THEN 'unmatched' ELSE 'conflict' END,
            problem = CASE WHEN judged.verdict IN ('fits', 'known') THEN '' ELSE judged.verdict END
        FROM judged
        WHERE report.id = judged.id
        RETURNING report.outcome
    )
    SELECT (SELECT coalesce(json_object_agg(outcome, rows), '{}')
            FROM (SELECT outcome, count(*) AS rows FROM marked GROUP BY outcome) outcomes),
           (SELECT coalesce(array_agg(DISTINCT cycle_id), '{}') FROM applied)
"""


def match(file_id: int, low: int, high: int) -> tuple[dict[str, int], set[int]]:
    """Match the waiting rows of a range; return rows by outcome, and the cycles whose payments changed."""
    with connection.cursor() as cursor:
        cursor.execute(_MATCH, {"file": file_id, "low": low, "high": high})
        outcomes, cycles = cursor.fetchone()
    return outcomes, set(cycles)
