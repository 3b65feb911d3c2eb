"""The arithmetic of admissions, without a database."""

import calendar
import datetime as dt


def may_return_on(*, ended_on: dt.date, months: int | None) -> dt.date:
    """Return the first day on which a household that left may be admitted again.

    So many calendar months after the day it left, the last day of a month that is too short for it; at once where the
    reason names no time.

    Source: the reason's own legal source (reference rows, `EnrolmentReason`).
    """
    if not months:
        return ended_on
    year, month = divmod(ended_on.year * 12 + ended_on.month - 1 + months, 12)
    return dt.date(year, month + 1, min(ended_on.day, calendar.monthrange(year, month + 1)[1]))
