"""From the calendar's rows to working-time arithmetic."""

from ministry.clock.working_time import WorkingTime
from ministry.models import Calendar


def working_time(calendar: Calendar) -> WorkingTime:
    """Return the calendar's working time, as it stands now (two reads at most)."""
    return WorkingTime(
        weekend=frozenset(calendar.weekend),
        holidays=frozenset(calendar.holidays.values_list("on", flat=True)),
        opens_at=calendar.opens_at,
        closes_at=calendar.closes_at,
        time_zone=calendar.time_zone,
    )
