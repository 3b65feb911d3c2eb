"""What a household is due for a month: the rule in words and in Python. `arithmetic` says the same in SQL."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from beneficiaries.rules import completed_years


@dataclass(frozen=True)
class Component:
    """A monthly amount for each member of some age (inclusive, completed years) or degree of disability."""

    id: int
    amount: Decimal
    age_from: int | None = None
    age_to: int | None = None
    severity_from: int | None = None


@dataclass(frozen=True)
class Member:
    """What the benefit asks about a member; None is unknown."""

    birth_date: dt.date | None
    # Highest degree of difficulty over all domains, 2 to 4; None when none is reported.
    severity: int | None = None


@dataclass(frozen=True)
class Benefit:
    """What is due, and how it comes about."""

    base: Decimal
    components_amount: Decimal
    members_qualifying: int
    members_counted: int
    # Component id → (members who qualify, members counted), largest amount first.
    by_component: Mapping[int, tuple[int, int]]
    amount: Decimal


def in_paying_order(components: Iterable[Component]) -> list[Component]:
    """Return the components as they are tried and counted: the largest amount first."""
    return sorted(components, key=lambda component: (-component.amount, component.id))


def component_of(member: Member, components: Iterable[Component], on_date: dt.date) -> Component | None:
    """Return the largest component that applies to a member on a day, or None.

    All that a component asks must be known and met: a member without a birth date has no age, and one without a
    reported difficulty no degree. Somebody born after the day does not count yet.
    """
    age = None
    if member.birth_date is not None and member.birth_date <= on_date:
        age = completed_years(member.birth_date, on_date)
    for component in in_paying_order(components):
        if component.age_from is not None and (age is None or age < component.age_from):
            continue
        if component.age_to is not None and (age is None or age > component.age_to):
            continue
        if component.severity_from is not None and (
            member.severity is None or member.severity < component.severity_from
        ):
            continue
        return component
    return None


def monthly_benefit(
    *,
    base: Decimal,
    components: Sequence[Component],
    members_max: int,
    members: Iterable[Member],
    on_date: dt.date,
    minor_units: int,
) -> Benefit:
    """Return one household's benefit for the month that begins on `on_date`, in the programme's currency.

    Base, plus for at most `members_max` members the largest component that applies to each; where more qualify, the
    largest amounts are counted. Ages are those of the first day of the month. Rounded once, last, half up, to the
    currency's minor units (2 for EGP, 3 for JOD and BHD).

    With 325 base, 60 at ages 6–11, 80 at 12–14, 100 at 15–17 and two members at most:
    children of 7 and 13 → 325 + 80 + 60 = 465; of 7, 13 and 16 → 325 + 100 + 80 = 505; none → 325.
    A child who turns 12 on the first of the month counts with 80.

    Source: Takaful and Karama amounts, historical public figures (demonstration parameters).
    """
    ordered = in_paying_order(components)
    qualifying = dict.fromkeys((component.id for component in ordered), 0)
    for member in members:
        component = component_of(member, ordered, on_date)
        if component is not None:
            qualifying[component.id] += 1
    places_left = members_max
    by_component: dict[int, tuple[int, int]] = {}
    components_amount = Decimal(0)
    for component in ordered:
        counted = min(qualifying[component.id], places_left)
        places_left -= counted
        components_amount += counted * component.amount
        by_component[component.id] = (qualifying[component.id], counted)
    return Benefit(
        base=base,
        components_amount=components_amount,
        members_qualifying=sum(qualifying.values()),
        members_counted=members_max - places_left,
        by_component=by_component,
        amount=(base + components_amount).quantize(Decimal(1).scaleb(-minor_units), rounding=ROUND_HALF_UP),
    )


def benefit_of_snapshot(snapshot: Mapping[str, Any], components: Sequence[Component], minor_units: int) -> Benefit:
    """Return the benefit worked out again from what an entitlement kept, to check it years later."""
    return monthly_benefit(
        base=Decimal(snapshot["base"]),
        components=components,
        members_max=snapshot["members_max"],
        members=[
            Member(
                birth_date=dt.date.fromisoformat(person["born"]) if person["born"] else None,
                severity=person["severity"],
            )
            for person in snapshot["people"]
        ],
        on_date=dt.date.fromisoformat(snapshot["period"]),
        minor_units=minor_units,
    )
