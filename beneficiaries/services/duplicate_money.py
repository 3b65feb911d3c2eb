"""The money at stake in possible duplicates, by which people decide what to look at first."""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from beneficiaries.slots import household_money
from ministry import formats

# Only pairs whose figure is another one than before are written.
_REFRESH = """
    WITH side AS (
        SELECT pair.id, home.household_id
        FROM beneficiaries_duplicatepair pair
        JOIN beneficiaries_membership home
          ON home.individual_id IN (pair.individual_a_id, pair.individual_b_id) AND home.left_on IS NULL
        WHERE pair.status <> 'different'
    ),
    concerned AS MATERIALIZED (SELECT DISTINCT household_id FROM side),
    due AS ({due}),
    fresh AS (
        SELECT side.id, coalesce(sum(due.amount), 0) AS amount
        FROM (SELECT DISTINCT id, household_id FROM side) side LEFT JOIN due USING (household_id)
        GROUP BY side.id
    )
    UPDATE beneficiaries_duplicatepair pair SET money_at_stake = fresh.amount
    FROM fresh WHERE fresh.id = pair.id AND pair.money_at_stake <> fresh.amount
"""


@transaction.atomic
def refresh_money_at_stake(on_date: dt.date | None = None) -> int:
    """Write what both households of each pair were due in the twelve months up to `on_date`; return how many changed.

    One statement; repeating it changes nothing. Pairs found to be different people keep their last figure.
    """
    on_date = on_date or timezone.localdate()
    since = dt.date(on_date.year - 1, on_date.month, 1)
    parts = [money.due for money in household_money]
    if not parts:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _REFRESH.format(due=" UNION ALL ".join(f"({part})" for part in parts)),
            {"since": since, "currency": formats.currency_of_country()},
        )
        return cursor.rowcount
