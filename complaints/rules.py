"""The arithmetic of complaints: deadlines, warnings, the ladder. Values in, values out."""

import datetime as dt
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from ministry.clock import Clock, ClockEvent, WorkingTime
from ministry.text import clean

Events = Sequence[tuple[dt.datetime, ClockEvent]]

# Shares of the term, in per cent, after which the officer and then the supervisor are warned.
HALF, MOST = 50, 80


class Level(StrEnum):
    """The rungs of the ladder, lowest first."""

    UNIT = "unit"
    DIRECTORATE = "directorate"
    CENTRE = "centre"
    INSPECTOR = "inspector"


LADDER = tuple(Level)


@dataclass(frozen=True)
class Term:
    """What a type of case is owed, in working days.

    An answer within `days`; within `interim_days` at least word of how it stands (0: none is owed); without an answer
    at the end of the term the case climbs one rung, and one more after each `step_days`.
    """

    days: int
    interim_days: int
    step_days: int


@dataclass(frozen=True)
class Deadlines:
    """The last days of the marks on a running clock, as things stand."""

    half_on: dt.date
    most_on: dt.date
    due_on: dt.date
    interim_on: dt.date | None


def days_at(term_days: int, percent: int) -> int:
    """Return after how many working days a share of the term is used up: rounded up, so never too early."""
    return math.ceil(term_days * percent / 100)


def _is_standing(events: Events) -> bool:
    return not events or events[-1][1] in (ClockEvent.PAUSE, ClockEvent.STOP)


def _last_day(working_time: WorkingTime, days: int, events: Events) -> dt.date:
    """Return the last day of a term on a running clock."""
    return cast(dt.date, Clock(working_time, days, events).due_on(events[-1][0]))


def deadlines(working_time: WorkingTime, term: Term, events: Events) -> Deadlines | None:
    """Return the last days of the marks; None while the clock is paused or stopped.

    A function of the events and the calendar alone: it does not matter when it is asked. The day of the arrival does
    not count, nor do weekends, holidays and days on which the clock is paused at closing time.

    Source: Complaints Regulation, art. 7 (illustrative): the term counts from the working day after receipt.
    """
    if _is_standing(events):
        return None
    return Deadlines(
        half_on=_last_day(working_time, days_at(term.days, HALF), events),
        most_on=_last_day(working_time, days_at(term.days, MOST), events),
        due_on=_last_day(working_time, term.days, events),
        interim_on=_last_day(working_time, term.interim_days, events) if term.interim_days else None,
    )


def climbs_on(working_time: WorkingTime, term: Term, events: Events, climbed: int) -> dt.date | None:
    """Return the last day before a case climbs its next rung, having climbed `climbed` of them by the clock.

    The first time at the end of the term, then after each `step_days`; None while paused or stopped.
    """
    return None if _is_standing(events) else _last_day(working_time, term.days + climbed * term.step_days, events)


def days_used(working_time: WorkingTime, events: Events, now: dt.datetime) -> int:
    """Return the working days used up so far, pauses left out."""
    return Clock(working_time, 1, events).days_used(now)


def is_on_time(term_days: int, used: int) -> bool:
    """Tell whether an answer after `used` working days came within the term."""
    return used <= term_days


def next_level(level: str) -> Level | None:
    """Return the rung above, or None at the top."""
    position = LADDER.index(Level(level))
    return LADDER[position + 1] if position + 1 < len(LADDER) else None


def lightest(loads: Iterable[tuple[int, int]], barred: Collection[int]) -> int | None:
    """Return whom a new case goes to: of (person, open cases) the one with fewest, the longest-serving among equals.

    Nobody who is `barred` by a conflict of interest is chosen, however little they have to do.
    """
    free = [(open_cases, person) for person, open_cases in loads if person not in barred]
    return min(free)[1] if free else None


def most_specific(routes: Iterable[tuple[int, bool, bool, int]]) -> int | None:
    """Return the route that says most about a case: (route, names the category, names the programme, depth of area).

    A programme weighs more than a category, a category more than a place, a nearer place more than a wider one.
    """
    ranked = sorted(routes, key=lambda route: (route[2], route[1], route[3], -route[0]), reverse=True)
    return ranked[0][0] if ranked else None


def tidy(text: str) -> str:
    """Return what somebody wrote without invisible characters and stray spaces, its lines and paragraphs kept."""
    lines = [clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(line for n, line in enumerate(lines) if line or (n and lines[n - 1])).strip()


# What makes an intake look like a machine's; it is held for a person to look at, never dropped.
FASTEST_SECONDS = 6
MANY_LINKS = 3


def suspicions(
    *,
    trap: str,
    seconds: float,
    story: str,
    from_address: int,
    allowed_from_address: int,
    fastest: float = FASTEST_SECONDS,
) -> list[str]:
    """Return why an intake should be looked at by a person first; empty for nearly all."""
    found = []
    if trap.strip():
        found.append("trap")
    if seconds < fastest:
        found.append("fast")
    if story.lower().count("http://") + story.lower().count("https://") >= MANY_LINKS:
        found.append("links")
    if from_address > allowed_from_address:
        found.append("many")
    return found


def shown_counts(cells: dict[str, int], least: int) -> dict[str, int | None]:
    """Return a row of counts with the small ones hidden (None), and one more where a single hidden one would follow
    from the total: the next smallest, so that no subtraction finds it. Zero says nothing about anybody and stays.
    """
    hidden = {name for name, count in cells.items() if 0 < count < least}
    if len(hidden) == 1:
        others = sorted((count, name) for name, count in cells.items() if name not in hidden and count > 0)
        if others:
            hidden.add(others[0][1])
    return {name: None if name in hidden else count for name, count in cells.items()}
