"""One household's reasons: the statement of the sweep, asked with one key."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection

from programs.eligibility.checks import refuse_unsound
from programs.eligibility.compiler import Keys, RuleCompiler, Statement
from programs.eligibility.tree import rules_of
from programs.eligibility.words import needed_in_words, requirement_in_words, seen_in_words
from programs.models import Criterion, EligibilityDecision, ProgramVersion
from programs.rules import Group, Requirement


@dataclass(frozen=True)
class Reason:
    """One criterion and what it found in the household."""

    criterion: Criterion
    # What the facts answer; None: not known.
    answer: bool | None
    # The same after «when unknown», as its place in the rules asks: inside «none of», not to be met is right.
    is_right: bool | None
    stands_against: bool
    asked: str
    needed: str
    seen: str

    @property
    def is_unknown(self) -> bool:
        return self.answer is None


@dataclass(frozen=True)
class RuleNode:
    """A node of the rules as a page shows them: a group with what it holds, or a criterion with its reason."""

    group_kind: str = ""
    reason: Reason | None = None
    children: "tuple[RuleNode, ...]" = ()

    def reasons(self) -> Iterator[Reason]:
        """Yield the reasons in reading order."""
        if self.reason is not None:
            yield self.reason
        for child in self.children:
            yield from child.reasons()


@dataclass(frozen=True)
class Explanation:
    """Why a household is or is not eligible under a version, on a day, by the facts as they stand now."""

    version: ProgramVersion
    on_date: dt.date
    decision: EligibilityDecision.Decision
    score: float | None
    root: RuleNode

    @property
    def reasons(self) -> list[Reason]:
        return list(self.root.reasons())

    @property
    def against(self) -> list[Reason]:
        return [reason for reason in self.reasons if reason.stands_against]


def explain(
    version: ProgramVersion, *, household_id: int, on_date: dt.date, scoring_model_id: int | None = None
) -> Explanation | None:
    """Return what a version's rules find in one household, criterion by criterion; None for a household not asked.

    Raises:
        RuleViolation: the rules cannot be compiled.
    """
    root, criteria = _rules_and_criteria(version)
    compiler = RuleCompiler(
        root,
        on_date=on_date,
        scoring_model_id=version.scoring_model_id if scoring_model_id is None else scoring_model_id,
    )
    row = _first_row(compiler.explanation(Keys(one=household_id)))
    if row is None:
        return None
    against = set(row["failed"])
    numbers = iter(range(len(compiler.requirements)))

    def node(place: Group | Requirement, must_hold: bool) -> RuleNode:
        if isinstance(place, Requirement):
            return RuleNode(reason=reason(place, next(numbers), must_hold))
        inside = must_hold is not (place.kind == "none")
        return RuleNode(group_kind=place.kind, children=tuple(node(child, inside) for child in place.children))

    def reason(requirement: Requirement, number: int, must_hold: bool) -> Reason:
        answer = row[f"c{number}"]
        counted = {"passes": True, "fails": False}.get(requirement.when_unknown) if answer is None else answer
        return Reason(
            criterion=criteria[requirement.id],
            answer=answer,
            is_right=None if counted is None else counted is must_hold,
            stands_against=requirement.id in against,
            asked=requirement_in_words(requirement),
            needed=needed_in_words(requirement),
            seen=seen_in_words(requirement, row[f"x{number}"], row[f"u{number}"]),
        )

    return Explanation(
        version=version,
        on_date=on_date,
        decision=EligibilityDecision.Decision(row["decision"]),
        score=row["score"],
        root=node(root, True),
    )


def _rules_and_criteria(version: ProgramVersion) -> tuple[Group, dict[int, Criterion]]:
    if version.approved_at is None:
        return _read(version)
    return _read_fixed(version.pk, version.approved_at)


@lru_cache(maxsize=64)
def _read_fixed(version_id: int, approved_at: dt.datetime) -> tuple[Group, dict[int, Criterion]]:
    """Read the rules of a version that was put in force once per process: the database lets nobody change them."""
    return _read(ProgramVersion.objects.get(pk=version_id, approved_at=approved_at))


def _read(version: ProgramVersion) -> tuple[Group, dict[int, Criterion]]:
    root = refuse_unsound(rules_of(version))
    return root, Criterion.objects.filter(group__version=version).select_related("legal_basis").in_bulk()


def _first_row(statement: Statement) -> dict | None:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        row = cursor.fetchone()
        return None if row is None else dict(zip([column.name for column in cursor.description], row, strict=True))
