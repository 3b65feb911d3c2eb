"""How numbers, money, dates and identifiers are written, in the reader's language, on pages and in files."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from babel.numbers import get_currency_precision
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from ministry import countries

# Arabic names of the months differ by country: the Levant keeps the Syriac ones.
_MONTHS_AR = (
    "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
    "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
)  # fmt: skip
_MONTHS_LEVANT = (
    "كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران",
    "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني", "كانون الأول",
)  # fmt: skip
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Short signs as banks and shops write them; other currencies show their ISO code.
_SIGN_AR = {"EGP": "ج.م", "JOD": "د.أ", "BHD": "د.ب"}

_TO_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_TO_ARABIC = str.maketrans("0123456789,.", "٠١٢٣٤٥٦٧٨٩٬٫")


def is_arabic() -> bool:
    """Return whether the active language is Arabic."""
    return (get_language() or settings.LANGUAGE_CODE).startswith("ar")


def _localised(text: str) -> str:
    return text.translate(_TO_ARABIC) if settings.DIGITS == "arabic" and is_arabic() else text


def digits(text: object) -> str:
    """Return a text with its digits in the deployment's style; separators stay (dates, file numbers)."""
    return str(text).translate(_TO_ARABIC_DIGITS) if settings.DIGITS == "arabic" and is_arabic() else str(text)


def number(value: int | float | Decimal | None, places: int | None = None) -> str:
    """Return a number with grouped thousands: 1,284 or ١٬٢٨٤; nothing for None.

    Without `places` whole numbers have none and others keep at most two.
    """
    if value is None or value == "":
        return ""
    value = Decimal(str(value))
    if places is None:
        places = 0 if value == value.to_integral_value() else min(2, max(0, -int(value.as_tuple().exponent)))
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{places}f}"
    return _localised(text) if rounded >= 0 else f"−{_localised(text)}"


def percent(value: int | float | Decimal | None, places: int = 0) -> SafeString | str:
    """Return a percentage that keeps its order in both directions: 42%."""
    return "" if value is None else isolated_ltr(f"{number(value, places)}%")


def signed(value: int | float | Decimal | None, unit: str = "", places: int | None = None) -> SafeString | str:
    """Return a change with its sign, isolated so that right-to-left text does not turn it round: +3.1%."""
    if value is None:
        return ""
    text = number(value, places)
    return isolated_ltr(f"{'' if text.startswith('−') else '+'}{text}{unit}")


def currency_of_country() -> str:
    """Return the ISO code of the deployment's currency."""
    return countries.current().currency


def currency_name() -> str:
    """Return the name of the deployment's currency, as the unit of a chart."""
    pack = countries.current()
    return pack.currency_ar if is_arabic() else pack.currency_en


def plain_money(amount: Decimal | int | None, currency: str = "") -> str:
    """Return an amount with the currency's own minor units, without markup: 1,234.50 ج.م / EGP 1,234.50."""
    if amount is None or amount == "":
        return ""
    currency = currency or currency_of_country()
    figure = number(Decimal(amount), get_currency_precision(currency))
    return f"{figure}\u00a0{_SIGN_AR.get(currency, currency)}" if is_arabic() else f"{currency}\u00a0{figure}"


def money(amount: Decimal | int | None, currency: str = "") -> SafeString | str:
    """Return an amount for a page, kept together and in its own direction (JOD and BHD have three decimals)."""
    text = plain_money(amount, currency)
    return format_html('<bdi class="nowrap">{}</bdi>', text) if text else ""


def month_name(month: int) -> str:
    """Return the name of a month (1–12) as the country calls it."""
    if not is_arabic():
        return _MONTHS_EN[month - 1]
    return (_MONTHS_LEVANT if countries.current().months == "levantine" else _MONTHS_AR)[month - 1]


