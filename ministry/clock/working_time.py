"""Arithmetic of working days and hours: values in, values out; no database, no clock on the wall."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

DAY = dt.timedelta(days=1)
# No deadline lies further away than this; beyond it the calendar is wrong (for instance, every day a weekend).
HORIZON_DAYS = 366 * 20


@dataclass(frozen=True)
class WorkingTime:
    """A country's or office's working time.

    `weekend`: ISO weekdays (Monday = 1); `holidays`: dates on which offices are closed; hours in `time_zone`.
    """

    weekend: frozenset[int]
    holidays: frozenset[dt.date]
    opens_at: dt.time
    closes_at: dt.time
    time_zone: str

    def is_working_day(self, day: dt.date) -> bool:
        return day.isoweekday() not in self.weekend and day not in self.holidays

    def add_working_days(self, start: dt.date, days: int) -> dt.date:
        """Return the last day of a term of `days` working days that begins the day after `start`.

        The day of the event itself does not count; a holiday or weekend lengthens the term. With 0 days: `start`
        itself, or the next working day where `start` is none.

        Raises:
            ValueError: `days` is negative, or the calendar leaves no working days.
        """
        if days < 0:
            raise ValueError("A term cannot be negative.")
        day, left = start, days
        for _step in range(HORIZON_DAYS):
            if left == 0 and self.is_working_day(day):
                return day
            day += DAY
            if left and self.is_working_day(day):
                left -= 1
        raise ValueError("The calendar leaves no working days.")

    def working_days_between(self, start: dt.date, end: dt.date) -> int:
        """Return how many working days lie after `start` up to and including `end`; 0 when `end` is not later."""
        return sum(1 for offset in range(1, (end - start).days + 1) if self.is_working_day(start + offset * DAY))

    def _hours_of(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        zone = ZoneInfo(self.time_zone)
        # Compared and subtracted in UTC, so that a change to summer time neither adds nor loses an hour.
        return (
            dt.datetime.combine(day, self.opens_at, zone).astimezone(dt.UTC),
            dt.datetime.combine(day, self.closes_at, zone).astimezone(dt.UTC),
        )

    def working_seconds_between(self, start: dt.datetime, end: dt.datetime) -> float:
        """Return the working seconds from `start` to `end` (aware); 0 when `end` is not later."""
        zone = ZoneInfo(self.time_zone)
        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        seconds = 0.0
        while day <= last:
            if self.is_working_day(day):
                opens, closes = self._hours_of(day)
                seconds += max(0.0, (min(closes, end) - max(opens, start)).total_seconds())
            day += DAY
        return seconds

    def add_working_seconds(self, start: dt.datetime, seconds: float) -> dt.datetime:
        """Return the instant at which `seconds` of working time have passed since `start` (aware).

        Raises:
            ValueError: `seconds` is negative, or the calendar leaves no working time.
        """
        if seconds < 0:
            raise ValueError("A term cannot be negative.")
        day, left = start.astimezone(ZoneInfo(self.time_zone)).date(), seconds
        for _step in range(HORIZON_DAYS):
            if self.is_working_day(day):
                opens, closes = self._hours_of(day)
                begins = max(opens, start)
                available = (closes - begins).total_seconds()
                if available > 0 and left <= available:
                    return begins + dt.timedelta(seconds=left)
                left -= max(0.0, available)
            day += DAY
        raise ValueError("The calendar leaves no working time.")
