"""What households would be paid for a month by a version's amounts, as SQL: the rule of `benefit` for everybody.

The running totals are those of `arithmetic`, which writes the lines of a cycle and keeps the proof of each.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from beneficiaries.rules import years_before
from programs.models import ProgramVersion
from programs.payments.benefit import Component, in_paying_order


class MonthlyDue:
    """The amounts of one version on one day."""

    def __init__(self, version: ProgramVersion, on_date: dt.date) -> None:
        self.on_date = on_date
        self.base: Decimal = version.base_amount
        self.members_max = version.component_members_max
        self.components = in_paying_order(
            Component(row.pk, row.amount, row.age_from, row.age_to, row.severity_from)
            for row in version.components.all()
        )

    @property
    def asks_severity(self) -> bool:
        return any(component.severity_from is not None for component in self.components)

    def households(self, within: str, params: list[Any]) -> tuple[str, list[Any]]:
        """Return SELECT household_id, due (not yet rounded) of households with members on the day, and its values.

        `within` is a condition on the membership `ms`, `params` its values.
        """
        due, due_params = self._due()
        case, case_params = self._rank()
        difficulty = (
            " LEFT JOIN (SELECT individual_id, max(severity) AS severity FROM beneficiaries_disability"
            " GROUP BY individual_id) d ON d.individual_id = i.id"
            if self.asks_severity
            else ""
        )
        # The rank once for each member, not once for each count: hence the query inside.
        return (
            f"SELECT household_id, {due} AS due FROM (SELECT ms.household_id, {case} AS rank"  # noqa: S608 - built from the version's numbers
            f" FROM beneficiaries_membership ms JOIN beneficiaries_individual i ON i.id = ms.individual_id{difficulty}"
            f" WHERE {within} AND ms.joined_on <= %s AND (ms.left_on IS NULL OR ms.left_on > %s)"
            " AND (i.died_on IS NULL OR i.died_on > %s) OFFSET 0) member GROUP BY household_id",
            [*due_params, *case_params, *params, self.on_date, self.on_date, self.on_date],
        )

    def _rank(self) -> tuple[str, list[Any]]:
        """Return which component applies to a member, the largest first; NULL for none."""
        first = self.on_date.replace(day=1)
        branches: list[str] = []
        params: list[Any] = []
        for rank, component in enumerate(self.components, start=1):
            conditions = []
            if component.age_from is not None or component.age_to is not None:
                conditions.append("i.birth_date <= %s")
                params.append(years_before(first, component.age_from or 0))
            if component.age_to is not None:
                conditions.append("i.birth_date > %s")
                params.append(years_before(first, component.age_to + 1))
            if component.severity_from is not None:
                conditions.append("d.severity >= %s")
                params.append(component.severity_from)
            branches.append(f"WHEN {' AND '.join(conditions)} THEN {rank}")
        return (f"CASE {' '.join(branches)} END" if branches else "NULL::int"), params

    def _due(self) -> tuple[str, list[Any]]:
        """Return base and counted components of a household whose members have a `rank`."""
        up_to = [
            "0",
            *(f"least(count(*) FILTER (WHERE rank <= {rank}), %s)" for rank in range(1, len(self.components) + 1)),
        ]
        terms = ["%s::numeric"]
        params: list[Any] = [self.base]
        for rank, component in enumerate(self.components, start=1):
            terms.append(f"({up_to[rank]} - {up_to[rank - 1]}) * %s")
            params += [self.members_max] * (2 if rank > 1 else 1) + [component.amount]
        return " + ".join(terms), params
