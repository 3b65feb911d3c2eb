"""A term that can stop and go on: recomputed from its events, never stored as a running number."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from ministry.clock.working_time import WorkingTime


class ClockEvent(StrEnum):
    """What can happen to a clock."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


@dataclass(frozen=True)
class Clock:
    """A term of `term_days` working days over events (instant, what), in order of time.

    A day counts when the clock runs at the office's closing time of that working day; the day of the start does not
    count. So pausing and resuming within one day costs nobody a day.
    """

    working_time: WorkingTime
    term_days: int
    events: Sequence[tuple[dt.datetime, ClockEvent]]

    def __post_init__(self) -> None:
        allowed = {
            None: {ClockEvent.START},
            ClockEvent.START: {ClockEvent.PAUSE, ClockEvent.STOP},
            ClockEvent.PAUSE: {ClockEvent.RESUME, ClockEvent.STOP},
            ClockEvent.RESUME: {ClockEvent.PAUSE, ClockEvent.STOP},
            ClockEvent.STOP: set(),
        }
        last_at, last = None, None
        for at, event in self.events:
            if event not in allowed[last] or (last_at is not None and at < last_at):
                raise ValueError(f"A clock cannot {event} at {at:%Y-%m-%d %H:%M} after {last or 'nothing'}.")
            last_at, last = at, event

    def _day(self, at: dt.datetime) -> dt.date:
        return at.astimezone(ZoneInfo(self.working_time.time_zone)).date()

    def _runs_at_close_of(self, day: dt.date) -> bool:
        closing = dt.datetime.combine(day, self.working_time.closes_at, ZoneInfo(self.working_time.time_zone))
        running = False
        for at, event in self.events:
            if at > closing:
                break
            running = event in (ClockEvent.START, ClockEvent.RESUME)
        return running

    @property
    def is_paused(self) -> bool:
        return bool(self.events) and self.events[-1][1] == ClockEvent.PAUSE

    @property
    def is_stopped(self) -> bool:
        return bool(self.events) and self.events[-1][1] == ClockEvent.STOP

    def days_used(self, now: dt.datetime) -> int:
        """Return the working days used up to `now` (or to the stop, when stopped)."""
        if not self.events:
            return 0
        end = min(now, self.events[-1][0]) if self.is_stopped else now
        day, last = self._day(self.events[0][0]), self._day(end)
        closing = dt.datetime.combine(last, self.working_time.closes_at, ZoneInfo(self.working_time.time_zone))
        used = 0
        while day < last:
            day += dt.timedelta(days=1)
            if day == last and end < closing:
                break
            if self.working_time.is_working_day(day) and self._runs_at_close_of(day):
                used += 1
        return used

    def due_on(self, now: dt.datetime) -> dt.date | None:
        """Return the last day of the term as things stand; None while paused, stopped or not started.

        What is left is counted on from today, so each day of pause moves the end by that day.
        """
        if not self.events or self.is_paused or self.is_stopped:
            return None
        started_on, used, day = self._day(self.events[0][0]), 0, self._day(self.events[0][0])
        today = self._day(now)
        while day < today:
            day += dt.timedelta(days=1)
            if self.working_time.is_working_day(day) and self._runs_at_close_of(day):
                used += 1
                if used == self.term_days:
                    return day
        return self.working_time.add_working_days(max(today, started_on), self.term_days - used)
