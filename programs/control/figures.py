"""The statements of a control report: what a cycle's lines are held against. Each is one pass over its lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from django.db import connection

from programs.control.guards import HELD_DIGEST
from programs.models import ControlFinding, ControlReport, PaymentCycle

# A change of more than this many per cent is named.
CHANGED_ABOVE = 20
# Lines of each kind that a report names; its counts go over all.
NAMED = 200

# Every line that pays something this month, or did in the last one approved, side by side.
_COMPARED = """
    SELECT coalesce(line.household_id, former.household_id) AS household_id,
           coalesce(line.area_id, former.area_id) AS area_id, line.amount, former.amount AS former_amount,
           CASE WHEN former.household_id IS NULL THEN 'new'
                WHEN line.household_id IS NULL THEN 'gone'
                WHEN abs(line.amount - former.amount) * 100 > former.amount * %(changed_above)s THEN 'changed'
                ELSE 'same' END AS kind
    FROM (
        SELECT household_id, area_id, amount FROM programs_entitlement WHERE cycle_id = %(cycle)s AND amount > 0
    ) line
    FULL JOIN (
        SELECT household_id, area_id, amount FROM programs_entitlement WHERE cycle_id = %(former)s AND amount > 0
    ) former ON former.household_id = line.household_id
"""

# Where a line's money goes: the person, their national numbers, and the telephone the agent is given.
_SHARED = """
    WITH line AS MATERIALIZED (
        SELECT line.household_id, line.area_id, line.amount, line.payee_id,
               coalesce(nullif(payee.phone_key, ''), household.phone_key) AS phone
        FROM programs_entitlement line
        JOIN beneficiaries_individual payee ON payee.id = line.payee_id
        JOIN beneficiaries_household household ON household.id = line.household_id
        WHERE line.cycle_id = %(cycle)s AND line.amount > 0
    ),
    way AS (
        SELECT household_id, 'payee' AS detail, payee_id::text AS key FROM line
        UNION ALL
        SELECT household_id, 'phone', phone FROM line WHERE phone <> ''
        UNION ALL
        SELECT line.household_id, 'national_id', identifier.value_key
        FROM line
        JOIN beneficiaries_identifier identifier
          ON identifier.individual_id = line.payee_id AND identifier.kind = 'national_id'
         AND identifier.removed_on IS NULL AND identifier.value_key <> ''
    ),
    shared AS (
        SELECT detail, key, count(DISTINCT household_id) AS lines FROM way
        GROUP BY detail, key HAVING count(DISTINCT household_id) > 1
    ),
    found AS (
        -- The weightiest of what a line shares: the person before the number before the telephone.
        SELECT DISTINCT ON (way.household_id) way.household_id, way.detail, shared.lines, shared.key
        FROM way JOIN shared USING (detail, key)
        ORDER BY way.household_id, array_position(ARRAY['payee', 'national_id', 'phone'], way.detail), shared.lines DESC
    )
    SELECT line.household_id, line.area_id, line.amount, found.detail, found.lines AS shared_by, found.key
    FROM found JOIN line USING (household_id)
"""

# Reported dead by the register, as payee or as somebody still counted in the household when the month began.
_DECEASED = """
    SELECT line.household_id, line.area_id, line.amount,
           CASE WHEN bool_or(dead.id = line.payee_id) THEN 'head' ELSE 'member' END AS detail
    FROM beneficiaries_individual dead
    JOIN beneficiaries_membership home ON home.individual_id = dead.id
    JOIN programs_entitlement line ON line.household_id = home.household_id
    WHERE dead.died_on IS NOT NULL AND line.cycle_id = %(cycle)s AND line.amount > 0
      AND (dead.id = line.payee_id OR (home.left_on IS NULL AND dead.died_on < line.period))
    GROUP BY line.household_id, line.area_id, line.amount
"""

_HELD = """
    SELECT line.household_id, line.area_id, payment.amount, payment.hold_reason AS detail
    FROM programs_payment payment
    JOIN programs_entitlement line ON line.id = payment.entitlement_id
    WHERE payment.cycle_id = %(cycle)s AND payment.status = 'held'
"""

# (governorate, …) of a relation; what lies in no governorate comes without one.
_BY_GOVERNORATE = """
    SELECT place.governorate_id, {columns}
    FROM ({rows}) found
    JOIN (
        SELECT area.id, governorate.id AS governorate_id
        FROM ministry_area area
        LEFT JOIN ministry_area governorate
          ON governorate.level = 'governorate' AND starts_with(area.path, governorate.path)
    ) place ON place.id = found.area_id
    GROUP BY place.governorate_id {more}
"""
_COMPARISON = """
    count(amount), coalesce(sum(amount), 0), count(former_amount), coalesce(sum(former_amount), 0),
    count(*) FILTER (WHERE kind = 'new'), coalesce(sum(amount) FILTER (WHERE kind = 'new'), 0),
    count(*) FILTER (WHERE kind = 'gone'), coalesce(sum(former_amount) FILTER (WHERE kind = 'gone'), 0),
    count(*) FILTER (WHERE kind = 'changed'), coalesce(sum(amount - former_amount) FILTER (WHERE kind = 'changed'), 0),
    coalesce(sum(amount - former_amount) FILTER (WHERE kind = 'same'), 0)
