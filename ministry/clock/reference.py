"""Calendars and holidays of the country packs, as reference data."""

import datetime as dt
import re

import holidays
from django.utils import timezone

from ministry.countries import CountryPack
from ministry.models import Calendar, Holiday

YEARS_BACK, YEARS_AHEAD = 3, 3
_ESTIMATED = re.compile(r"\s*\([^)]*(?:estimated|تقدير)[^)]*\)")


def load_calendar(pack: CountryPack) -> int:
    """Add the country's calendar and the holidays of the years around today. Returns the rows added.

    Days an administrator has entered or changed stay as they are; lunar holidays are estimates until then.
    """
    calendar, added = Calendar.objects.get_or_create(
        code=pack.code.lower(),
        defaults={
            "country": pack.code,
            "name_ar": f"التقويم الرسمي – {pack.name_ar}",
            "name_en": f"Official calendar – {pack.name_en}",
            "weekend": list(pack.weekend),
            "opens_at": pack.opens_at,
            "closes_at": pack.closes_at,
            "time_zone": pack.time_zone,
        },
    )
    this_year = timezone.localdate().year
    years = range(this_year - YEARS_BACK, this_year + YEARS_AHEAD + 1)
    arabic = holidays.country_holidays(pack.code, years=years, language=pack.holidays_language)
    english = holidays.country_holidays(pack.code, years=years, language="en_US")
    # A holiday is movable when it does not fall on the same day each year.
    dates_by_name: dict[str, set[tuple[int, int]]] = {}
    for on, name in english.items():
        dates_by_name.setdefault(_plain(name), set()).add((on.month, on.day))
    before = calendar.holidays.count()
    Holiday.objects.bulk_create(
        [_holiday(calendar, on, arabic[on], english[on], dates_by_name) for on in sorted(arabic)],
        ignore_conflicts=True,
    )
    return int(added) + calendar.holidays.count() - before


def _plain(name: str) -> str:
    return _ESTIMATED.sub("", name).strip()


def _holiday(
    calendar: Calendar, on: dt.date, arabic: str, english: str, dates: dict[str, set[tuple[int, int]]]
) -> Holiday:
    fixed = len(dates[_plain(english)]) == 1
    return Holiday(
        calendar=calendar,
        on=on,
        name_ar=_plain(arabic),
        name_en=_plain(english),
        source=Holiday.Source.FIXED if fixed else Holiday.Source.MOVABLE,
    )
