"""Which payments wait: the second payment of a strong possible duplicate, and those nobody can collect."""

from django.db import connection
from psycopg2.sql import SQL, Composable, Composed, Literal

# Both directions of each pair that stands against a payment, with the households the two rows live in now: strong
# and not yet decided (to be visited or not), or decided to be one person.
_PAIRS = """
    SELECT mine.household_id, other.household_id AS other_household_id
    FROM (
        SELECT individual_a_id AS mine, individual_b_id AS other FROM beneficiaries_duplicatepair
        WHERE (status IN ('open', 'visit') AND band = 'strong') OR status = 'same'
        UNION ALL
        SELECT individual_b_id, individual_a_id FROM beneficiaries_duplicatepair
        WHERE (status IN ('open', 'visit') AND band = 'strong') OR status = 'same'
    ) pair
    JOIN beneficiaries_membership mine ON mine.individual_id = pair.mine AND mine.left_on IS NULL
    JOIN beneficiaries_membership other ON other.individual_id = pair.other AND other.left_on IS NULL
"""

# A pair across households holds the enrolment that came later, in whatever programme the earlier one is paid. A pair
# inside a household has no second payment, but a member counted twice makes the amount wrong.
_DUPLICATES = """
    SELECT line.household_id,
           CASE WHEN bool_or(pair.other_household_id <> line.household_id)
                THEN 'duplicate' ELSE 'duplicate_inside' END AS reason
    FROM {lines} line
    JOIN ({pairs}) pair ON pair.household_id = line.household_id
    WHERE pair.other_household_id = line.household_id OR EXISTS (
        SELECT 1 FROM programs_enrolment earlier
        WHERE earlier.household_id = pair.other_household_id AND earlier.status = 'enrolled'
          AND (earlier.enrolled_on, earlier.id) < (line.enrolled_on, line.enrolment_id)
    )
    GROUP BY line.household_id
"""


def duplicates_among(lines: str) -> Composed:
    """Return the SELECT of (household_id, reason) to be held among the relation `lines`."""
    return SQL(_DUPLICATES).format(lines=SQL(lines), pairs=SQL(_PAIRS))


# The payments of a cycle in one status, and what would hold each of them today.
_JUDGED = """
    WITH line AS MATERIALIZED (
        SELECT payment.id AS payment_id, entitlement.household_id, entitlement.enrolment_id, enrolment.enrolled_on
        FROM programs_payment payment
        JOIN programs_entitlement entitlement ON entitlement.id = payment.entitlement_id
        JOIN programs_enrolment enrolment ON enrolment.id = entitlement.enrolment_id
        WHERE payment.cycle_id = {cycle} AND payment.status = {status} AND {condition}
    ),
    judged AS (
        SELECT line.payment_id, coalesce(held.reason, merged.reason) AS reason
        FROM line
        LEFT JOIN ({duplicates}) held USING (household_id)
        LEFT JOIN ({merged}) merged USING (household_id)
    )
"""

# Amounts worked out before two cards became one count the person in the household that was left. The pair no longer
# says so: nobody lives under the card that was merged.
_MERGED = """
    SELECT merge.closed_household_id AS household_id,
           min(CASE WHEN merge.closed_household_id = merge.kept_household_id
                    THEN 'duplicate_inside' ELSE 'duplicate' END) AS reason
    FROM beneficiaries_merge merge
    JOIN programs_paymentcycle cycle ON cycle.id = {cycle} AND cycle.prepared_at < merge.decided_at
    WHERE merge.status IN ('merged', 'undo_proposed') AND merge.closed_household_id IS NOT NULL
    GROUP BY merge.closed_household_id
"""


_ALWAYS = SQL("true")


def _judged(cycle_id: int, status: str, condition: Composable = _ALWAYS) -> Composed:
    return SQL(_JUDGED).format(
        cycle=Literal(cycle_id),
        status=Literal(status),
        condition=condition,
        duplicates=duplicates_among("line"),
        merged=SQL(_MERGED).format(cycle=Literal(cycle_id)),
    )


def _run(statement: Composable) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.connection))
        return cursor.rowcount


def hold_new_duplicates(cycle_id: int) -> int:
    """Put the ready payments of a cycle on hold that a duplicate has turned up for since; return how many."""
    return _run(
        SQL("""{judged}
            UPDATE programs_payment payment
            SET status = 'held', hold_reason = judged.reason, status_at = statement_timestamp()
            FROM judged WHERE payment.id = judged.payment_id AND judged.reason IS NOT NULL
        """).format(judged=_judged(cycle_id, "ready"))
    )


def hold_deceased(cycle_id: int) -> int:
    """Put the ready payments of a cycle on hold whose payee has died according to the register; return how many."""
    return _run(
        SQL("""
            UPDATE programs_payment payment
            SET status = 'held', hold_reason = 'death', status_at = statement_timestamp()
            FROM beneficiaries_individual person
            WHERE payment.cycle_id = {} AND payment.status = 'ready' AND person.id = payment.payee_id
              AND person.died_on IS NOT NULL
        """).format(Literal(cycle_id))
    )


def release_cleared(cycle_id: int, payment_id: int | None = None) -> int:
    """Make payments ready that were held for a duplicate which no longer stands against them; return how many.

    All of the cycle, or the one given.
    """
    condition = SQL("payment.hold_reason IN ('duplicate', 'duplicate_inside')")
    if payment_id is not None:
        condition = SQL("{} AND payment.id = {}").format(condition, Literal(payment_id))
    return _run(
        SQL("""{judged}
            UPDATE programs_payment payment SET status = 'ready', status_at = statement_timestamp()
            FROM judged
            WHERE payment.id = judged.payment_id AND judged.reason IS NULL AND payment.payee_id IS NOT NULL
        """).format(judged=_judged(cycle_id, "held", condition))
    )


def count_cleared(cycle_id: int) -> int:
    """Return how many holds of a cycle nothing stands against any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            SQL("{} SELECT count(*) FROM judged WHERE reason IS NULL")
            .format(_judged(cycle_id, "held", SQL("payment.hold_reason IN ('duplicate', 'duplicate_inside')")))
            .as_string(cursor.connection)
        )
        return cursor.fetchone()[0]
