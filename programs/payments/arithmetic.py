"""The statement that works out a cycle's lines: the rule of `benefit` over a whole key range at once.

Ages are comparisons of the birth date with constant dates. A member's component is the first that applies, largest
amount first; how many of each component are counted follows from running totals n₁ ≤ n₂ ≤ … of members up to each
component: least(nₖ, max) − least(nₖ₋₁, max). No window, no sort of members.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from psycopg2.sql import SQL, Composable, Composed, Literal

from beneficiaries.rules import years_before
from programs.payments.benefit import Component, in_paying_order
from programs.payments.pro_rata import days_expression

# What a cycle keeps as `snapshot`: bumped when keys change, so that old texts stay readable.
SNAPSHOT_VERSION = 1


@dataclass(frozen=True)
class CycleTerms:
    """The constants of a cycle's arithmetic."""

    cycle_id: int
    program_id: int
    program_code: str
    version_number: int
    period: dt.date
    period_end: dt.date
    currency: str
    minor_units: int
    base: Decimal
    members_max: int
    components: Sequence[Component]
    # Per cent of a household's amount that reductions may withhold at most.
    withheld_at_most: Decimal = Decimal(100)
    # Per cent of what is payable that recovery of overpayments may take at most.
    recovered_at_most: Decimal = Decimal(100)
    # Whether the months of entry and of exit are paid by days.
    entry_by_days: bool = False
    exit_by_days: bool = False

    @property
    def by_days(self) -> bool:
        return self.entry_by_days or self.exit_by_days


def _applies(component: Component, period: dt.date) -> Composable:
    """Return the condition under which a component applies to a member (`person`, `difficulty`)."""
    conditions: list[Composable] = []
    if component.age_from is not None or component.age_to is not None:
        # Age ≥ a on the day: born on or before the day a years earlier. Nobody has an age before being born.
        born_by = years_before(period, component.age_from or 0)
        conditions.append(SQL("person.birth_date <= {}").format(Literal(born_by)))
    if component.age_to is not None:
        # Age ≤ b: the birthday number b + 1 has not come yet.
        conditions.append(SQL("person.birth_date > {}").format(Literal(years_before(period, component.age_to + 1))))
    if component.severity_from is not None:
        conditions.append(SQL("difficulty.severity >= {}").format(Literal(component.severity_from)))
    return SQL(" AND ").join(conditions)


def _text(value: object) -> Composable:
    return Literal(str(value))


def component_rank(components: Sequence[Component], period: dt.date) -> Composable:
    """Return the rank of the component that applies to a member (`person`, `difficulty`), from 1; NULL for none."""
    if not components:
        return SQL("NULL::integer")
    branches = [
        SQL("WHEN {} THEN {}").format(_applies(component, period), Literal(rank))
        for rank, component in enumerate(components, start=1)
    ]
    return SQL("CASE {} END").format(SQL(" ").join(branches))


def component_amount(rank: Composable, components: Sequence[Component]) -> Composable:
    """Return the amount of the component of a rank; nothing where there is none."""
    if not components:
        return SQL("0::numeric")
    branches = [
        SQL("WHEN {} THEN {}").format(Literal(number), Literal(component.amount))
        for number, component in enumerate(components, start=1)
    ]
    return SQL("CASE {} {} ELSE 0 END").format(rank, SQL(" ").join(branches))


def _up_to(rank: int) -> Composable:
    """Return the running number of members up to a component, as the outer query reads it; nothing before the first."""
    return SQL("coalesce(member.up_to_{}, 0)").format(SQL(str(rank))) if rank else SQL("0")


def _counted(rank: int, members_max: int) -> Composable:
    """Return how many members are counted with the component of this rank."""
    return SQL("(least({}, {}) - least({}, {}))").format(
        _up_to(rank), Literal(members_max), _up_to(rank - 1), Literal(members_max)
    )


def _components_sum(components: Sequence[Component], members_max: int) -> Composable:
    if not components:
        return SQL("0::numeric")
    return SQL(" + ").join(
        SQL("{} * {}").format(_counted(rank, members_max), Literal(component.amount))
        for rank, component in enumerate(components, start=1)
    )


