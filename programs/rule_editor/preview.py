"""What a draft's rules would find, counted while they are being written: nothing is kept, nobody waits long.

A small registry is counted whole. Of a large one, or when the whole takes too long, a simple random sample is asked and
each figure is scaled up, with the half-width of its 95 % interval: for n of N households of which k answer yes,
    N · k/n  ±  1.96 · N · sqrt(k/n · (1 − k/n) / n · (N − n) / (N − 1)),
and for the cost the same with the sample's own variance (Cochran, Sampling Techniques, §§ 2.4 and 3.2).
"""

import datetime as dt
import math
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import OperationalError, connection, transaction

from programs.eligibility.compiler import Keys, RuleCompiler, Statement
from programs.models import ProgramVersion
from programs.payments.monthly_due import MonthlyDue
from programs.rules import Group

# Beyond so many households a sample is asked at once.
WHOLE_MAX = 60_000
SAMPLE = 15_000
# For the whole registry, then for a sample; no page waits longer than both together.
_PATIENCE_MS = (1_500, 2_500)
_Z = 1.96


@dataclass(frozen=True)
class Estimate:
    """A figure about all households, and how far off it may be either way (0: counted)."""

    value: Decimal
    off_by: Decimal = Decimal(0)


@dataclass(frozen=True)
class CriterionCount:
    """What one condition does: stands alone against households, stands against them, could not be answered."""

    alone: Estimate
    against: Estimate
    unknown: Estimate


@dataclass(frozen=True)
class Preview:
    """What the rules would find on a day."""

    households: int
    # How many were asked; fewer than all in a sample.
    asked: int
    eligible: Estimate
    not_eligible: Estimate
    needs_information: Estimate
    # A month, were every eligible household enrolled; in the country's currency.
    cost: Estimate
    criteria: dict[int, CriterionCount] = field(default_factory=dict)

    @property
    def is_sample(self) -> bool:
        return self.asked < self.households


def preview(root: Group, version: ProgramVersion, on_date: dt.date, *, minor_units: int = 2) -> Preview | None:
    """Count what sound rules find, whole or by a sample; None when even a sample takes too long."""
    compiler = RuleCompiler(root, on_date=on_date, scoring_model_id=version.scoring_model_id)
    households = _registry_size()
    if households <= WHOLE_MAX:
        row = _asked(_statement(compiler, version, Keys(), minor_units), _PATIENCE_MS[0])
        if row is not None:
            return _read(row, compiler, households=row["asked"])
    keys = Keys(among=tuple(_sample(households)))
    row = _asked(_statement(compiler, version, keys, minor_units), _PATIENCE_MS[1])
    return None if row is None else _read(row, compiler, households=households)


def _registry_size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM beneficiaries_household WHERE status <> 'inactive'")
        return cursor.fetchone()[0]


def _sample(households: int) -> list[int]:
    """Return the keys of a simple random sample; the same ones while the registry stays as it is.

    A figure that moves is then the work of the rule that was changed, and not of another draw.
    """
    percent = min(100.0, 100.0 * SAMPLE / max(households, 1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM beneficiaries_household TABLESAMPLE BERNOULLI (%s) REPEATABLE (20260101)"
            " WHERE status <> 'inactive' ORDER BY id",
            [percent],
        )
        return [row[0] for row in cursor.fetchall()]


def _statement(compiler: RuleCompiler, version: ProgramVersion, keys: Keys, minor_units: int) -> Statement:
    decided = compiler.decisions(keys)
    of_members = keys.condition("ms.household_id")
    due, due_params = MonthlyDue(version, compiler.on_date).households(of_members.sql, of_members.params)
    columns = ["count(*) AS asked"]
    columns += [
        f"count(*) FILTER (WHERE decision = '{decision}') AS {decision}"
        for decision in ("eligible", "not_eligible", "needs_information")
    ]
    columns += ["coalesce(sum(cost), 0) AS cost", "coalesce(sum(cost * cost), 0) AS squares"]
    for number, requirement in enumerate(compiler.requirements):
        one = int(requirement.id)
        columns.append(f"count(*) FILTER (WHERE failed = ARRAY[{one}] AND decision = 'not_eligible') AS alone{number}")
        columns.append(f"count(*) FILTER (WHERE {one} = ANY (failed)) AS against{number}")
        columns.append(f"count(*) FILTER (WHERE {one} = ANY (unknown)) AS unknown{number}")
    return Statement(
        f"""
        SELECT {", ".join(columns)} FROM (
            SELECT d.decision, d.failed, d.unknown,
                   CASE WHEN d.decision = 'eligible' THEN coalesce(round(p.due, %s), 0) ELSE 0 END AS cost
            FROM ({decided.sql}) d LEFT JOIN ({due}) p ON p.household_id = d.household_id
        ) household
        """,  # noqa: S608 - compiled from catalogues; values are parameters
        [minor_units, *decided.params, *due_params],
    )


def _asked(statement: Statement, patience_ms: int) -> dict | None:
    """Return the one row of a statement, or None when it took longer than it may."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(patience_ms)}")
            cursor.execute(statement.sql, statement.params)
            row = cursor.fetchone()
            names = [column.name for column in cursor.description]
            cursor.execute("SET LOCAL statement_timeout = DEFAULT")
        return dict(zip(names, row, strict=True))
    except OperationalError as error:
        # 57014: cancelled by the time limit. Anything else is a fault and is not hidden.
        if getattr(error.__cause__, "pgcode", "") != "57014":
            raise
        return None


def _read(row: dict, compiler: RuleCompiler, *, households: int) -> Preview:
    asked = row["asked"]

    def count(name: str) -> Estimate:
        return _scaled(row[name], asked, households)

    return Preview(
        households=households,
        asked=asked,
        eligible=count("eligible"),
        not_eligible=count("not_eligible"),
        needs_information=count("needs_information"),
        cost=_scaled_sum(row["cost"], row["squares"], asked, households),
        criteria={
            requirement.id: CriterionCount(
                count(f"alone{number}"), count(f"against{number}"), count(f"unknown{number}")
            )
            for number, requirement in enumerate(compiler.requirements)
        },
    )


def _scaled(found: int, asked: int, households: int) -> Estimate:
    """Scale a count of a simple random sample up to all households, without replacement."""
    if asked >= households or asked < 2:
        return Estimate(Decimal(found))
    share = found / asked
    correction = (households - asked) / (households - 1)
    off_by = _Z * households * math.sqrt(share * (1 - share) / asked * correction)
    return Estimate(Decimal(round(households * share)), Decimal(math.ceil(off_by)))


def _scaled_sum(total: Decimal, squares: Decimal, asked: int, households: int) -> Estimate:
    """Scale a sum of a simple random sample up to all households."""
    if asked >= households or asked < 2:
        return Estimate(Decimal(total))
    mean = float(total) / asked
    variance = max(0.0, (float(squares) - asked * mean * mean) / (asked - 1))
    off_by = _Z * households * math.sqrt(variance / asked * (1 - asked / households))
    return Estimate(Decimal(round(households * mean)), Decimal(math.ceil(off_by)))
