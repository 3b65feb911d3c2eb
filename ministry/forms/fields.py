"""Fields for what people type: digits, amounts, dates, phones. Any digits are accepted, Western ones are stored.

Each says in its message what to do, never only that something is wrong.
"""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

import phonenumbers
from babel.numbers import get_currency_precision
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ministry.certain import declared_as
from ministry.digits import plain_number, western
from ministry.formats import currency_of_country
from ministry.models import Area
from ministry.querysets import AreaQuerySet


def _ltr(**attrs: str) -> forms.TextInput:
    """Return a text input for figures: left to right, aligned with the page, no suggestions."""
    return forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", **attrs})


class DigitsField(forms.CharField):
    """A number that is a name (national number, account, file number): only digits, of one length or a range."""

    def __init__(self, *, length: int | None = None, min_digits: int = 1, max_digits: int = 30, **kwargs: Any) -> None:
        self.min_digits = length or min_digits
        self.max_digits = length or max_digits
        kwargs.setdefault("widget", _ltr(inputmode="numeric"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        # Spaces and dashes are how people group long numbers.
        return re.sub(r"[\s\-\u200e\u200f]", "", western(super().to_python(value) or ""))

    def validate(self, value: str) -> None:
        super().validate(value)
        if not value:
            return
        if not (value.isascii() and value.isdigit()):
            raise ValidationError(gettext("Enter digits only."), code="digits")
        if self.min_digits <= len(value) <= self.max_digits:
            return
        if self.min_digits == self.max_digits:
            message = ngettext(
                "Enter all {count} digit; you entered {entered}.",
                "Enter all {count} digits; you entered {entered}.",
                self.min_digits,
            ).format(count=self.min_digits, entered=len(value))
        else:
            message = gettext("Enter {least} to {most} digits; you entered {entered}.").format(
                least=self.min_digits, most=self.max_digits, entered=len(value)
            )
        raise ValidationError(message, code="length")


class NumberField(forms.IntegerField):
    """A count or measure in whole numbers."""

    default_error_messages = {"invalid": _("Enter a whole number, for example 3.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", _ltr(inputmode="numeric", **{"class": "short"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        return super().to_python(plain_number(value) if isinstance(value, str) else value)


class MoneyField(forms.DecimalField):
    """An amount in one currency, with that currency's decimals; never negative unless asked for."""

    default_error_messages = {
        "invalid": _("Enter an amount in figures, for example 1,250.50."),
        "min_value": _("Enter an amount of %(limit_value)s or more."),
    }

    def __init__(self, *, currency: str = "", min_value: Decimal | int | None = 0, **kwargs: Any) -> None:
        self.currency = currency or currency_of_country()
        kwargs.setdefault("decimal_places", get_currency_precision(self.currency))
        kwargs.setdefault("max_digits", 16)
        kwargs.setdefault("widget", _ltr(inputmode="decimal", **{"class": "short"}))
        super().__init__(min_value=min_value, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # to the stubs it is an IntegerField
        return super().to_python(plain_number(value) if isinstance(value, str) else value)


class DateTypedField(forms.DateField):
    """A date as people write it: day, month, year, with any separator; also year first. No calendar."""

    default_error_messages = {
        "invalid": _("Enter day, month and year, for example 21/3/1985."),
        "no_such_day": _("There is no such day in the calendar. Check day, month and year."),
    }

    def __init__(self, *, earliest: dt.date | None = None, latest: dt.date | None = None, **kwargs: Any) -> None:
        self.earliest = earliest
        self.latest = latest
        kwargs.setdefault(
            "widget",
            forms.DateInput(
                format="%d/%m/%Y", attrs={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off", "class": "short"}
            ),
        )
        kwargs.setdefault("help_text", _("For example 21/3/1985."))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> dt.date | None:
        if not isinstance(value, str):
            return super().to_python(value)
        text = western(value).strip()
        if not text:
            return None
        pieces = re.split(r"[\s/.\-،\u200e\u200f]+", text)
        if len(pieces) != 3 or not all(piece.isascii() and piece.isdigit() for piece in pieces):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        numbers = [int(piece) for piece in pieces]
        year, month, day = numbers if len(pieces[0]) == 4 else reversed(numbers)
        # Two figures do not say the century.
        if year < 1000:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            return dt.date(year, month, day)
        except ValueError as error:
            raise ValidationError(self.error_messages["no_such_day"], code="no_such_day") from error

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        if value is None:
            return
        if self.latest and value > self.latest:
            raise ValidationError(
                gettext("Enter a date up to {latest}.").format(latest=f"{self.latest:%d/%m/%Y}"), code="too_late"
            )
        if self.earliest and value < self.earliest:
            raise ValidationError(
                gettext("Enter a date from {earliest} on.").format(earliest=f"{self.earliest:%d/%m/%Y}"),
                code="too_early",
            )


class PhoneField(forms.CharField):
    """A phone number of the country, or one with its country code; kept as +201012345678."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"dir": "ltr", "inputmode": "tel", "autocomplete": "tel", "type": "tel"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = western(super().clean(value)).strip()
        if not text:
            return ""
        try:
            number = phonenumbers.parse(text, settings.COUNTRY)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number(number):
            example = phonenumbers.example_number_for_type(settings.COUNTRY, phonenumbers.PhoneNumberType.MOBILE)
            shown = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL) if example else ""
            shown = shown.replace(" ", "")
            raise ValidationError(
                gettext("Enter a phone number with all its digits, for example {example}.").format(example=shown),
                code="phone",
            )
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class AreaWidget(forms.MultiWidget):
    """Two selects: governorate, then its districts in groups. A script narrows the second; without it all are shown."""

    template_name = "django/forms/widgets/area.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"governorate": forms.Select(), "district": forms.Select()}, attrs)

    def decompress(self, value: Any) -> list[Any]:
        area = Area.objects.filter(pk=value).select_related("parent").first() if value else None
        if area is None:
            return [None, None]
        return [area.parent_id, area.pk] if area.level == Area.Level.DISTRICT else [area.pk, None]

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else ""


class AreaField(forms.MultiValueField):
    """A governorate, or one of its districts; gives the `Area`.

    `within` limits the choice, e.g. to `Area.objects.within_reach_of(user, permission)`. With `district_required` a
    governorate alone is not enough.
    """

    widget = AreaWidget
    default_error_messages = {
        "required": _("Choose the governorate."),
        "district": _("Choose the district."),
        "mismatch": _("The district does not lie in the chosen governorate. Choose a district of that governorate."),
    }

    def __init__(self, *, district_required: bool = False, **kwargs: Any) -> None:
        self.district_required = district_required
        fields = (
            forms.ModelChoiceField(Area.objects.none(), required=False),
            forms.ModelChoiceField(Area.objects.none(), required=False),
        )
        super().__init__(fields, require_all_fields=False, **kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> "AreaField":
        field = super().__deepcopy__(memo)
        # Each form asks anew: areas change while the portal runs.
        field.offer(Area.objects.filter(is_active=True))
        return field

    def offer(self, within: AreaQuerySet) -> None:
        """Offer the governorates and districts among these areas (and the governorates of those districts)."""
        districts = within.filter(level=Area.Level.DISTRICT).select_related("parent").order_by("path")
        governorates = Area.objects.filter(
            Q(pk__in=within.filter(level=Area.Level.GOVERNORATE).values("pk")) | Q(pk__in=districts.values("parent"))
        ).order_by("path")
        fields = [declared_as(forms.ModelChoiceField, field) for field in self.fields]
        fields[0].queryset, fields[1].queryset = governorates, districts
        selects = [declared_as(forms.Select, widget) for widget in self.widget.widgets]
        selects[0].choices = Choices(governorates)
        selects[1].choices = Choices(districts, grouped=True)

    def compress(self, data_list: list[Any]) -> Area | None:
        governorate, district = data_list or (None, None)
        if district and governorate and district.parent_id != governorate.pk:
            raise ValidationError(self.error_messages["mismatch"], code="mismatch")
        if governorate and not district and self.district_required:
            raise ValidationError(self.error_messages["district"], code="district")
        if self.required and not (governorate or district):
            raise ValidationError(self.error_messages["required"], code="required")
        return district or governorate


class Choices:
    """Areas as choices, read from the database when the select is drawn."""

    def __init__(self, areas: AreaQuerySet, *, grouped: bool = False) -> None:
        self.areas = areas
        self.grouped = grouped

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield "", gettext("All districts") if self.grouped else gettext("Choose a governorate")
        if not self.grouped:
            yield from ((area.pk, area.name) for area in self.areas)
            return
        for parent, areas in groupby(self.areas, key=lambda area: area.parent):
            yield parent.name, [(area.pk, area.name) for area in areas]
