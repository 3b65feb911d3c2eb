"""Reads over programmes: what a version asks and gives, in words, and how its programme stands."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from programs.eligibility.checks import requirement_problems
from programs.eligibility.tree import requirement_of, rules_of
from programs.eligibility.words import requirement_in_words
from programs.models import Criterion, Program, ProgramVersion
from programs.rules import Group, Requirement


@dataclass(frozen=True)
class RuleText:
    """A node of a version's rules: a group with what it holds, or a criterion and what exactly it asks."""

    group_kind: str = ""
    criterion: Criterion | None = None
    # What is compared with what; empty where the criterion cannot be read, and `problems` says why.
    asked: str = ""
    problems: tuple[str, ...] = ()
    children: "tuple[RuleText, ...]" = ()


def rules_in_words(version: ProgramVersion) -> RuleText | None:
    """Return a version's rules in words, in reading order; faulty criteria with what stands against them."""
    root = rules_of(version)
    if root is None:
        return None
    criteria = Criterion.objects.filter(group__version=version).select_related("legal_basis").in_bulk()

    def node(place: Group | Requirement) -> RuleText:
        if isinstance(place, Group):
            return RuleText(group_kind=place.kind, children=tuple(node(child) for child in place.children))
        problems = tuple(requirement_problems(place))
        asked = "" if problems else requirement_in_words(place)
        return RuleText(criterion=criteria[place.id], asked=asked, problems=problems)

    return node(root)


def criterion_in_words(criterion: Criterion) -> str:
    """Return what a criterion asks, exactly; its public wording where it cannot be read."""
    requirement = requirement_of(criterion)
    return criterion.wording if requirement_problems(requirement) else requirement_in_words(requirement)


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _Counted(TypedDict):
        enrolled: int
        suspended: int


def programs_for_list() -> "QuerySet[WithAnnotations[Program, _Counted]]":
    """Return the programmes with the number of households enrolled and paused."""
    return Program.objects.annotate(
        enrolled=Count("enrolments", filter=Q(enrolments__status="enrolled")),
        suspended=Count("enrolments", filter=Q(enrolments__status="suspended")),
    )


def versions_in_force(on_date: dt.date) -> dict[int, ProgramVersion]:
    """Return the version in force on a day by programme, for those that have one."""
    rows = ProgramVersion.objects.in_force(on_date).select_related("program").prefetch_related("components")
    return {version.program_id: version for version in rows}


def version_before(version: ProgramVersion) -> ProgramVersion | None:
    """Return the version in force today, beside which a draft is looked at."""
    of_program = ProgramVersion.objects.filter(program=version.program_id).exclude(pk=version.pk)
    return of_program.in_force(timezone.localdate()).select_related("program", "scoring_model").first()
