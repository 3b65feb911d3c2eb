"""A rule set becomes one SELECT: each criterion an SQL expression with three answers, the groups AND, OR and NOT.

    decided:  household_id, decision, failed, unknown, score          ← `decisions`
      answered: household_id, score, c0…, x0…, u0…                    ← `answers` (what «explain» reads)
        household ⟕ facts ⟕ (members counted, one grouped pass)

`c<n>` is what criterion n answers (true, false, NULL = unknown), `x<n>` the value it saw, `u<n>` of how many members it
is unknown. Members are those who live in the household on the day: joined, not left, not dead; ages are completed years
on the day. Households that left the register are not asked. Identifiers come from the catalogues only; every value is a
parameter.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from beneficiaries.facts import CATALOGUE, Kind
from beneficiaries.rules import years_before
from programs.eligibility.member_fields import MEMBER_FIELDS
from programs.eligibility.values import read_value
from programs.rules import Group, MemberRequirement, Requirement, needs_every_child

_COMPARISONS = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True)
class Statement:
    """SQL with `%s` marks, and what stands for them."""

    sql: str
    params: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Keys:
    """Which households: one, those named in `among`, or those from `start` to before `end` (None: without bound)."""

    start: int | None = None
    end: int | None = None
    one: int | None = None
    among: tuple[int, ...] | None = None

    def condition(self, column: str) -> Statement:
        """Return the condition on `column`.

        It is said of each table again: the planner does not carry a range across outer joins.
        """
        if self.one is not None:
            return Statement(f"{column} = %s", [self.one])
        if self.among is not None:
            return Statement(f"{column} = ANY (%s)", [list(self.among)])
        bounds = [(f"{column} >= %s", self.start), (f"{column} < %s", self.end)]
        set_bounds = [(sql, value) for sql, value in bounds if value is not None]
        if not set_bounds:
            return Statement("true")
        return Statement(" AND ".join(sql for sql, _value in set_bounds), [value for _sql, value in set_bounds])


@dataclass(frozen=True)
class _Answer:
    """One criterion's three columns."""

    answer: Statement
    seen: str
    unknown: str


