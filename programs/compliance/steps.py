"""Closing a period in SQL: what was found about each member, and the step that follows. `rules` says the same.

Each statement covers a range of enrolments, and a repetition adds nothing.
"""

from django.db import connection
from psycopg2.sql import SQL, Composable, Literal

from beneficiaries.queries.standing import STANDING_CARDS
from programs.models import CompliancePeriod

# Enrolments per chunk.
CHUNK = 20_000
# Above every enrolment id; the last range is open.
END = 2**62

# Who lived in the household, and was of the age asked, from the first to the last day. What was reported of a person
# under a card that was merged since counts for the card that stands: the better figure, and a closed school on either.
_RECORDS = """
    WITH card AS MATERIALIZED ({cards}),
    former_report AS MATERIALIZED (
        SELECT card.person_id AS individual_id, report.condition_id, max(report.value) AS value,
               bool_and(report.service_available) AS service_available,
               (array_agg(report.source ORDER BY report.value DESC NULLS LAST, report.id))[1] AS source
        FROM card
        JOIN programs_compliancereport report ON report.individual_id = card.id AND report.period_id = {period}
        GROUP BY card.person_id, report.condition_id
    )
    INSERT INTO programs_compliancerecord
        (period_id, condition_id, enrolment_id, individual_id, outcome, value, source, found_at)
    SELECT {period}, condition.id, enrolment.id, person.id,
           CASE WHEN told.value >= condition.at_least THEN 'met'
                WHEN NOT told.service_available THEN 'service_unavailable'
                WHEN told.value IS NULL THEN 'no_data'
                ELSE 'not_met' END,
           told.value, coalesce(told.source, ''), statement_timestamp()
    FROM programs_enrolment enrolment
    JOIN beneficiaries_household household ON household.id = enrolment.household_id
    JOIN beneficiaries_membership membership ON membership.household_id = enrolment.household_id
    JOIN beneficiaries_individual person ON person.id = membership.individual_id
    JOIN programs_condition condition ON condition.version_id = {version} AND condition.months = {months}
    LEFT JOIN programs_compliancereport report
           ON report.period_id = {period} AND report.condition_id = condition.id AND report.individual_id = person.id
    LEFT JOIN former_report former ON former.condition_id = condition.id AND former.individual_id = person.id
    CROSS JOIN LATERAL (
        SELECT greatest(report.value, former.value) AS value,
               coalesce(report.service_available AND former.service_available, report.service_available,
                        former.service_available) AS service_available,
               CASE WHEN report.id IS NULL OR former.value > coalesce(report.value, -1) THEN former.source
                    ELSE report.source END AS source
    ) told
    WHERE enrolment.program_id = {program} AND enrolment.status = 'enrolled'
      AND enrolment.enrolled_on <= {starts_on} AND household.status <> 'inactive'
      AND enrolment.id >= {low} AND enrolment.id < {high}
      AND membership.joined_on <= {starts_on} AND (membership.left_on IS NULL OR membership.left_on > {ends_on})
      AND (person.died_on IS NULL OR person.died_on > {ends_on})
      AND (NOT condition.pregnant OR person.pregnant)
      AND (condition.age_from IS NULL AND condition.age_to IS NULL OR person.birth_date <= {starts_on})
      AND (condition.age_from IS NULL
           OR person.birth_date <= {starts_on} - make_interval(years => condition.age_from))
      AND (condition.age_to IS NULL
           OR person.birth_date > {ends_on} - make_interval(years => condition.age_to + 1))
    ON CONFLICT DO NOTHING
"""

