"""Facts as a person would say them: with unit, in the reader's language."""

from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beneficiaries.facts.catalogue import Fact, Kind, Unit
from ministry import formats


def phrase(fact: Fact, value: Any) -> str:
    """Return a value of a fact in words; an unknown one is said to be unknown, never shown as nothing or zero."""
    if value is None:
        return _("cannot be computed") if fact.is_computed else _("not known")
    if fact.kind is Kind.BOOLEAN:
        return _("yes") if value else _("no")
    if fact.kind is Kind.CHOICE:
        return fact.choice_label(value)
    if fact.kind is Kind.MONEY:
        return format_html(_("{amount} per month"), amount=formats.money(Decimal(str(value))))
    return _with_unit(fact.unit, value)


def _with_unit(unit: Unit, value: float) -> str:
    shown = formats.number(value)
    if unit is Unit.PEOPLE:
        return ngettext("{count} person", "{count} people", value).format(count=shown)
    if unit is Unit.YEARS:
        return ngettext("{count} year", "{count} years", round(value)).format(count=formats.number(value, None))
    if unit is Unit.ROOMS:
        return ngettext("{count} room", "{count} rooms", value).format(count=shown)
    if unit is Unit.DEVICES:
        return ngettext("{count} device", "{count} devices", value).format(count=shown)
    if unit is Unit.PERSONS_PER_ROOM:
        return _("{count} persons per room").format(count=formats.number(value, 1))
    if unit is Unit.SHARE:
        return formats.percent(100 * value)
    if unit is Unit.PERCENT:
        return formats.percent(value, 1)
    if unit is Unit.POINTS:
        return _("{count} points").format(count=formats.number(value, 1))
    return formats.number(value)
