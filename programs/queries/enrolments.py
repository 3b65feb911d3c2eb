"""Reads over enrolments, and who may be admitted."""

from dataclasses import dataclass

from django.db import connection

from programs.models import EligibilityRun

# Households a run found eligible, still in the register, within some areas, with somebody who can be paid: the head,
# living, in the household today. Parameters: run, area path patterns.
_PAYABLE_SQL = """
    FROM programs_eligibilitydecision decided
    JOIN beneficiaries_household h ON h.id = decided.household_id AND h.status <> 'inactive'
    JOIN ministry_area a ON a.id = h.area_id
    WHERE decided.run_id = %s AND decided.decision = 'eligible' AND a.path LIKE ANY (%s)
"""
_HAS_PAYEE_SQL = """
    EXISTS (
        SELECT FROM beneficiaries_membership ms JOIN beneficiaries_individual i ON i.id = ms.individual_id
        WHERE ms.household_id = h.id AND ms.relationship = 'head'
          AND ms.joined_on <= current_date AND (ms.left_on IS NULL OR ms.left_on > current_date)
          AND i.died_on IS NULL
    )
"""
# The households a person may admit with one confirmation: never in the programme so far. Parameters: run, area path
# patterns, programme.
ADMISSIBLE_SQL = f"""{_PAYABLE_SQL} AND {_HAS_PAYEE_SQL}
      AND NOT EXISTS (SELECT FROM programs_enrolment e WHERE e.household_id = h.id AND e.program_id = %s)
"""


@dataclass(frozen=True)
class AdmissionCounts:
    """How the households that a run found eligible stand to the programme, within a person's areas."""

    # May be admitted now.
    new: int
    enrolled: int
    suspended: int
    # Left the programme before: a person decides on each.
    exited: int
    # Nobody can be paid there.
    without_payee: int


def admission_counts(run: EligibilityRun, paths: list[str]) -> AdmissionCounts:
    """Count the eligible households of a run by how they stand to its programme, in one statement."""
    if not paths:
        return AdmissionCounts(0, 0, 0, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*) FILTER (WHERE standing IS NULL AND payable), count(*) FILTER (WHERE standing = 'enrolled'),
                   count(*) FILTER (WHERE standing = 'suspended'), count(*) FILTER (WHERE standing = 'exited'),
                   count(*) FILTER (WHERE standing IS NULL AND NOT payable)
            FROM (
                SELECT {_HAS_PAYEE_SQL} AS payable,
                       -- 'enrolled' < 'exited' < 'suspended': an open enrolment tells more than one that ended.
                       (SELECT e.status FROM programs_enrolment e
                        WHERE e.household_id = h.id AND e.program_id = %s
                        ORDER BY e.status = 'exited', e.id DESC LIMIT 1) AS standing
                {_PAYABLE_SQL}
            ) eligible
            """,  # noqa: S608 - constants of this module
            [run.version.program_id, run.pk, [f"{path}%" for path in paths]],
        )
        return AdmissionCounts(*cursor.fetchone())