def _people_text(components: Sequence[Component]) -> Composable:
    """Return the JSON text of one member: number, birth date, degree of difficulty, component. Never names."""
    ids = SQL("CASE member_rank.rank {} END").format(
        SQL(" ").join(
            SQL("WHEN {} THEN {}").format(Literal(rank), _text(component.id))
            for rank, component in enumerate(components, start=1)
        )
    )
    return SQL(
        """'{{"person":' || person.id || ',"born":' || coalesce('"' || person.birth_date || '"', 'null')
        || ',"severity":' || coalesce(difficulty.severity::text, 'null')
        || ',"component":' || coalesce({}, 'null') || '}}'"""
    ).format(ids if components else SQL("NULL"))


def _snapshot_text(terms: CycleTerms, components: Sequence[Component]) -> Composable:
    """Return the JSON text of a line, keys in fixed order. Strings that come from rows are escaped by `to_json`."""
    parts = [
        SQL("""'{{"id":{id},"amount":"{amount}","qualifying":' || ({up_to} - {before})
        || ',"counted":' || {counted} || '}}'""").format(
            id=SQL(str(component.id)),
            amount=SQL(str(component.amount)),
            up_to=_up_to(rank),
            before=_up_to(rank - 1),
            counted=_counted(rank, terms.members_max),
        )
        for rank, component in enumerate(components, start=1)
    ]
    head = json.dumps(
        {
            "snapshot": SNAPSHOT_VERSION,
            "program": terms.program_code,
            "version": terms.version_number,
            "period": terms.period.isoformat(),
            "currency": terms.currency,
            "base": str(terms.base),
            "members_max": terms.members_max,
        },
        separators=(",", ":"),
    )
    return SQL(
        """{head} || ',"household":' || to_json(household.household_ref)::text
        || ',"area":' || to_json(area.path)::text
        || ',"enrolment":' || enrolment.id
        || ',"people":[' || coalesce(member.people, '') || ']'
        || ',"components":[' || {components} || ']'
        || ',"amount":"' || {amount} || '"' || {days} || '}}'"""
    ).format(
        head=Literal(head[:-1]),
        components=SQL(" || ',' || ").join(parts) if parts else SQL("''"),
        amount=_amount(terms, components),
        days=SQL("""',"days":' || {days} || ',"of":{month}'""").format(
            days=_days(terms), month=SQL(str(terms.period_end.day))
        )
        if terms.by_days
        else SQL("''"),
    )


def _days(terms: CycleTerms) -> Composable:
    return days_expression(terms.period, terms.period_end, entry_by_days=terms.entry_by_days)


def _due(terms: CycleTerms, amount: Composable) -> Composable:
    """Return what is due before adjustments, `full_amount` being that of a whole month, and the days it is due for."""
    if not terms.by_days:
        return SQL("{} AS amount").format(amount)
    return SQL("round({full} * {days} / {month}, {units}) AS amount, {full} AS full_amount, {days} AS days").format(
        full=amount, days=_days(terms), month=Literal(terms.period_end.day), units=Literal(terms.minor_units)
    )


def _amount(terms: CycleTerms, components: Sequence[Component]) -> Composable:
    # `round` of numeric is half away from zero, which for amounts is half up.
    return SQL("round({} + {}, {})").format(
        Literal(terms.base), _components_sum(components, terms.members_max), Literal(terms.minor_units)
    )


_LINES = """
    SELECT enrolment.id AS enrolment_id, enrolment.household_id, household.area_id,
           member.payee_id, {components_amount} AS components_amount,
           {qualifying} AS members_qualifying, least({qualifying}, {members_max}) AS members_counted,
           {due}{snapshot}
    FROM programs_enrolment enrolment
    JOIN beneficiaries_household household ON household.id = enrolment.household_id
    JOIN ministry_area area ON area.id = household.area_id
    LEFT JOIN (
        SELECT membership.household_id,
               min(membership.individual_id) FILTER (WHERE membership.relationship = 'head') AS payee_id
               {up_to}{people}
        FROM programs_enrolment enrolment
        JOIN beneficiaries_membership membership ON membership.household_id = enrolment.household_id
        JOIN beneficiaries_individual person ON person.id = membership.individual_id
        {difficulty}
        CROSS JOIN LATERAL (SELECT {case} AS rank) member_rank
        WHERE {enrolled}
          AND membership.household_id >= {low} AND membership.household_id < {high}
          AND membership.joined_on <= {period_end}
          AND (membership.left_on IS NULL OR membership.left_on > {period_end})
          AND (person.died_on IS NULL OR person.died_on >= {period})
        GROUP BY membership.household_id
    ) member ON member.household_id = enrolment.household_id
    WHERE {enrolled} AND household.id >= {low} AND household.id < {high} AND household.status <> 'inactive'
"""

