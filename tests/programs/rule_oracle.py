"""An independent evaluation of rules in plain Python, household by household: what the compiled SQL must agree with."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from beneficiaries.facts import CATALOGUE, Kind
from programs.rules import Group, MemberRequirement, Requirement


@dataclass
class Person:
    """A member as the oracle sees one."""

    sex: str
    birth_date: dt.date | None
    relationship: str = "other_relative"
    marital_status: str = ""
    years_schooling: int | None = None
    in_school: bool | None = None
    works: bool | None = None
    pregnant: bool | None = None
    severity: int | None = None
    formal_income: float | None = None
    joined_on: dt.date = dt.date(2000, 1, 1)
    left_on: dt.date | None = None
    died_on: dt.date | None = None


@dataclass
class House:
    """A household as the oracle sees one; `facts` None: none were ever computed."""

    facts: dict[str, Any] | None
    people: list[Person] = field(default_factory=list)
    score_of_model: float | None = None


# Which facts are intervals, and what each fact's values are: what the catalogue says, and all that is taken from it.
UNKNOWN_COUNT = {code: fact.unknown_count for code, fact in CATALOGUE.items() if fact.unknown_count}
_LIKE = {Kind.CHOICE: "text", Kind.BOOLEAN: "bool"}


def years(birth: dt.date, on: dt.date) -> int:
    count = on.year - birth.year
    if (on.month, on.day) < (birth.month, birth.day):
        count -= 1
    return count


def compare(operator: str, seen: Any, wanted: Any) -> bool | None:
    if seen is None:
        return None
    return {
        "eq": lambda: seen == wanted,
        "ne": lambda: seen != wanted,
        "lt": lambda: seen < wanted,
        "lte": lambda: seen <= wanted,
        "gt": lambda: seen > wanted,
        "gte": lambda: seen >= wanted,
        "in": lambda: seen in wanted,
        "not_in": lambda: seen not in wanted,
    }[operator]()


def agree(possible: list[bool]) -> bool | None:
    """True or false when every possible world says so, else unknown."""
    return possible[0] if len(set(possible)) == 1 else None


def not_(value: bool | None) -> bool | None:
    return None if value is None else not value


def all_(values: list[bool | None]) -> bool | None:
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def any_(values: list[bool | None]) -> bool | None:
    return not_(all_([not_(value) for value in values]))


def typed(text: str, like: str) -> Any:
    if like == "text":
        return text
    if like == "bool":
        return text == "true"
    return float(text)


MEMBER_TYPES = {"sex": "text", "relationship": "text", "marital_status": "text", "in_school": "bool", "works": "bool",
                "pregnant": "bool"}  # fmt: skip
FACT_TYPES = {code: _LIKE.get(fact.kind, "number") for code, fact in CATALOGUE.items()}


def wanted(requirement: Requirement | MemberRequirement, like: str) -> Any:
    if requirement.operator in ("in", "not_in"):
        return [typed(part, like) for part in requirement.value.split(",")]
    return typed(requirement.value, like)


def member_value(person: Person, name: str, on: dt.date) -> Any:
    if name == "age":
        return None if person.birth_date is None else years(person.birth_date, on)
    if name == "severity":
        return person.severity or 1
    if name == "marital_status":
        return person.marital_status or None
    if name == "pregnant":
        if person.sex == "M":
            return False
        if person.pregnant is not None:
            return person.pregnant
        if person.birth_date is not None and not 15 <= years(person.birth_date, on) <= 49:
            return False
        return None
    return getattr(person, name)


def present(person: Person, on: dt.date) -> bool:
    return (
        person.joined_on <= on
        and (person.left_on is None or person.left_on > on)
        and (person.died_on is None or person.died_on > on)
    )


class Oracle:
    """Evaluates one tree for one household."""

    def __init__(self, root: Group, house: House, on: dt.date, *, by_model: bool = False) -> None:
        self.root, self.house, self.on, self.by_model = root, house, on, by_model

    def fact(self, code: str) -> Any:
        if code == "pmt_score" and self.by_model:
            return self.house.score_of_model
        return None if self.house.facts is None else self.house.facts.get(code)

    def answer(self, requirement: Requirement) -> bool | None:
        if requirement.counts_members:
            known = unknown = 0
            for person in self.house.people:
                if not present(person, self.on):
                    continue
                counted = all_([
                    compare(test.operator, member_value(person, test.field, self.on),
                            wanted(test, MEMBER_TYPES.get(test.field, "number")))
                    for test in requirement.members
                ])  # fmt: skip
                known += counted is True
                unknown += counted is None
            limit = float(requirement.value)
            return agree([bool(compare(requirement.operator, n, limit)) for n in range(known, known + unknown + 1)])
        seen = self.fact(requirement.fact)
        value = wanted(requirement, FACT_TYPES.get(requirement.fact, "number"))
        if requirement.fact not in UNKNOWN_COUNT:
            return compare(requirement.operator, seen, value)
        unknown = self.fact(UNKNOWN_COUNT[requirement.fact])
        if unknown is None:
            return None
        if requirement.fact == "formal_income_highest":
            seen = seen or 0.0
            worlds = [seen] if not unknown else [seen, seen + 0.001, value - 0.001, value, value + 0.001, 1e12]
            return agree([bool(compare(requirement.operator, world, value)) for world in worlds if world >= seen])
        worlds = range(seen, seen + unknown + 1)
        return agree([bool(compare(requirement.operator, world, value)) for world in worlds])

    def value(self, node: Group | Requirement) -> bool | None:
        if isinstance(node, Requirement):
            answer = self.answer(node)
            return (
                {"needs_information": None, "fails": False, "passes": True}[node.when_unknown]
                if answer is None
                else answer
            )
        values = [self.value(child) for child in node.children]
        return {"all": all_, "any": any_, "none": lambda each: not_(any_(each))}[node.kind](values)

    def against(self, node: Group | Requirement, must_be: bool) -> list[int]:
        """Criteria of which the place asks `must_be` and that are the opposite, unless their group is content."""
        value = self.value(node)
        if value is must_be:
            # Whatever is below, the place has what it asks for. A criterion below may still be the opposite of what
            # its own place asks, but then a group between is content with another one.
            return []
        if isinstance(node, Requirement):
            return [node.id] if value is not None else []
        inner = must_be if node.kind != "none" else not must_be
        return [id_ for child in node.children for id_ in self.against(child, inner)]

    def verdict(self) -> tuple[str, list[int], list[int]]:
        decision = {True: "eligible", False: "not_eligible", None: "needs_information"}[self.value(self.root)]
        unknown = [test.id for test in self.root.requirements() if self.answer(test) is None]
        return decision, self.against(self.root, True), unknown
