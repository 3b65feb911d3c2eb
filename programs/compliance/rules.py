"""Conditions in the pure: who is bound, what counts as a miss, which step follows, and what it withholds.

`steps` and `withholding` say the same in SQL over whole programmes; tests hold the two against each other.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from beneficiaries.rules import completed_years


class Outcome(StrEnum):
    """What a period says about one member and one condition."""

    MET = "met"
    NOT_MET = "not_met"
    EXCUSED = "excused"
    NO_DATA = "no_data"
    SERVICE_UNAVAILABLE = "service_unavailable"


class Kind(StrEnum):
    """What a step of the ladder does. An exit is only proposed: a person decides."""

    WARNING = "warning"
    REDUCTION = "reduction"
    SUSPENSION = "suspension"
    EXIT_PROPOSAL = "exit_proposal"


@dataclass(frozen=True)
class Who:
    """Whom a condition binds: completed years, both ends included, or pregnant women."""

    age_from: int | None = None
    age_to: int | None = None
    pregnant: bool = False


@dataclass(frozen=True)
class Person:
    """What the conditions ask about a member; None is unknown."""

    birth_date: dt.date | None
    joined_on: dt.date
    left_on: dt.date | None = None
    died_on: dt.date | None = None
    pregnant: bool | None = None


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder: after how many misses, counted how, which step, and what it withholds for how long."""

    kind: Kind
    misses: int
    # Counted within this many periods; None: in a row.
    window: int | None = None
    # Per cent withheld by a reduction, of the member's own amount or of the household's.
    share: Decimal = Decimal(0)
    of_household: bool = False
    # Monthly payments it applies to.
    months: int = 1


@dataclass(frozen=True)
class Ladder:
    """Rungs, mildest first; after `forgotten_after` periods without a miss the slate is clean."""

    rungs: tuple[Rung, ...]
    forgotten_after: int


@dataclass(frozen=True)
class Charge:
    """A step in force on one month's payment: what it withholds, of a member whose own amount is `member_amount`."""

    kind: Kind
    share: Decimal
    of_household: bool
    member_amount: Decimal


def is_bound(who: Who, person: Person, starts_on: dt.date, ends_on: dt.date) -> bool:
    """Tell whether a condition binds a member in a period: lived here and was of the age from first to last day.

    Who turned 6 or 18, moved in or out, or died in between is not bound; nor is who has no known birth date where an
    age is asked, or of whom it is not known that she is pregnant.
    """
    if person.joined_on > starts_on or (person.left_on is not None and person.left_on <= ends_on):
        return False
    if person.died_on is not None and person.died_on <= ends_on:
        return False
    if who.pregnant and not person.pregnant:
        return False
    if who.age_from is None and who.age_to is None:
        return True
    if person.birth_date is None or person.birth_date > starts_on:
        return False
    if who.age_from is not None and completed_years(person.birth_date, starts_on) < who.age_from:
        return False
    return who.age_to is None or completed_years(person.birth_date, ends_on) <= who.age_to


def outcome_of(
    *, value: Decimal | None, at_least: Decimal, service_available: bool = True, is_excused: bool = False
) -> Outcome:
    """Return what a report means. What was reached counts, whatever else was reported; a miss needs a figure.

    Where the school or clinic was closed, or nothing was reported, nobody missed anything.
    """
    if value is not None and value >= at_least:
        return Outcome.MET
    if not service_available:
        return Outcome.SERVICE_UNAVAILABLE
    if value is None:
        return Outcome.NO_DATA
    return Outcome.EXCUSED if is_excused else Outcome.NOT_MET


def is_missed(outcomes: Sequence[Outcome]) -> bool:
    """Tell whether a member missed a period: at least one of the conditions that bind was not met."""
    return Outcome.NOT_MET in outcomes


def rung_reached(missed: Sequence[bool], ladder: Ladder) -> Rung | None:
    """Return the step that follows the last of a member's periods, or None.

    `missed` has one entry per period in which the member was bound, oldest first. A period that was not missed brings
    no step, and counts alike whether the condition was met, excused, not reported or could not be met. Of the rungs
    reached the last on the ladder applies.
    """
    if not missed or not missed[-1]:
        return None
    counted = missed[_slate_begins(missed, ladder.forgotten_after) :]
    in_a_row = next((n for n, miss in enumerate(reversed(counted)) if not miss), len(counted))
    for rung in reversed(ladder.rungs):
        count = in_a_row if rung.window is None else sum(counted[-rung.window :])
        if count >= rung.misses:
            return rung
    return None


def _slate_begins(missed: Sequence[bool], forgotten_after: int) -> int:
    """Return the position behind the last unbroken run of at least `forgotten_after` periods without a miss."""
    run = begins = 0
    for position, miss in enumerate(missed):
        run = 0 if miss else run + 1
        if run >= forgotten_after:
            begins = position + 1
    return begins


def still_stands(taken: Rung, missed: Sequence[bool], ladder: Ladder) -> bool:
    """Tell whether a step still stands after a miss before or at it turned out to be none.

    It stands where the corrected periods up to it lead to it or further. Otherwise it is lifted as a whole; no milder
    step is put in its place after the fact.
    """
    now = rung_reached(missed, ladder)
    return now is not None and ladder.rungs.index(now) >= ladder.rungs.index(taken)


def withheld(*, due: Decimal, charges: Sequence[Charge], at_most: Decimal, minor_units: int) -> list[Decimal]:
    """Return what each step withholds from one month's payment, in the order given.

    A reduction takes its share of the member's amount, or of all that is due, rounded down to the currency's minor
    unit; all reductions together take at most `at_most` per cent of what is due. A suspension withholds all of it.
    """
    unit = Decimal(1).scaleb(-minor_units)
    suspended = any(charge.kind == Kind.SUSPENSION for charge in charges)
    left = due if suspended else (due * at_most / 100).quantize(unit, ROUND_DOWN)
    amounts = []
    for charge in charges:
        amount = Decimal(0)
        if charge.kind == Kind.SUSPENSION:
            amount = due
        elif charge.kind == Kind.REDUCTION and not suspended:
            of = due if charge.of_household else charge.member_amount
            amount = (of * charge.share / 100).quantize(unit, ROUND_DOWN)
        amount = min(amount, left)
        left -= amount
        amounts.append(amount)
    return amounts