# Enrolled during the month: paused and ended enrolments are not paid, later ones begin with their own month. The range
# stands on every table of the statement: the planner does not carry it over the joins by itself.
_ENROLLED = """enrolment.program_id = {program} AND {status}
          AND enrolment.enrolled_on <= {period_end}
          AND enrolment.household_id >= {low} AND enrolment.household_id < {high}"""

_STILL = "enrolment.status = 'enrolled'"
# Whoever left during the month is due its days, unless they came back within it: then the later enrolment counts.
_STILL_OR_LEFT = """(enrolment.status = 'enrolled' OR (
              enrolment.status = 'exited' AND enrolment.ended_on >= {period} AND enrolment.ended_on <= {period_end}
              AND NOT EXISTS (
                  SELECT 1 FROM programs_enrolment later
                  WHERE later.program_id = enrolment.program_id AND later.household_id = enrolment.household_id
                    AND later.enrolled_on <= {period_end} AND (
                        later.status = 'enrolled' OR (
                            later.status = 'exited' AND later.ended_on >= {period}
                            AND later.ended_on <= {period_end} AND later.id > enrolment.id)))))"""

_MISSING = """ AND NOT EXISTS (
              SELECT 1 FROM programs_entitlement known
              WHERE known.household_id = enrolment.household_id AND known.period = {period}
                AND known.program_id = {program}
          )"""


def enrolled_in(terms: CycleTerms, low: int, high: int, *, only_missing: bool = False) -> Composed:
    """Return the condition on `enrolment` that a range of the cycle pays; `only_missing`: who has no line yet."""
    status = SQL(_STILL_OR_LEFT if terms.exit_by_days else _STILL).format(
        period=Literal(terms.period), period_end=Literal(terms.period_end)
    )
    return SQL(_ENROLLED + _MISSING if only_missing else _ENROLLED).format(
        status=status,
        program=Literal(terms.program_id),
        period=Literal(terms.period),
        period_end=Literal(terms.period_end),
        low=Literal(low),
        high=Literal(high),
    )


def lines(
    terms: CycleTerms, low: int, high: int, *, with_snapshot: bool = True, only_missing: bool = False
) -> Composed:
    """Return the SELECT of all lines of households `low` ≤ id < `high`, those with nothing due included."""
    components = in_paying_order(terms.components)
    asks_severity = any(component.severity_from is not None for component in components)
    up_to = [
        SQL(", count(*) FILTER (WHERE member_rank.rank <= {}) AS up_to_{}").format(Literal(rank), SQL(str(rank)))
        for rank in range(1, len(components) + 1)
    ]
    return SQL(_LINES).format(
        components_amount=_components_sum(components, terms.members_max),
        qualifying=_up_to(len(components)),
        members_max=Literal(terms.members_max),
        due=_due(terms, _amount(terms, components)),
        snapshot=SQL(", {} AS snapshot").format(_snapshot_text(terms, components)) if with_snapshot else SQL(""),
        up_to=SQL("").join(up_to),
        people=SQL(", string_agg({}, ',' ORDER BY person.id) AS people").format(_people_text(components))
        if with_snapshot
        else SQL(""),
        difficulty=SQL(
            """LEFT JOIN LATERAL (
                SELECT max(severity) AS severity FROM beneficiaries_disability
                WHERE individual_id = person.id
            ) difficulty ON true"""
            if asks_severity
            else "CROSS JOIN (SELECT NULL::smallint AS severity) difficulty"
        ),
        case=component_rank(components, terms.period),
        enrolled=enrolled_in(terms, low, high, only_missing=only_missing),
        low=Literal(low),
        high=Literal(high),
        period=Literal(terms.period),
        period_end=Literal(terms.period_end),
    )
