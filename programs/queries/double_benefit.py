"""SQL by which the registry weighs possible duplicates: what households are due, and what was paid twice."""

# (household_id, amount) of the relation `concerned`, in the country's currency.
DUE = """
    SELECT entitlement.household_id, sum(entitlement.amount) AS amount
    FROM concerned
    JOIN programs_entitlement entitlement ON entitlement.household_id = concerned.household_id
    JOIN programs_paymentcycle cycle ON cycle.id = entitlement.cycle_id AND cycle.currency = %(currency)s
    WHERE entitlement.period >= %(since)s
    GROUP BY entitlement.household_id
"""

# Months in which two households of a pair were paid, by whatever programme, while either person was a member of each.
# After a merge both memberships belong to the card that stays, which is one of the pair: they are found all the same.
PAID_TWICE = """
    WITH line AS (
        SELECT DISTINCT pair.id AS pair_id, entitlement.household_id, entitlement.period,
               entitlement.id AS entitlement_id, entitlement.enrolment_id
        FROM pair
        JOIN beneficiaries_membership home ON home.individual_id IN (pair.individual_a_id, pair.individual_b_id)
        JOIN programs_entitlement entitlement
          ON entitlement.household_id = home.household_id
         AND entitlement.period + interval '1 month' > home.joined_on
         AND (home.left_on IS NULL OR entitlement.period <= home.left_on)
    ),
    paid AS (
        SELECT line.pair_id, line.period, line.household_id, sum(payment.amount) AS amount,
               row_number() OVER (
                   PARTITION BY line.pair_id, line.period
                   ORDER BY min(enrolment.enrolled_on), min(enrolment.id)
               ) AS place
        FROM line
        JOIN programs_payment payment
          ON payment.entitlement_id = line.entitlement_id AND payment.status IN ('sent', 'paid')
         AND payment.currency = %(currency)s
        JOIN programs_enrolment enrolment ON enrolment.id = line.enrolment_id
        GROUP BY line.pair_id, line.period, line.household_id
    )
    SELECT first.pair_id, first.period, first.household_id AS first_household_id, first.amount AS first_amount,
           second.household_id AS second_household_id, second.amount AS second_amount
    FROM paid first
    JOIN paid second ON second.pair_id = first.pair_id AND second.period = first.period
    WHERE first.place = 1 AND second.place > 1
"""