# The periods of the same length up to this one are numbered from it backwards; `n` runs without gaps. A person's misses
# are those found under any of their cards; what another card of theirs did not miss in that period is no miss.
_STEPS = """
    WITH card AS MATERIALIZED ({cards}),
    missed_now AS MATERIALIZED (
        SELECT DISTINCT record.enrolment_id, coalesce(card.person_id, record.individual_id) AS individual_id
        FROM programs_compliancerecord record
        JOIN programs_enrolment enrolment ON enrolment.id = record.enrolment_id AND enrolment.status = 'enrolled'
        LEFT JOIN card ON card.id = record.individual_id
        WHERE record.period_id = {period} AND record.outcome = 'not_met'
          AND record.enrolment_id >= {low} AND record.enrolment_id < {high}
    ),
    member AS MATERIALIZED (
        SELECT missed_now.enrolment_id, missed_now.individual_id,
               missed_now.individual_id || coalesce(former.cards, ARRAY[]::bigint[]) AS cards
        FROM missed_now
        LEFT JOIN (SELECT person_id, array_agg(id) AS cards FROM card GROUP BY person_id) former
               ON former.person_id = missed_now.individual_id
    ),
    past AS MATERIALIZED (
        SELECT earlier.id, row_number() OVER (ORDER BY earlier.starts_on DESC) AS n
        FROM programs_complianceperiod earlier
        WHERE earlier.program_id = {program} AND earlier.months = {months} AND earlier.starts_on <= {starts_on}
    ),
    history AS (
        SELECT member.enrolment_id, member.individual_id, past.n, EXISTS (
            SELECT 1 FROM programs_compliancerecord record
            WHERE record.enrolment_id = member.enrolment_id AND record.period_id = past.id
              AND record.individual_id = ANY (member.cards) AND record.outcome = 'not_met'
              AND (cardinality(member.cards) = 1 OR NOT EXISTS (
                  SELECT 1 FROM programs_compliancerecord other
                  WHERE other.enrolment_id = record.enrolment_id AND other.period_id = record.period_id
                    AND other.condition_id = record.condition_id AND other.individual_id = ANY (member.cards)
                    AND other.outcome IN ('met', 'excused', 'service_unavailable')))
        ) AS missed
        FROM member CROSS JOIN past
    ),
    runs AS (
        SELECT history.*, n - row_number() OVER (PARTITION BY enrolment_id, individual_id, missed ORDER BY n) AS run
        FROM history
    ),
    slate AS (
        SELECT enrolment_id, individual_id, min(first_n) AS clean_from
        FROM (
            SELECT enrolment_id, individual_id, min(n) AS first_n FROM runs WHERE NOT missed
            GROUP BY enrolment_id, individual_id, run HAVING count(*) >= {forgotten_after}
        ) clean
        GROUP BY enrolment_id, individual_id
    ),
    counted AS (
        SELECT enrolment_id, individual_id,
               coalesce(min(n) FILTER (WHERE NOT missed) - 1, max(n)) AS in_a_row,
               array_agg(n) FILTER (WHERE missed AND n < coalesce(slate.clean_from, {end})) AS misses
        FROM history LEFT JOIN slate USING (enrolment_id, individual_id)
        GROUP BY enrolment_id, individual_id
    )
    INSERT INTO programs_compliancestep
        (period_id, enrolment_id, individual_id, rung_id, kind, misses, share_percent, of_household, months, status,
         taken_at, decision_note)
    SELECT {period}, counted.enrolment_id, counted.individual_id, reached.id, reached.kind, reached.count,
           reached.share_percent, reached.of_household, reached.months, 'in_force', statement_timestamp(), ''
    FROM counted
    CROSS JOIN LATERAL (
        SELECT rung.*, tally.count
        FROM programs_ladderrung rung
        CROSS JOIN LATERAL (
            SELECT CASE WHEN rung.window_periods IS NULL THEN counted.in_a_row
                        ELSE (SELECT count(*) FROM unnest(counted.misses) miss WHERE miss <= rung.window_periods)
                   END AS count
        ) tally
        WHERE rung.version_id = {version} AND tally.count >= rung.misses
        ORDER BY rung.position DESC LIMIT 1
    ) reached
    ON CONFLICT DO NOTHING
"""


def ranges(period: CompliancePeriod, size: int = CHUNK) -> list[tuple[int, int, int]]:
    """Cut the programme's enrolments into (low, high, enrolments) ranges that together cover every id."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(id), count(*) FROM (
                SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS part
                FROM programs_enrolment WHERE program_id = %s AND status = 'enrolled'
            ) enrolled GROUP BY part ORDER BY part
            """,
            [size, period.program_id],
        )
        parts = cursor.fetchall() or [(0, 0)]
    starts = [0, *(low for low, _count in parts[1:]), END]
    return [(starts[index], starts[index + 1], count) for index, (_low, count) in enumerate(parts)]


def write_findings(period: CompliancePeriod, low: int, high: int) -> tuple[int, int]:
    """Write what the period found about enrolments `low` ≤ id < `high`, and the steps; return how many of each."""
    values: dict[str, Composable] = {
        "period": Literal(period.pk),
        "program": Literal(period.program_id),
        "version": Literal(period.version_id),
        "months": Literal(period.months),
        "starts_on": SQL("{}::date").format(Literal(period.starts_on)),
        "ends_on": SQL("{}::date").format(Literal(period.ends_on)),
        "forgotten_after": Literal(period.version.misses_forgotten_after),
        "low": Literal(low),
        "high": Literal(high),
        "end": Literal(END),
        "cards": SQL(STANDING_CARDS),
    }
    counts = []
    with connection.cursor() as cursor:
        for statement in (_RECORDS, _STEPS):
            cursor.execute(SQL(statement).format(**values).as_string(cursor.connection))
            counts.append(cursor.rowcount)
    return counts[0], counts[1]
