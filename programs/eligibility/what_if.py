"""Two rule sets over the whole registry in one statement: who gains, who loses, and what each would cost a month.

Nothing is written about any household. What comes back is counted by group (`WhatIfFigure.Breakdown`).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from programs.eligibility.compiler import Keys, RuleCompiler, Statement
from programs.eligibility.tree import rules_of
from programs.models import ProgramVersion
from programs.payments.monthly_due import MonthlyDue

# As in the order of GROUPING: each set leaves out all columns but one.
_GROUPS = ("governorate", "head_sex", "disability", "decile")
_NOBODY = Statement("SELECT NULL::bigint AS household_id, NULL::text AS decision WHERE false")
_NOTHING_DUE = Statement("SELECT NULL::bigint AS household_id, NULL::numeric AS due WHERE false")


@dataclass(frozen=True)
class GroupCount:
    """What was counted of one group; costs are monthly, in the country's currency, unrounded sums of rounded dues."""

    breakdown: str
    value: str
    households: int
    eligible_before: int
    eligible_after: int
    winners: int
    losers: int
    unknown_after: int
    cost_before: Decimal
    cost_after: Decimal


@dataclass(frozen=True)
class Side:
    """One of the two: its decisions, and what it would pay."""

    outcomes: Statement
    due: Statement


def side(version: ProgramVersion | None, on_date: dt.date) -> Side:
    """Return the statements of a version; None stands for a programme that pays nobody yet.

    The rules have been found sound.
    """
    root = rules_of(version) if version else None
    if version is None or root is None:
        return Side(_NOBODY, _NOTHING_DUE)
    compiler = RuleCompiler(root, on_date=on_date, scoring_model_id=version.scoring_model_id)
    return Side(compiler.outcomes(Keys()), Statement(*MonthlyDue(version, on_date).households("true", [])))


def compare(before: Side, after: Side, *, minor_units: int) -> Iterator[GroupCount]:
    """Count all households of the registry, and each group of them, by what the two sides say of them."""
    statement = _comparison(before, after, minor_units)
    with connection.cursor() as cursor:
        # Ordered streams, merged, as in the sweep.
        cursor.execute("SET LOCAL enable_hashjoin = off")
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(statement.sql, statement.params)
        rows = cursor.fetchall()
        cursor.execute("RESET enable_hashjoin")
        cursor.execute("RESET enable_nestloop")
    for grouping, *values, households, was, will, winners, losers, unknown, cost_before, cost_after in rows:
        breakdown, value = _group(grouping, values)
        yield GroupCount(breakdown, value, households, was, will, winners, losers, unknown, cost_before, cost_after)


def _group(grouping: int, values: list[Any]) -> tuple[str, str]:
    """Return breakdown and value of a row; a set bit of `grouping` says that a column was summed over."""
    for position, name in enumerate(_GROUPS):
        if not grouping & 1 << (len(_GROUPS) - 1 - position):
            return name, "" if values[position] is None else str(values[position])
    return "total", ""


def _comparison(before: Side, after: Side, minor_units: int) -> Statement:
    return Statement(
        f"""
        SELECT grouping({", ".join(_GROUPS)}), {", ".join(_GROUPS)}, count(*),
               count(*) FILTER (WHERE was), count(*) FILTER (WHERE will),
               count(*) FILTER (WHERE will AND NOT was), count(*) FILTER (WHERE was AND NOT will),
               count(*) FILTER (WHERE unknown), coalesce(sum(cost_before), 0), coalesce(sum(cost_after), 0)
        FROM (
            SELECT place.governorate, f.head_sex, f.members_with_disability > 0 AS disability,
                   CASE WHEN f.pmt_score IS NOT NULL
                        THEN ntile(10) OVER (PARTITION BY f.pmt_score IS NULL ORDER BY f.pmt_score, h.id) END AS decile,
                   coalesce(b.decision = 'eligible', false) AS was, coalesce(a.decision = 'eligible', false) AS will,
                   coalesce(a.decision = 'needs_information', false) AS unknown,
                   CASE WHEN b.decision = 'eligible' THEN round(db.due, %s) END AS cost_before,
                   CASE WHEN a.decision = 'eligible' THEN round(da.due, %s) END AS cost_after
            FROM beneficiaries_household h
            JOIN (
                SELECT area.id, governorate.id AS governorate FROM ministry_area area
                LEFT JOIN ministry_area governorate
                  ON governorate.level = 'governorate' AND starts_with(area.path, governorate.path)
            ) place ON place.id = h.area_id
            LEFT JOIN beneficiaries_householdfacts f ON f.household_id = h.id
            LEFT JOIN ({before.outcomes.sql}) b ON b.household_id = h.id
            LEFT JOIN ({after.outcomes.sql}) a ON a.household_id = h.id
            LEFT JOIN ({before.due.sql}) db ON db.household_id = h.id
            LEFT JOIN ({after.due.sql}) da ON da.household_id = h.id
            WHERE h.status <> 'inactive'
        ) household
        GROUP BY GROUPING SETS ((), {", ".join(f"({name})" for name in _GROUPS)})
        """,  # noqa: S608 - compiled from catalogues; values are parameters
        [
            minor_units,
            minor_units,
            *before.outcomes.params,
            *after.outcomes.params,
            *before.due.params,
            *after.due.params,
        ],
    )
