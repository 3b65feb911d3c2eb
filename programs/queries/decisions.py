"""Reads over the decisions of a run: counts by area, and rows for a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from ministry.models import Area
from programs.models import EligibilityRun

EXPORT_COLUMNS = ("household_ref", "decision", "failed", "score")
_BATCH = 5_000


@dataclass(frozen=True)
class AreaCounts:
    """What a run found in one governorate (or elsewhere: `area` None)."""

    area: Area | None
    eligible: int
    not_eligible: int
    needs_information: int

    @property
    def households(self) -> int:
        return self.eligible + self.not_eligible + self.needs_information


def counts_by_governorate(run: EligibilityRun, paths: list[str]) -> list[AreaCounts]:
    """Count a run's decisions by governorate, within the areas `paths`, in one statement; by rising code."""
    if not paths:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT g.id, sum(n) FILTER (WHERE decision = 'eligible'), sum(n) FILTER (WHERE decision = 'not_eligible'),
                   sum(n) FILTER (WHERE decision = 'needs_information')
            FROM (
                SELECT h.area_id, d.decision, count(*) AS n
                FROM programs_eligibilitydecision d JOIN beneficiaries_household h ON h.id = d.household_id
                WHERE d.run_id = %s GROUP BY h.area_id, d.decision
            ) counted
            JOIN ministry_area a ON a.id = counted.area_id AND a.path LIKE ANY (%s)
            LEFT JOIN ministry_area g ON g.level = 'governorate' AND a.path LIKE g.path || '%%'
            GROUP BY g.id
            """,
            [run.pk, [f"{path}%" for path in paths]],
        )
        rows = cursor.fetchall()
    areas = Area.objects.in_bulk([row[0] for row in rows if row[0] is not None])
    counts = [AreaCounts(areas.get(row[0]), *(int(number or 0) for number in row[1:])) for row in rows]
    return sorted(counts, key=lambda row: (row.area is None, row.area.code if row.area else ""))


def export_rows(
    run: EligibilityRun,
    *,
    paths: list[str] | None = None,
    under: str = "",
    decision: str = "",
    failed: int | None = None,
    unknown: int | None = None,
    household_ref: str = "",
) -> Iterator[tuple[Any, ...]]:
    """Yield a run's decisions as rows of `EXPORT_COLUMNS`, in the order of file numbers, without holding them all.

    `failed` lists criterion ids joined by semicolons. `paths` None: everywhere (for the operator's command); `under` is
    the path of one area, `failed` and `unknown` criteria that must be among the row's.
    """
    conditions: list[str] = ["d.run_id = %s"]
    params: list[Any] = [run.pk]
    if paths is not None:
        conditions.append("a.path LIKE ANY (%s)")
        params.append([f"{path}%" for path in paths])
    if under:
        conditions.append("a.path LIKE %s")
        params.append(f"{under}%")
    if household_ref:
        conditions.append("upper(h.household_ref) = upper(%s)")
        params.append(household_ref)
    if decision:
        conditions.append("d.decision = %s")
        params.append(decision)
    for column, criterion in (("failed", failed), ("unknown", unknown)):
        if criterion is not None:
            conditions.append(f"%s = ANY (d.{column})")
            params.append(criterion)
    sql = (
        "SELECT h.household_ref, d.decision, array_to_string(d.failed, ';'), d.score"  # noqa: S608 - own conditions
        " FROM programs_eligibilitydecision d JOIN beneficiaries_household h ON h.id = d.household_id"
        " JOIN ministry_area a ON a.id = h.area_id"
        f" WHERE {' AND '.join(conditions)} ORDER BY h.household_ref"
    )
    # A server-side cursor lives in a transaction; ordinary ones would fetch a million rows at once.
    with transaction.atomic(), connection.connection.cursor(name="decisions_export") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(sql, params)
        yield from cursor
