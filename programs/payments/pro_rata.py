"""Part of a month: what a household is due that joined or left in the middle of it."""

import calendar
import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from psycopg2.sql import SQL, Composable, Literal


@dataclass(frozen=True)
class Days:
    """For how many days of a month of so many days something is due."""

    due: int
    month: int


def days_due(
    *,
    period: dt.date,
    enrolled_on: dt.date,
    ended_on: dt.date | None,
    entry_by_days: bool,
    exit_by_days: bool,
) -> Days:
    """Return the days of the month that count; none where nothing is due for it.

    Who joined during the month counts from that day where the version pays entry by days, else from the first. Who left
    during it counts to that day, both days included, where the version pays exit by days, else not at all.
    """
    month = calendar.monthrange(period.year, period.month)[1]
    last = period.replace(day=month)
    if enrolled_on > last:
        return Days(0, month)
    if ended_on is not None and (not exit_by_days or not period <= ended_on <= last):
        return Days(0, month)
    start = max(period, enrolled_on) if entry_by_days else period
    return Days(((ended_on or last) - start).days + 1, month)


def share_of_month(*, amount: Decimal, days: Days, minor_units: int) -> Decimal:
    """Return the amount for so many days of the month, rounded half up to the currency's minor unit.

    325 for 11 of 30 days is 119.17.
    """
    unit = Decimal(1).scaleb(-minor_units)
    return (amount * days.due / days.month).quantize(unit, ROUND_HALF_UP)


def days_expression(period: dt.date, period_end: dt.date, *, entry_by_days: bool) -> Composable:
    """Return the same as SQL over `enrolment`, whose end is empty or lies in the month."""
    start = SQL("greatest(enrolment.enrolled_on, {})") if entry_by_days else SQL("{}")
    return SQL("(coalesce(enrolment.ended_on, {}) - {} + 1)").format(Literal(period_end), start.format(Literal(period)))
