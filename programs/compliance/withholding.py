"""What the steps of conditions change about a month's payments, as parts of the statement that writes its lines.

`rules.withheld` says the same in Python. A member's own amount is the component that is counted for that member; among
members of equal components those without a step are counted first.
"""

import datetime as dt

from django.db import connection
from psycopg2.sql import SQL, Composable, Composed, Literal

from beneficiaries.queries.standing import STANDING_CARDS
from programs.payments.recovery import DEBTS

# Steps that apply to the month. A closed period's only: what a closing under way has written does not count yet. A step
# about a card that was merged is one about the card that stands; of two for one period, the lighter one applies.
_CHARGES = """
    WITH card AS MATERIALIZED ({cards})
    SELECT step.id AS step_id, step.kind, step.share_percent, step.of_household,
           coalesce(card.person_id, step.individual_id) AS individual_id, step.enrolment_id, enrolment.household_id
    FROM programs_compliancestep step
    JOIN programs_enrolment enrolment ON enrolment.id = step.enrolment_id
    LEFT JOIN card ON card.id = step.individual_id
    WHERE step.status = 'in_force' AND step.applies_from <= {period} AND step.applies_to >= {period}
      AND enrolment.program_id = {program}
      AND NOT EXISTS (
          SELECT 1 FROM programs_compliancestep twin
          LEFT JOIN card other ON other.id = twin.individual_id
          WHERE twin.enrolment_id = step.enrolment_id AND twin.period_id = step.period_id AND twin.status = 'in_force'
            AND coalesce(other.person_id, twin.individual_id) = coalesce(card.person_id, step.individual_id)
            AND (twin.kind = 'suspension', twin.share_percent, twin.id)
                < (step.kind = 'suspension', step.share_percent, step.id))
"""

# Lines of approved months whose step was lifted since, and which nothing has paid back. Owed to whoever holds the
# enrolment today: it may have come with a person whose two cards were merged.
_OWED = """
    SELECT former.id, former.amount, former.step_id, enrolment.household_id
    FROM programs_compliancestep step
    JOIN programs_entitlementline former ON former.step_id = step.id AND former.kind = 'withheld'
    JOIN programs_enrolment enrolment ON enrolment.id = step.enrolment_id
    JOIN programs_entitlement then_due ON then_due.id = former.entitlement_id
    JOIN programs_paymentcycle then_paid ON then_paid.id = then_due.cycle_id
    WHERE step.status = 'lifted' AND then_due.program_id = {program}
      AND then_paid.status IN ('approved', 'released', 'reconciling', 'closed')
      AND NOT EXISTS (SELECT 1 FROM programs_entitlementline again WHERE again.repays_id = former.id)
"""

_BEFORE = """
    due AS MATERIALIZED ({lines}),
    charge AS MATERIALIZED ({charges} AND enrolment.household_id >= {low} AND enrolment.household_id < {high}),
    placed AS (
        SELECT membership.household_id, person.id AS individual_id, member_rank.rank,
               row_number() OVER (
                   PARTITION BY membership.household_id
                   ORDER BY member_rank.rank, person.id IN (SELECT individual_id FROM charge), person.id
               ) AS place
        FROM (SELECT DISTINCT household_id FROM charge) home
        JOIN beneficiaries_membership membership ON membership.household_id = home.household_id
        JOIN beneficiaries_individual person ON person.id = membership.individual_id
        LEFT JOIN LATERAL (
            SELECT max(severity) AS severity FROM beneficiaries_disability WHERE individual_id = person.id
        ) difficulty ON true
        CROSS JOIN LATERAL (SELECT {case} AS rank) member_rank
        WHERE membership.joined_on <= {period_end}
          AND (membership.left_on IS NULL OR membership.left_on > {period_end})
          AND (person.died_on IS NULL OR person.died_on >= {period})
    ),
    weighed AS (
        SELECT charge.step_id, due.household_id, due.amount AS due, charge.kind,
               bool_or(charge.kind = 'suspension') OVER (PARTITION BY due.household_id) AS suspended,
               CASE WHEN charge.kind = 'suspension' THEN due.amount
                    ELSE trunc(charge.share_percent * CASE WHEN charge.of_household THEN due.amount
                                                           WHEN placed.place <= {members_max}
                                                           THEN {member_amount} * {month}
                                                           ELSE 0 END / 100, {minor_units})
               END AS asked
        FROM charge
        JOIN due ON due.enrolment_id = charge.enrolment_id
        JOIN placed ON placed.household_id = charge.household_id AND placed.individual_id = charge.individual_id
    ),
    capped AS (
        SELECT step_id, household_id,
               CASE WHEN suspended AND kind <> 'suspension' THEN 0 ELSE asked END AS asked,
               CASE WHEN suspended THEN due ELSE trunc(due * {at_most} / 100, {minor_units}) END AS cap
        FROM weighed
    ),
    running AS (
        SELECT capped.*, sum(asked) OVER (PARTITION BY household_id ORDER BY step_id) AS total FROM capped
    ),
    withheld AS MATERIALIZED (
        SELECT step_id, household_id, least(cap, total) - least(cap, total - asked) AS amount FROM running
    ),
    owed AS MATERIALIZED ({owed} AND enrolment.household_id >= {low} AND enrolment.household_id < {high}),
    step_adjustment AS (
        SELECT household_id, sum(taken) AS taken, sum(returned) AS returned
        FROM (
            SELECT household_id, amount AS taken, 0 AS returned FROM withheld
            UNION ALL SELECT household_id, 0, amount FROM owed
        ) part GROUP BY household_id
    ),
    debt AS (
        SELECT open_debt.overpayment_id, due.household_id, open_debt.rest,
               trunc((due.amount - coalesce(taken, 0) + coalesce(returned, 0)) * {recovered_at_most} / 100,
                     {minor_units}) AS cap,
               sum(open_debt.rest) OVER (PARTITION BY due.household_id ORDER BY open_debt.overpayment_id) AS total
        FROM ({debts}) open_debt
        JOIN due ON due.household_id = open_debt.household_id
        LEFT JOIN step_adjustment ON step_adjustment.household_id = due.household_id
        WHERE open_debt.household_id >= {low} AND open_debt.household_id < {high}
    ),
    recovered AS MATERIALIZED (
        SELECT overpayment_id, household_id, least(cap, total) - least(cap, total - rest) AS amount FROM debt
    ),
    adjustment AS (
        SELECT household_id, sum(taken) AS taken, sum(returned) AS returned, sum(recovered) AS recovered
        FROM (
            SELECT household_id, taken, returned, 0 AS recovered FROM step_adjustment
            UNION ALL SELECT household_id, 0, 0, amount FROM recovered
        ) part GROUP BY household_id
    ),
"""