class RuleCompiler:
    """Compiles one rule set, already found sound, for one day.

    `scoring_model_id` names the model whose scores count as the fact `pmt_score`; None: the one in force, whose scores
    stand among the facts.
    """

    def __init__(self, root: Group, *, on_date: dt.date, scoring_model_id: int | None = None) -> None:
        self.root = root
        self.on_date = on_date
        self.scoring_model_id = scoring_model_id
        self.requirements = list(root.requirements())
        self._position = {id(test): number for number, test in enumerate(self.requirements)}

    def answers(self, keys: Keys) -> Statement:
        """Return the SELECT of what each criterion answers and saw: household_id, score, c…, x…, u…."""
        columns: list[str] = ["h.id AS household_id", f"{self._score} AS score"]
        params: list[Any] = []
        for number, answer in enumerate(self._answers()):
            columns += [f"{answer.answer.sql} AS c{number}", f"{answer.seen} AS x{number}"]
            columns.append(f"{answer.unknown} AS u{number}")
            params += answer.answer.params
        source = self._source(keys)
        return Statement(
            f"SELECT {', '.join(columns)} FROM {source.sql}",  # noqa: S608 - see the module
            params + source.params,
        )

    def decisions(self, keys: Keys) -> Statement:
        """Return the SELECT of decisions: household_id, decision, failed, unknown, score."""
        return self._decided(keys, f"household_id, {self._decision}, score")

    def outcomes(self, keys: Keys) -> Statement:
        """Return the SELECT of decisions without their reasons: household_id, decision, score."""
        return self._decided(keys, f"household_id, {self._outcome} AS decision, score")

    def explanation(self, keys: Keys) -> Statement:
        """Return the same SELECT with what each criterion answered and saw: …, c0, x0, u0, c1…"""
        seen = ", ".join(f"c{number}, x{number}, u{number}" for number in range(len(self.requirements)))
        return self._decided(keys, f"household_id, {self._decision}, score, {seen}")

    def _decided(self, keys: Keys, columns: str) -> Statement:
        answers = self.answers(keys)
        return Statement(f"SELECT {columns} FROM ({answers.sql}) answered", answers.params)  # noqa: S608 - see the module

    @property
    def _outcome(self) -> str:
        decided = self._value(self.root)
        return (
            f"CASE WHEN {decided} THEN 'eligible' WHEN NOT {decided} THEN 'not_eligible' ELSE 'needs_information' END"
        )

    @property
    def _decision(self) -> str:
        failed = ", ".join(
            f"CASE WHEN {condition} THEN {int(requirement.id)} END"
            for requirement, condition in self._against(self.root, True, ())
        )
        unknown = ", ".join(
            f"CASE WHEN c{number} IS NULL THEN {int(requirement.id)} END"
            for number, requirement in enumerate(self.requirements)
        )
        return (
            f"{self._outcome} AS decision, array_remove(ARRAY[{failed}]::int[], NULL) AS failed,"
            f" array_remove(ARRAY[{unknown}]::int[], NULL) AS unknown"
        )

    # Groups.

    def _value(self, node: Group | Requirement) -> str:
        """Return the node's value, after each unknown counts as its rule says."""
        if isinstance(node, Requirement):
            column = f"c{self._position[id(node)]}"
            if node.when_unknown == "needs_information":
                return column
            return f"coalesce({column}, {'true' if node.when_unknown == 'passes' else 'false'})"
        joined = (" AND " if node.kind == "all" else " OR ").join(self._value(child) for child in node.children)
        return f"(NOT ({joined}))" if node.kind == "none" else f"({joined})"

    def _against(self, group: Group, must_hold: bool, dispensable: tuple[str, ...]) -> list[tuple[Requirement, str]]:
        """Pair each criterion with the condition under which it stands against the household.

        It does when it is the opposite of what its place asks, and no group around it that is content with one answer
        has found one (`dispensable`: those groups' contentment).
        """
        if not needs_every_child(group, must_hold=must_hold):
            content = self._value(group) if must_hold else f"(NOT {self._value(group)})"
            dispensable = (*dispensable, f"{content} IS NOT TRUE")
        child_must_hold = must_hold is not (group.kind == "none")
        pairs: list[tuple[Requirement, str]] = []
        for child in group.children:
            if isinstance(child, Group):
                pairs += self._against(child, child_must_hold, dispensable)
            else:
                opposite = f"NOT {self._value(child)}" if child_must_hold else self._value(child)
                pairs.append((child, " AND ".join([opposite, *dispensable])))
        return pairs

    # Tables.

    @property
    def _score(self) -> str:
        return "f.pmt_score" if self.scoring_model_id is None else "s.value"

    def _source(self, keys: Keys) -> Statement:
        key_of_facts = keys.condition("f.household_id")
        sql = (
            "beneficiaries_household h"
            f" LEFT JOIN beneficiaries_householdfacts f ON f.household_id = h.id AND {key_of_facts.sql}"
        )
        params = list(key_of_facts.params)
        if self.scoring_model_id is not None:
            key_of_scores = keys.condition("s.household_id")
            sql += (
                " LEFT JOIN beneficiaries_score s ON s.scoring_model_id = %s AND s.household_id = h.id"
                f" AND {key_of_scores.sql}"
            )
            params += [self.scoring_model_id, *key_of_scores.params]
        if any(test.counts_members for test in self.requirements):
            members = self.member_counts(keys)
            sql += f" LEFT JOIN ({members.sql}) m ON m.household_id = h.id"
            params += members.params
        key = keys.condition("h.id")
        return Statement(f"{sql} WHERE h.status <> 'inactive' AND {key.sql}", params + key.params)

    def member_counts(self, keys: Keys) -> Statement:
        """Return the grouped pass over the members: for each count, how many surely and of how many it is unknown."""
        columns, params = ["ms.household_id"], []
        difficulties = False
        for number, test in enumerate(self.requirements):
            if not test.counts_members:
                continue
            conditions = [self._member_condition(member) for member in test.members]
            condition = " AND ".join(condition.sql for condition in conditions)
            values = [value for condition in conditions for value in condition.params]
            columns.append(f"count(*) FILTER (WHERE {condition}) AS k{number}")
            columns.append(f"count(*) FILTER (WHERE ({condition}) IS NULL) AS n{number}")
            params += values + values
            difficulties |= any(MEMBER_FIELDS[member.field].needs_difficulties for member in test.members)
        key = keys.condition("ms.household_id")
        sql = (
            f"SELECT {', '.join(columns)} FROM beneficiaries_membership ms"  # noqa: S608 - see the module
            " JOIN beneficiaries_individual i ON i.id = ms.individual_id"
        )
        if difficulties:
            sql += (
                " LEFT JOIN (SELECT individual_id, max(severity) AS severity FROM beneficiaries_disability"
                " GROUP BY individual_id) d ON d.individual_id = i.id"
            )
        sql += (
            f" WHERE {key.sql} AND ms.joined_on <= %s AND (ms.left_on IS NULL OR ms.left_on > %s)"
            " AND (i.died_on IS NULL OR i.died_on > %s) GROUP BY ms.household_id"
        )
        return Statement(sql, params + key.params + [self.on_date] * 3)

    # Criteria.

    def _answers(self) -> list[_Answer]:
        return [
            self._count_answer(number, test) if test.counts_members else self._fact_answer(test)
            for number, test in enumerate(self.requirements)
        ]

    def _count_answer(self, number: int, test: Requirement) -> _Answer:
        known, unknown = f"coalesce(m.k{number}, 0)", f"coalesce(m.n{number}, 0)"
        value = read_value(test.value, kind=Kind.COUNT, operator=test.operator)
        return _Answer(_between(known, f"({known} + {unknown})", test.operator, value), known, unknown)

    def _fact_answer(self, test: Requirement) -> _Answer:
        fact = CATALOGUE[test.fact]
        column = self._score if test.fact == "pmt_score" else f"f.{fact.code}"
        value = read_value(test.value, kind=fact.kind, operator=test.operator, choices=fact.choices)
        if not fact.unknown_count:
            return _Answer(_compare(column, fact.kind, test.operator, value), column, "0")
        unknown = f"f.{fact.unknown_count}"
        if fact.kind is Kind.COUNT:
            return _Answer(_between(column, f"({column} + {unknown})", test.operator, value), column, unknown)
        # An amount of which some people's share is unknown may be as large as can be; nobody's answer counts as none.
        known = f"CASE WHEN {unknown} IS NOT NULL THEN coalesce({column}, 0) END"
        highest = f"CASE WHEN {unknown} > 0 THEN 'infinity'::double precision ELSE {known} END"
        return _Answer(_between(f"({known})", f"({highest})", test.operator, float(value)), column, unknown)

    def _member_condition(self, test: MemberRequirement) -> Statement:
        field_ = MEMBER_FIELDS[test.field]
        value = read_value(test.value, kind=field_.kind, operator=test.operator, choices=field_.choices)
        if test.field == "age":
            return _compare_age(test.operator, value, self.on_date)
        column, params = field_.sql(self.on_date)
        condition = _compare(f"({column})", field_.kind, test.operator, value)
        return Statement(condition.sql, params + condition.params)


