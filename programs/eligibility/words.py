"""Rules and what they saw, said in the reader's language."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from beneficiaries.facts import CATALOGUE, Kind
from ministry import formats
from programs.eligibility.member_fields import MEMBER_FIELDS
from programs.eligibility.values import read_value
from programs.rules import MemberRequirement, Requirement

Choices = Iterable[tuple[str, Any]]


def value_in_words(value: Any, kind: Kind, choices: Choices = ()) -> str:
    """Return one value: a figure, an amount with its currency, yes or no, or the name of a code."""
    if value is None:
        return _("not known")
    if kind is Kind.BOOLEAN:
        return pgettext("answer", "yes") if value else pgettext("answer", "no")
    names = {str(code): str(label) for code, label in choices}
    if kind is Kind.CHOICE or str(value) in names:
        return names.get(str(value), str(value))
    if kind is Kind.MONEY:
        return formats.plain_money(value)
    return formats.number(value)


def comparison_in_words(operator: str, text: str, kind: Kind, choices: Choices = ()) -> str:
    """Return what is asked of a value: «at least 3»."""
    choices = tuple(choices)
    typed = read_value(text, kind=kind, operator=operator, choices=choices)
    values = [value_in_words(value, kind, choices) for value in (typed if isinstance(typed, list) else [typed])]
    value = _(", ").join(values)
    match operator:
        case "ne":
            return _("not {value}").format(value=value)
        case "lt":
            return _("less than {value}").format(value=value)
        case "lte":
            return _("at most {value}").format(value=value)
        case "gt":
            return _("more than {value}").format(value=value)
        case "gte":
            return _("at least {value}").format(value=value)
        case "in":
            return _("one of: {values}").format(values=value)
        case "not_in":
            return _("none of: {values}").format(values=value)
        case _other:
            return value


def member_requirement_in_words(requirement: MemberRequirement) -> str:
    """Return what is asked of a member: «age at least 65», «pregnant: yes»."""
    field = MEMBER_FIELDS[requirement.field]
    comparison = comparison_in_words(requirement.operator, requirement.value, field.kind, field.choices)
    if requirement.operator == "eq":
        return _("{label}: {comparison}").format(label=field.label, comparison=comparison)
    return _("{label} {comparison}").format(label=field.label, comparison=comparison)


def requirement_in_words(requirement: Requirement) -> str:
    """Return what a criterion asks: the fact or the members it looks at, and what it compares them with."""
    if requirement.counts_members:
        return _("Number of members of whom holds: {conditions}. Needed: {comparison}").format(
            conditions=_("; ").join(member_requirement_in_words(member) for member in requirement.members),
            comparison=needed_in_words(requirement),
        )
    return _("{label}: {comparison}").format(
        label=CATALOGUE[requirement.fact].label, comparison=needed_in_words(requirement)
    )


def needed_in_words(requirement: Requirement) -> str:
    """Return what a criterion wants to see: «at least 1»."""
    if requirement.counts_members:
        return comparison_in_words(requirement.operator, requirement.value, Kind.COUNT)
    fact = CATALOGUE[requirement.fact]
    return comparison_in_words(requirement.operator, requirement.value, fact.kind, fact.choices)


def seen_in_words(requirement: Requirement, seen: Any, unknown: int | None) -> str:
    """Return what a criterion saw in a household, and of how many members it is not known."""
    kind = Kind.COUNT
    choices: Choices = ()
    if not requirement.counts_members:
        fact = CATALOGUE[requirement.fact]
        kind, choices = fact.kind, fact.choices
    if seen is None or not unknown:
        return value_in_words(seen, kind, choices)
    return ngettext(
        "{value}; not known for {count} more member", "{value}; not known for {count} more members", unknown
    ).format(value=value_in_words(seen, kind, choices), count=formats.number(unknown))