def month_label(value: dt.date) -> str:
    """Return a month's name for the axis of a chart, short in English: نوفمبر / Nov."""
    return month_name(value.month) if is_arabic() else month_name(value.month)[:3]


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    return timezone.localtime(value) if isinstance(value, dt.datetime) and timezone.is_aware(value) else value


def day(value: dt.date | dt.datetime | None) -> str:
    """Return a date in words: 21 نوفمبر 2026."""
    if not value:
        return ""
    value = _local(value)
    return digits(f"{value.day} {month_name(value.month)} {value.year}")


def short_day(value: dt.date | dt.datetime | None) -> SafeString | str:
    """Return a date in figures for tables, day first and isolated: 21/11/2026."""
    if not value:
        return ""
    value = _local(value)
    return isolated_ltr(digits(f"{value.day:02}/{value.month:02}/{value.year}"))


def month(value: dt.date | dt.datetime | None) -> str:
    """Return month and year: نوفمبر 2026."""
    return digits(f"{month_name(value.month)} {value.year}") if value else ""


def clock(value: dt.datetime | dt.time | None) -> str:
    """Return a time of day in 24 hours: 14:05."""
    if value is None:
        return ""
    local = timezone.localtime(value) if isinstance(value, dt.datetime) and timezone.is_aware(value) else value
    return digits(f"{local.hour:02}:{local.minute:02}")


def moment(value: dt.datetime | None) -> str:
    """Return date and time: 21 نوفمبر 2026، 14:05."""
    if not value:
        return ""
    return _("{day}, {time}").format(day=day(value), time=clock(value))


def ago(value: dt.datetime | None, now: dt.datetime | None = None) -> str:
    """Return how long ago something was, in one rounded unit: 5 minutes ago; older than a week, the date."""
    if not value:
        return ""
    seconds = max(0, int(((now or timezone.now()) - value).total_seconds()))
    if seconds < 60:
        return pgettext("moment", "just now")
    if seconds < 3600:
        count = seconds // 60
        return ngettext("{count} minute ago", "{count} minutes ago", count).format(count=number(count))
    if seconds < 86400:
        count = seconds // 3600
        return ngettext("{count} hour ago", "{count} hours ago", count).format(count=number(count))
    if seconds < 7 * 86400:
        count = seconds // 86400
        return ngettext("{count} day ago", "{count} days ago", count).format(count=number(count))
    return day(value)


def masked(value: str | None, shown: int = 4) -> SafeString | str:
    """Return a number of which only the last figures are shown: ••••••1234."""
    if not value:
        return ""
    hidden = max(0, len(value) - shown)
    return isolated_ltr("•" * min(hidden, 6) + digits(value[hidden:]))


def suppressed(count: int | None, threshold: int = 10) -> SafeString | str:
    """Return a public count; what lies between zero and the disclosure threshold is only told as <10."""
    if count is None:
        return ""
    return isolated_ltr(f"<{number(threshold)}") if 0 < count < threshold else number(count)


def class_names(limits: list[float]) -> list[SafeString | str]:
    """Return the classes between rising limits in words: less than 25, 25 to 49.9…, 100 and more."""
    if not limits:
        return [_("All areas alike")]
    # Every decimal of a limit counts: two classes must not read alike.
    told = [number(limit, max(0, -int(Decimal(str(limit)).normalize().as_tuple().exponent))) for limit in limits]
    names: list[SafeString | str] = [format_html(_("less than {limit}"), limit=told[0])]
    names.extend(
        format_html(_("{lower} to less than {upper}"), lower=lower, upper=upper) for lower, upper in pairwise(told)
    )
    names.append(format_html(_("{limit} and more"), limit=told[-1]))
    return names


def isolated(value: object) -> SafeString:
    """Return a name, number or identifier so that it keeps its own direction inside a sentence."""
    return format_html("<bdi>{}</bdi>", value)


def isolated_ltr(value: object) -> SafeString:
    """Return a left-to-right fragment (phone, range, signed number) that keeps its order in Arabic text."""
    return format_html('<bdi dir="ltr">{}</bdi>', value)