"""
_COUNT = "count(*), sum(amount)"


@dataclass
class Counts:
    """What was counted, of one governorate or of all lines."""

    lines: int = 0
    total: Decimal = Decimal(0)
    former_lines: int = 0
    former_total: Decimal = Decimal(0)
    new_lines: int = 0
    new_total: Decimal = Decimal(0)
    gone_lines: int = 0
    gone_total: Decimal = Decimal(0)
    changed_lines: int = 0
    changed_by: Decimal = Decimal(0)
    drifted_by: Decimal = Decimal(0)
    shared_lines: int = 0
    shared_total: Decimal = Decimal(0)
    deceased_lines: int = 0
    deceased_total: Decimal = Decimal(0)
    held_lines: int = 0
    held_total: Decimal = Decimal(0)

    def add(self, other: "Counts") -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass
class Figures:
    """Everything a report says of a cycle, by governorate."""

    by_governorate: dict[int | None, Counts] = field(default_factory=dict)
    # Count and sum by reason of the hold.
    holds: dict[str, tuple[int, Decimal]] = field(default_factory=dict)
    held_digest: str = ""

    def of(self, governorate: int | None) -> Counts:
        return self.by_governorate.setdefault(governorate, Counts())

    @property
    def all(self) -> Counts:
        total = Counts()
        for counts in self.by_governorate.values():
            total.add(counts)
        return total


def former_month(cycle: PaymentCycle) -> PaymentCycle | None:
    """Return the latest earlier month of the programme that was approved, in the same currency."""
    return (
        PaymentCycle.objects.filter(
            program=cycle.program_id,
            period__lt=cycle.period,
            status__in=PaymentCycle.APPROVED_AND_LATER,
            currency=cycle.currency,
        )
        .order_by("-period")
        .first()
    )


def _given(cycle: PaymentCycle, former: PaymentCycle | None) -> dict[str, Any]:
    return {"cycle": cycle.pk, "former": former.pk if former else None, "changed_above": CHANGED_ABOVE}


def _rows(rows: str, columns: str, given: dict[str, Any], more: str = "") -> Iterable[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_GOVERNORATE.format(rows=rows, columns=columns, more=more), given)
        return cursor.fetchall()


def held_digest(cycle: PaymentCycle) -> str:
    """Return which payments are on hold now, and for what, as one text; the database asks it again at approval."""
    with connection.cursor() as cursor:
        cursor.execute(HELD_DIGEST.format(cycle="%s"), [cycle.pk])
        return cursor.fetchone()[0]


def figures_of(cycle: PaymentCycle, former: PaymentCycle | None) -> Figures:
    """Count a cycle's lines against the former month, in one statement for each question, however many there are."""
    given, found = _given(cycle, former), Figures(held_digest=held_digest(cycle))
    for governorate, *values in _rows(_COMPARED, _COMPARISON, given):
        names = [one.name for one in fields(Counts)][: len(values)]
        for name, value in zip(names, values, strict=True):
            setattr(found.of(governorate), name, value)
    for governorate, lines, total in _rows(_SHARED, _COUNT, given):
        found.of(governorate).shared_lines, found.of(governorate).shared_total = lines, total
    for governorate, lines, total in _rows(_DECEASED, _COUNT, given):
        found.of(governorate).deceased_lines, found.of(governorate).deceased_total = lines, total
    for governorate, reason, lines, total in _rows(_HELD, f"detail, {_COUNT}", given, more=", detail"):
        counts = found.of(governorate)
        counts.held_lines += lines
        counts.held_total += total
        before, sum_before = found.holds.get(reason, (0, Decimal(0)))
        found.holds[reason] = (before + lines, sum_before + total)
    return found


_KEEP = """
    INSERT INTO programs_controlfinding (
        report_id, kind, detail, household_id, area_id, former_amount, amount, shared_by
    )
    SELECT {report}, {kind}, {detail}, household_id, area_id, {former_amount}, amount, {shared_by}
    FROM ({rows}) found {condition}
    ORDER BY {order}, household_id
    LIMIT {named}
"""


def keep_findings(report: ControlReport) -> None:
    """Keep the weightiest lines of each kind with the report."""
    given = _given(report.cycle, report.former) | {"report": report.pk, "named": NAMED}
    kinds = ControlFinding.Kind
    compared = {"rows": _COMPARED, "detail": "''", "former_amount": "former_amount", "shared_by": "0"}
    statements = [
        compared | {"kind": kind, "condition": f"WHERE kind = '{kind}'", "order": order}
        for kind, order in (
            (kinds.NEW, "amount DESC"),
            (kinds.GONE, "former_amount DESC"),
            (kinds.CHANGED, "abs(amount - former_amount) DESC"),
        )
    ]
    alone = {"detail": "detail", "former_amount": "NULL::numeric", "condition": ""}
    statements += [
        # Lines that share one thing stand together.
        alone | {"rows": _SHARED, "kind": kinds.SHARED, "shared_by": "shared_by", "order": "shared_by DESC, key"},
        alone | {"rows": _DECEASED, "kind": kinds.DECEASED, "shared_by": "0", "order": "detail, amount DESC"},
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            if report.former is None and statement["kind"] in {kinds.NEW, kinds.GONE, kinds.CHANGED}:
                # Everybody is new in a first month; naming some of them says nothing.
                continue
            parts = statement | {"kind": f"'{statement['kind']}'", "report": "%(report)s", "named": "%(named)s"}
            cursor.execute(_KEEP.format(**parts), given)
