"""Which payments wait: the second payment of a strong possible duplicate, and those nobody can collect."""

from psycopg2.sql import SQL, Composed

# Both directions of each open strong pair, with the households the two rows live in now.
PAIRS = """
    SELECT mine.household_id, other.household_id AS other_household_id
    FROM (
        SELECT individual_a_id AS mine, individual_b_id AS other FROM beneficiaries_duplicatepair
        WHERE status = 'open' AND band = 'strong'
        UNION ALL
        SELECT individual_b_id, individual_a_id FROM beneficiaries_duplicatepair
        WHERE status = 'open' AND band = 'strong'
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
    """Return the SELECT of (household_id, reason) held among `lines`, a relation with household and enrolment."""
    return SQL(_DUPLICATES).format(lines=SQL(lines), pairs=SQL(PAIRS))
