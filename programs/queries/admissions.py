"""Reads over applications: places taken and free, what is committed, who is next, and the statement that ranks."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from ministry import countries
from programs.models import Application, EligibilityRun, PlacePlan, Program, ProgramVersion
from programs.payments.monthly_due import MonthlyDue
from programs.queries.enrolments import HAS_PAYEE_SQL, NOT_BEFORE_ITS_DAY_SQL, round_to_minor_units


def plan_in_force(program: Program, on_date: dt.date) -> PlacePlan | None:
    """Return the plan of places that holds on a day: the decided one that began last."""
    return (
        PlacePlan.objects.filter(program=program, status="in_force", starts_on__lte=on_date)
        .order_by("-starts_on", "-id")
        .first()
    )


@dataclass(frozen=True)
class AreaPlaces:
    """How the places of one area stand."""

    quota_id: int
    area_id: int
    area_path: str
    places: int
    # Enrolled or paused; offered to somebody; in the line.
    taken: int
    offered: int
    waiting: int

    @property
    def free(self) -> int:
        """Places nobody has and nobody is offered; none where the area has more households than places."""
        return max(self.places - self.taken - self.offered, 0)

    @property
    def over(self) -> int:
        """Households beyond the places: a later plan gave fewer, or households moved in."""
        return max(self.taken - self.places, 0)


# Parameters: programme, programme, plan.
_PLACES_SQL = """
    WITH enrolled AS (
        SELECT a.path, count(*) AS n FROM programs_enrolment e
        JOIN beneficiaries_household h ON h.id = e.household_id JOIN ministry_area a ON a.id = h.area_id
        WHERE e.program_id = %s AND e.status <> 'exited' GROUP BY a.path
    ), applied AS (
        SELECT a.path, count(*) FILTER (WHERE p.status = 'offered') AS offered,
               count(*) FILTER (WHERE p.status = 'waiting') AS waiting
        FROM programs_application p
        JOIN beneficiaries_household h ON h.id = p.household_id JOIN ministry_area a ON a.id = h.area_id
        WHERE p.program_id = %s AND p.status IN ('offered', 'waiting') GROUP BY a.path
    )
    SELECT q.id AS quota_id, q.area_id, qa.path AS area_path, q.places,
           coalesce((SELECT sum(n) FROM enrolled WHERE starts_with(path, qa.path)), 0)::bigint AS taken,
           coalesce((SELECT sum(offered) FROM applied WHERE starts_with(path, qa.path)), 0)::bigint AS offered,
           coalesce((SELECT sum(waiting) FROM applied WHERE starts_with(path, qa.path)), 0)::bigint AS waiting
    FROM programs_areaquota q JOIN ministry_area qa ON qa.id = q.area_id
    WHERE q.plan_id = %s
"""


def area_places(plan: PlacePlan) -> list[AreaPlaces]:
    """Return how the places of a plan stand, by area, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_PLACES_SQL} ORDER BY qa.path", [plan.program_id, plan.program_id, plan.pk])
        return [AreaPlaces(*row) for row in cursor.fetchall()]


def _due_sql(version: ProgramVersion, on_date: dt.date, within: str, params: list[Any]) -> tuple[str, list[Any]]:
    """Return SELECT household_id, due: what a month is worth to each, rounded as a cycle rounds it."""
    select, values = MonthlyDue(version, on_date).households(within, params)
    units = countries.current().minor_units
    return f"SELECT household_id, round(due, {units}) AS due FROM ({select}) household", values  # noqa: S608


def committed_monthly(version: ProgramVersion, on_date: dt.date) -> Decimal:
    """Return what a month of the programme costs: who is in it, paused ones included, or offered a place."""
    select, params = _due_sql(
        version,
        on_date,
        "ms.household_id IN (SELECT household_id FROM programs_enrolment WHERE program_id = %s AND status <> 'exited'"
        " UNION SELECT household_id FROM programs_application WHERE program_id = %s AND status = 'offered')",
        [version.program_id, version.program_id],
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(due), 0) FROM ({select}) committed", params)  # noqa: S608
        return round_to_minor_units(cursor.fetchone()[0])


def monthly_of(version: ProgramVersion, household_id: int, on_date: dt.date) -> Decimal:
    """Return what a month would be worth to one household."""
    select, params = _due_sql(version, on_date, "ms.household_id = %s", [household_id])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(due), 0) FROM ({select}) one", params)  # noqa: S608
        return round_to_minor_units(cursor.fetchone()[0])


# Who can be admitted of those who applied: found eligible by the check, in the register, with somebody who can be paid,
# not in the programme, and not before the day of return. Parameters: run, programme, programme, programme, day.
CANDIDATES_SQL = f"""
    FROM programs_application app
    JOIN beneficiaries_household h ON h.id = app.household_id AND h.status <> 'inactive'
    JOIN ministry_area a ON a.id = h.area_id
    JOIN programs_eligibilitydecision d
      ON d.run_id = %s AND d.household_id = app.household_id AND d.decision = 'eligible'
    WHERE app.program_id = %s AND {HAS_PAYEE_SQL}
      AND NOT EXISTS (
        SELECT FROM programs_enrolment live
        WHERE live.household_id = h.id AND live.program_id = %s AND live.status <> 'exited')
      AND {NOT_BEFORE_ITS_DAY_SQL}
"""


