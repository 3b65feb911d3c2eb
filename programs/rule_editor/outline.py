"""The rules of a version as the editor shows them: each place with its row, its sentence and what stands against it.

Two fingerprints tell whether somebody else was there: one of a condition's own content, one of the whole tree.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from programs.eligibility.checks import requirement_problems
from programs.eligibility.tree import requirement_of
from programs.eligibility.words import requirement_in_words
from programs.models import Criterion, ProgramVersion, RuleGroup
from programs.rules import Group, Requirement


@dataclass(frozen=True)
class Place:
    """A group or a condition where it stands; `number` is how a person would call it («2.1»)."""

    number: str
    depth: int
    group: RuleGroup | None = None
    criterion: Criterion | None = None
    # What exactly is compared; empty where it cannot be read, and `problems` says why.
    asked: str = ""
    problems: tuple[str, ...] = ()
    children: "tuple[Place, ...]" = ()
    is_first: bool = True
    is_last: bool = True
    # Whether a group stands beside it, into which it could go.
    has_group_beside: bool = False

    @property
    def key(self) -> str:
        """How addresses and buttons name it: «g12», «c34»."""
        return f"g{self.group.pk}" if self.group is not None else f"c{self.criterion.pk}"  # type: ignore[union-attr]

    @property
    def is_root(self) -> bool:
        return self.depth == 0

    def places(self) -> "Iterator[Place]":
        """Yield itself and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.places()


@dataclass(frozen=True)
class Outline:
    """A version's rules; without a root, nothing was written yet."""

    root: Place | None
    # Changes with every change of the rules.
    fingerprint: str

    @property
    def places(self) -> list[Place]:
        return list(self.root.places()) if self.root else []

    @property
    def criteria(self) -> list[Criterion]:
        return [place.criterion for place in self.places if place.criterion is not None]

    @property
    def groups(self) -> list[Place]:
        return [place for place in self.places if place.group is not None]


def outline_of(version: ProgramVersion) -> Outline:
    """Read the rules of a version, in three statements whatever their number."""
    groups = list(version.rule_groups.order_by("position", "id"))
    criteria = list(
        Criterion.objects.filter(group__version=version)
        .order_by("position", "id")
        .select_related("legal_basis")
        .prefetch_related("member_conditions")
    )
    below: dict[int | None, list[tuple[int, int, RuleGroup | Criterion]]] = defaultdict(list)
    for criterion in criteria:
        below[criterion.group_id].append((criterion.position, 0, criterion))
    for group in groups:
        below[group.parent_id].append((group.position, 1, group))

    def children(of: RuleGroup, number: str, depth: int) -> tuple[Place, ...]:
        rows = [row for *_place, row in sorted(below[of.pk], key=lambda entry: entry[:2])]
        made = []
        for index, row in enumerate(rows):
            beside = rows[max(index - 1, 0) : index] + rows[index + 1 : index + 2]
            made.append(
                replace(
                    place(row, f"{number}.{index + 1}" if number else str(index + 1), depth),
                    is_first=index == 0,
                    is_last=index == len(rows) - 1,
                    has_group_beside=any(isinstance(other, RuleGroup) for other in beside),
                )
            )
        return tuple(made)

    def place(row: RuleGroup | Criterion, number: str, depth: int) -> Place:
        if isinstance(row, RuleGroup):
            return Place(number, depth, group=row, children=children(row, number, depth + 1))
        requirement = requirement_of(row)
        problems = tuple(requirement_problems(requirement))
        asked = "" if problems else requirement_in_words(requirement)
        return Place(number, depth, criterion=row, asked=asked, problems=problems)

    roots = [row for *_place, row in below[None]]
    return Outline(place(roots[0], "", 0) if roots else None, fingerprint_of_rules(groups, criteria))


def fingerprint_of(criterion: Criterion) -> str:
    """Return a fingerprint of what a condition says, wherever it stands."""
    return _digest(_content(criterion))


def fingerprint_of_rules(groups: list[RuleGroup], criteria: list[Criterion]) -> str:
    """Return a fingerprint of all groups and conditions, and of where they stand."""
    places: list[list[Any]] = [["g", group.pk, group.parent_id, group.kind, group.position] for group in groups]
    places += [["c", row.pk, row.group_id, row.position, *_content(row)] for row in criteria]
    return _digest(sorted(places, key=lambda row: (row[0], row[1])))


def without_empty_groups(root: Group | None) -> Group | None:
    """Return the rules without groups that hold nothing: what can be counted of a draft that is being written."""
    if root is None:
        return None
    kept: list[Group | Requirement] = []
    for child in root.children:
        if isinstance(child, Requirement):
            kept.append(child)
        elif (inside := without_empty_groups(child)) is not None:
            kept.append(inside)
    return Group(root.kind, tuple(kept)) if kept else None


def _content(criterion: Criterion) -> list[object]:
    return [
        criterion.subject, criterion.fact, criterion.operator, criterion.value, criterion.when_unknown,
        criterion.legal_basis_id, criterion.wording_ar, criterion.wording_en, criterion.note_ar, criterion.note_en,
        [[row.field, row.operator, row.value] for row in criterion.member_conditions.all()],
    ]  # fmt: skip


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:24]
