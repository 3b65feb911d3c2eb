"""Eligibility rules in the pure: what a rule set is, and how three-valued answers combine."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MemberRequirement:
    """What a member must meet to be counted; `field` is a code of the member-field catalogue."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True)
class Requirement:
    """One condition: on a fact of the household, or (`fact` empty) on the number of members who meet `members`."""

    id: int
    operator: str
    value: str
    fact: str = ""
    members: tuple[MemberRequirement, ...] = ()
    # "needs_information", "fails" or "passes": what an unanswered condition counts as.
    when_unknown: str = "needs_information"

    @property
    def counts_members(self) -> bool:
        return not self.fact


@dataclass(frozen=True)
class Group:
    """All, any or none of what it holds must be true ("all", "any", "none")."""

    kind: str
    children: "tuple[Group | Requirement, ...]" = field(default=())

    def requirements(self) -> Iterator[Requirement]:
        """Yield the conditions of the whole tree, in reading order."""
        for child in self.children:
            if isinstance(child, Group):
                yield from child.requirements()
            else:
                yield child


def needs_every_child(group: Group, *, must_hold: bool) -> bool:
    """Tell whether each child of the group decides by itself.

    `must_hold` is false inside an odd number of «none of» groups, where the rule asks that the group be false. «All of»
    that must hold needs every child; so does «any of» that must not, and «none of» that must hold. In the other cases
    one child is enough, and those that fail do not stand against the household once another one answers.
    """
    return (group.kind == "any") is not must_hold