def _compare(column: str, kind: Kind, operator: str, value: Any) -> Statement:
    # Amounts and scores compare as floats: several times cheaper than numeric, and exact for what is typed alike.
    mark = "%s" if kind in (Kind.CHOICE, Kind.BOOLEAN, Kind.COUNT) else "%s::double precision"
    if operator in ("in", "not_in"):
        marks = ", ".join([mark] * len(value))
        return Statement(f"({column} {'NOT IN' if operator == 'not_in' else 'IN'} ({marks}))", list(value))
    return Statement(f"({column} {_COMPARISONS[operator]} {mark})", [value])


def _between(low: str, high: str, operator: str, value: float) -> Statement:
    """Return the answer for a number that lies from `low` to `high`: NULL where the range leaves both open."""
    mark = "%s::double precision" if isinstance(value, float) else "%s"
    if operator in ("gt", "gte", "lt", "lte"):
        sign = _COMPARISONS[operator]
        surely, perhaps = (low, high) if operator in ("gt", "gte") else (high, low)
        return Statement(
            f"CASE WHEN {surely} {sign} {mark} THEN true WHEN {perhaps} {sign} {mark} THEN NULL"
            f" WHEN {low} IS NOT NULL THEN false END",
            [value] * 2,
        )
    equal = f"CASE WHEN {low} > {mark} OR {high} < {mark} THEN false WHEN {low} = {high} THEN true END"
    return Statement(f"(NOT {equal})" if operator == "ne" else equal, [value] * 2)


def _compare_age(operator: str, value: int | Sequence[int], on_date: dt.date) -> Statement:
    """Return the condition on completed years as one on the birth date, which the planner can estimate."""
    if operator in ("in", "not_in"):
        ages = [_compare_age("eq", age, on_date) for age in value]  # type: ignore[union-attr]
        joined = " OR ".join(age.sql for age in ages)
        params = [param for age in ages for param in age.params]
        return Statement(f"(NOT ({joined}))" if operator == "not_in" else f"({joined})", params)
    assert isinstance(value, int)  # noqa: S101 - lists are dealt with above
    reached, passed = years_before(on_date, value), years_before(on_date, value + 1)
    if operator == "gte":
        return Statement("(i.birth_date <= %s)", [reached])
    if operator == "gt":
        return Statement("(i.birth_date <= %s)", [passed])
    if operator == "lt":
        return Statement("(i.birth_date > %s)", [reached])
    if operator == "lte":
        return Statement("(i.birth_date > %s)", [passed])
    within = "(i.birth_date <= %s AND i.birth_date > %s)"
    return Statement(f"(NOT {within})" if operator == "ne" else within, [reached, passed])
