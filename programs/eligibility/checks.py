"""What stands against a rule set before anybody may rely on it. Nothing that cannot be compiled is ever left out."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from beneficiaries.facts import CATALOGUE
from ministry.exceptions import RuleViolation
from programs.eligibility.member_fields import MEMBER_FIELDS
from programs.eligibility.values import COUNT_OPERATORS, OPERATORS, read_value
from programs.rules import Group, MemberRequirement, Requirement

# Beyond this, one statement would no longer be planned in reasonable time.
TESTS_MAX = 100
DEPTH_MAX = 8


@dataclass(frozen=True)
class Problem:
    """One thing that stands against a rule set: the criterion it is about (None: the rules as a whole), and why."""

    criterion_id: int | None
    reason: str


def problems_of(root: Group | None) -> list[Problem]:
    """Return everything that keeps a rule set from being compiled; empty when it is sound."""
    if root is None or not any(True for _one in root.requirements()):
        return [Problem(None, _("The rules are empty. Rules without a condition would admit every household."))]
    found = _group_problems(root, depth=1)
    if sum(1 for _one in root.requirements()) > TESTS_MAX:
        found.append(
            Problem(None, _("There are more than {limit} conditions. Divide the programme.").format(limit=TESTS_MAX))
        )
    for test in root.requirements():
        found.extend(Problem(test.id, reason) for reason in requirement_problems(test))
    return found


def refuse_unsound(root: Group | None) -> Group:
    """Return the rule set if it can be compiled.

    Raises:
        RuleViolation: it cannot; the text gives every reason.
    """
    found = problems_of(root)
    if found or root is None:
        raise RuleViolation(" ".join(dict.fromkeys(problem.reason for problem in found)))
    return root


def requirement_problems(test: Requirement) -> list[str]:
    """Return what stands against one condition: unknown fact, operator that does not fit, value that cannot be read."""
    if test.counts_members:
        if not test.members:
            return [_("Say which members count: the condition has no member conditions.")]
        reasons = [reason for member in test.members for reason in member_requirement_problems(member)]
        return reasons + count_problems(test.operator, test.value)
    fact = CATALOGUE.get(test.fact)
    if fact is None:
        return [_("There is no fact «{fact}» in the catalogue.").format(fact=test.fact)]
    if fact.unknown_count:
        if test.operator not in COUNT_OPERATORS:
            return [_operator_does_not_fit(test.operator, str(fact.label))]
    elif test.operator not in OPERATORS[fact.kind]:
        return [_operator_does_not_fit(test.operator, str(fact.label))]
    try:
        read_value(test.value, kind=fact.kind, operator=test.operator, choices=fact.choices)
    except RuleViolation as error:
        return [_about(str(fact.label), error.message)]
    return []


def member_requirement_problems(test: MemberRequirement) -> list[str]:
    """Return what stands against a member condition."""
    field = MEMBER_FIELDS.get(test.field)
    if field is None:
        return [_("Nothing called «{field}» is known of members.").format(field=test.field)]
    if test.operator not in OPERATORS[field.kind]:
        return [_operator_does_not_fit(test.operator, str(field.label))]
    try:
        read_value(test.value, kind=field.kind, operator=test.operator, choices=field.choices)
    except RuleViolation as error:
        return [_about(str(field.label), error.message)]
    return []


def count_problems(operator: str, value: str) -> list[str]:
    """Return what stands against the number with which a count of members is compared."""
    label = _("Number of members")
    if operator not in COUNT_OPERATORS:
        return [_operator_does_not_fit(operator, label)]
    try:
        number = read_value(value, kind=CATALOGUE["members"].kind, operator=operator)
    except RuleViolation as error:
        return [_about(label, error.message)]
    if operator == "lt" and number == 0:
        return [_about(label, _("No number is less than zero."))]
    return []


def _group_problems(group: Group, *, depth: int) -> list[Problem]:
    if depth > DEPTH_MAX:
        return [Problem(None, _("Groups stand more than {limit} deep in each other.").format(limit=DEPTH_MAX))]
    if not group.children:
        return [Problem(None, _("A group is empty. Remove it or put a condition into it."))]
    return [
        problem
        for child in group.children
        if isinstance(child, Group)
        for problem in _group_problems(child, depth=depth + 1)
    ]


def _operator_does_not_fit(operator: str, label: str) -> str:
    return _("{label}: the comparison «{operator}» does not fit this kind of fact.").format(
        label=label, operator=operator
    )


def _about(label: str, reason: str) -> str:
    return _("{label}: {reason}").format(label=label, reason=reason)
