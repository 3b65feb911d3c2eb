"""Reads over enrolments, and who may be admitted."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from ministry import countries
from ministry.querysets import within
from programs.models import EligibilityDecision, EligibilityRun, Enrolment
from programs.payments.monthly_due import MonthlyDue

# Households a run found eligible, still in the register, within some areas, with somebody who can be paid: the head,
# living, in the household today. Parameters: run, area path patterns.
_PAYABLE_SQL = """
    FROM programs_eligibilitydecision decided
    JOIN beneficiaries_household h ON h.id = decided.household_id AND h.status <> 'inactive'
    JOIN ministry_area a ON a.id = h.area_id
    WHERE decided.run_id = %s AND decided.decision = 'eligible' AND a.path LIKE ANY (%s)
"""
HAS_PAYEE_SQL = """
    EXISTS (
        SELECT FROM beneficiaries_membership ms JOIN beneficiaries_individual i ON i.id = ms.individual_id
        WHERE ms.household_id = h.id AND ms.relationship = 'head'
          AND ms.joined_on <= current_date AND (ms.left_on IS NULL OR ms.left_on > current_date)
          AND i.died_on IS NULL
    )
"""
# Who left for a reason after which nobody comes back yet. Parameters: programme, day.
NOT_BEFORE_ITS_DAY_SQL = """
    NOT EXISTS (
        SELECT FROM programs_enrolment e JOIN programs_enrolmentreason r ON r.id = e.reason_id
        WHERE e.household_id = h.id AND e.program_id = %s AND e.status = 'exited'
          AND (e.ended_on + make_interval(months => coalesce(r.returns_after_months, 0)))::date > %s
    )
"""
# The households a person may admit with one confirmation: never in the programme so far. Parameters: run, area path
# patterns, programme.
ADMISSIBLE_SQL = f"""{_PAYABLE_SQL} AND {HAS_PAYEE_SQL}
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
                SELECT {HAS_PAYEE_SQL} AS payable,
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


@dataclass(frozen=True)
class AdmissionCost:
    """Whom a confirmation would admit, and what they would be paid a month."""

    households: int
    monthly: Decimal


def admission_cost(run: EligibilityRun, paths: list[str], on_date: dt.date) -> AdmissionCost:
    """Work out what the households that may be admitted now would be paid for the month of `on_date`.

    In the country's currency. The benefit is that of `programs.payments.benefit`: base, and for at most so many members
    the largest component that applies to each, ages on the first of the month.
    """
    if not paths:
        return AdmissionCost(0, Decimal(0))
    select, params = MonthlyDue(run.version, on_date).households(
        f"ms.household_id IN (SELECT h.id {ADMISSIBLE_SQL})",
        [run.pk, [f"{path}%" for path in paths], run.version.program_id],
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), coalesce(sum(due), 0) FROM ({select}) household", params)  # noqa: S608
        households, monthly = cursor.fetchone()
    return AdmissionCost(households, round_to_minor_units(monthly))


def round_to_minor_units(amount: Decimal) -> Decimal:
    """Return an amount in the country's currency, half up."""
    return Decimal(amount).quantize(Decimal(1).scaleb(-countries.current().minor_units), rounding=ROUND_HALF_UP)


def exited_and_eligible(run: EligibilityRun, paths: list[str]) -> QuerySet[Enrolment]:
    """Return the last enrolment of each household that left the programme and was found eligible again."""
    if not paths:
        return Enrolment.objects.none()
    of_program = Enrolment.objects.filter(program=run.version.program_id, household=OuterRef("household"))
    found = EligibilityDecision.objects.filter(run=run, household=OuterRef("household"), decision="eligible")
    return (
        Enrolment.objects.filter(within(paths, "household__area"), program=run.version.program_id, status="exited")
        .filter(
            Exists(found),
            ~Exists(of_program.exclude(status="exited")),
            ~Exists(of_program.filter(pk__gt=OuterRef("pk"))),
        )
        .exclude(household__status="inactive")
        .select_related("household__area", "reason")
        .order_by("household_id")
    )