def candidate_params(run: EligibilityRun, on_date: dt.date) -> list[Any]:
    """Return the values of `CANDIDATES_SQL`."""
    program = run.version.program_id
    return [run.pk, program, program, program, on_date]


# The order: the poorer first (an unknown score last), then who has waited longer, then by lot. Within each area as many
# as there are places; over the whole country as far as the money reaches, and nobody overtakes by costing less.
_RANK_SQL = """
    WITH place AS ({places}),
    candidate AS (
        SELECT app.id AS application_id, h.id AS household_id, place.quota_id,
               place.places - place.taken - place.offered AS free, d.score, app.applied_on,
               encode(sha256(convert_to(%s || h.household_ref, 'UTF8')), 'hex') AS lot
        {candidates}
    ),
    ranked AS (
        SELECT candidate.*, coalesce(due.due, 0) AS due,
               row_number() OVER everybody AS rank,
               row_number() OVER (
                   PARTITION BY quota_id ORDER BY score NULLS LAST, applied_on, lot, application_id
               ) AS area_rank
        FROM candidate LEFT JOIN ({due}) due USING (household_id)
        WINDOW everybody AS (ORDER BY score NULLS LAST, applied_on, lot, application_id)
    ),
    placed AS (SELECT *, NOT %s OR coalesce(area_rank <= free, false) AS has_place FROM ranked),
    costed AS (
        SELECT *, coalesce(sum(due) FILTER (WHERE has_place) OVER (ORDER BY rank), 0) AS running FROM placed
    )
    INSERT INTO programs_admissionlistentry
        (list_id, application_id, household_id, quota_id, rank, area_rank, score, waiting_since, lot, due, outcome)
    SELECT %s, application_id, household_id, quota_id, rank, area_rank, score, applied_on, lot, due,
           CASE WHEN NOT has_place THEN 'no_place'
                WHEN %s::numeric IS NOT NULL AND running > %s::numeric THEN 'no_money'
                ELSE 'within' END
    FROM costed
"""


def rank_statement(
    *, run: EligibilityRun, plan: PlacePlan | None, list_id: int, money_left: Decimal | None, on_date: dt.date
) -> tuple[str, list[Any]]:
    """Return the one statement that ranks all verified and waiting applicants of a programme, and its values."""
    program_id, plan_id = run.version.program_id, plan.pk if plan else None
    due, due_params = _due_sql(
        run.version,
        on_date,
        "ms.household_id IN (SELECT household_id FROM programs_application"
        " WHERE program_id = %s AND status IN ('verified', 'waiting'))",
        [program_id],
    )
    has_quotas = plan is not None and plan.quotas.exists()
    candidates = CANDIDATES_SQL.replace(
        "    WHERE app.program_id",
        "    LEFT JOIN place ON starts_with(a.path, place.area_path)\n"
        "    WHERE app.status IN ('verified', 'waiting') AND app.program_id",
        1,
    )
    return (
        _RANK_SQL.format(places=_PLACES_SQL, candidates=candidates, due=due),
        [
            program_id, program_id, plan_id, f"{list_id}:", *candidate_params(run, on_date), *due_params, has_quotas,
            list_id, money_left, money_left,
        ],
    )  # fmt: skip


@dataclass(frozen=True)
class Position:
    """Where a household stands in the line of its area."""

    number: int
    of: int


def position_of(application: Application, plan: PlacePlan | None) -> Position | None:
    """Return the place of a waiting application among those who wait for the same places."""
    if application.status != Application.Status.WAITING:
        return None
    line = Application.objects.filter(program=application.program_id, status="waiting").exclude(
        household__status="inactive"
    )
    if plan is not None:
        path = application.household.area.path
        areas = plan.quotas.values_list("area__path", flat=True)
        line = line.filter(household__area__path__startswith=next((own for own in areas if path.startswith(own)), ""))
    # Nobody else waits at this rank: the latest confirmed list numbered all who wait.
    ahead = line.filter(rank__lt=application.rank).count()
    return Position(ahead + 1, line.count())


@dataclass(frozen=True)
class Next:
    """Somebody to whom a free place can be offered, and how many ahead in the line are no longer eligible."""

    application_id: int
    quota_id: int | None
    number: int


def next_in_line(run: EligibilityRun, plan: PlacePlan, on_date: dt.date) -> list[Next]:
    """Return, for each free place, who is next: of those who wait, still eligible and payable, by rank."""
    places = area_places(plan)
    if places and not any(place.free for place in places):
        return []
    program_id = run.version.program_id
    candidates = CANDIDATES_SQL.replace(
        "    WHERE app.program_id",
        "    LEFT JOIN place ON starts_with(a.path, place.area_path)\n"
        "    WHERE app.status = 'waiting' AND app.program_id",
        1,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH place AS ({_PLACES_SQL})
            SELECT application_id, quota_id, number FROM (
                SELECT app.id AS application_id, place.quota_id,
                       place.places - place.taken - place.offered AS free,
                       row_number() OVER (PARTITION BY place.quota_id ORDER BY app.rank, app.id) AS number
                {candidates}
            ) line
            WHERE CASE WHEN %s THEN number <= free ELSE number = 1 END
            ORDER BY quota_id, number
            """,  # noqa: S608 - constants of this module
            [program_id, program_id, plan.pk, *candidate_params(run, on_date), bool(places)],
        )
        return [Next(*row) for row in cursor.fetchall()]