_AFTER = """,
    written AS (
        INSERT INTO programs_entitlementline (entitlement_id, kind, amount, step_id, repays_id, overpayment_id)
        SELECT entitlement.id, part.kind, part.amount, part.step_id, part.repays_id, part.overpayment_id
        FROM entitlement
        JOIN (
            SELECT household_id, 'withheld' AS kind, amount, step_id, NULL::bigint AS repays_id,
                   NULL::bigint AS overpayment_id
            FROM withheld WHERE amount > 0
            UNION ALL SELECT household_id, 'back_pay', amount, step_id, id, NULL FROM owed
            UNION ALL SELECT household_id, 'recovery', amount, NULL, NULL, overpayment_id FROM recovered
            WHERE amount > 0
            UNION ALL SELECT household_id, 'pro_rata', {unpaid_days}, NULL, NULL, NULL FROM due
            WHERE {unpaid_days} > 0
        ) part USING (household_id)
        RETURNING 1
    )
"""


# Who is due only days of a month, where the version pays the month of entry, or of exit, by days.
_PART_OF_MONTH = """
    SELECT 1 FROM programs_enrolment
    WHERE program_id = {program} AND (
        ({entry_by_days} AND enrolled_on > {period} AND enrolled_on <= {period_end})
        OR ({exit_by_days} AND ended_on >= {period} AND ended_on <= {period_end}))
"""


def lock_when_adjusted(
    program_id: int,
    period: dt.date,
    period_end: dt.date,
    *,
    entry_by_days: bool = False,
    exit_by_days: bool = False,
) -> bool:
    """Return whether anything but base and components touches a month of the programme.

    That is steps, back-pay, recovery of overpayments, or days that are not paid. If so, the programme's lock is held
    until commit: two months prepared at once would otherwise both pay or take the same amount back.
    """
    asked = SQL("SELECT EXISTS ({charges}) OR EXISTS ({owed}) OR EXISTS ({debts}) OR EXISTS ({part})").format(
        charges=_charges(program_id, period),
        owed=_owed(program_id),
        debts=_debts(program_id, period),
        part=SQL(_PART_OF_MONTH).format(
            program=Literal(program_id),
            period=Literal(period),
            period_end=Literal(period_end),
            entry_by_days=Literal(entry_by_days),
            exit_by_days=Literal(exit_by_days),
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute(asked.as_string(cursor.connection))
        is_adjusted = cursor.fetchone()[0]
        if is_adjusted:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('programs.withholding'), %s)", [program_id])
    return is_adjusted


def _charges(program_id: int, period: dt.date) -> Composed:
    return SQL(_CHARGES).format(program=Literal(program_id), period=Literal(period), cards=SQL(STANDING_CARDS))


def _owed(program_id: int) -> Composed:
    return SQL(_OWED).format(program=Literal(program_id))


def _debts(program_id: int, period: dt.date) -> Composed:
    return SQL(DEBTS).format(program=Literal(program_id), period=Literal(period))


def adjusting_parts(
    *,
    lines: Composable,
    case: Composable,
    member_amount: Composable,
    program_id: int,
    period: dt.date,
    period_end: dt.date,
    members_max: int,
    minor_units: int,
    at_most: Composable,
    recovered_at_most: Composable,
    month: Composable,
    unpaid_days: Composable,
    low: int,
    high: int,
) -> tuple[Composable, Composable]:
    """Return the parts before and after the one that writes entitlements: `due` and `adjustment`, then the lines.

    `case` is the rank of a member's component (`person`, `difficulty`), `member_amount` its amount by `placed.rank`,
    `month` the share of the month that is paid and `unpaid_days` what the rest comes to, both over `due`.
    """
    before = SQL(_BEFORE).format(
        lines=lines,
        charges=_charges(program_id, period),
        owed=_owed(program_id),
        case=case,
        member_amount=member_amount,
        period=Literal(period),
        period_end=Literal(period_end),
        members_max=Literal(members_max),
        minor_units=Literal(minor_units),
        at_most=at_most,
        recovered_at_most=recovered_at_most,
        debts=_debts(program_id, period),
        month=month,
        low=Literal(low),
        high=Literal(high),
    )
    return before, SQL(_AFTER).format(unpaid_days=unpaid_days)
