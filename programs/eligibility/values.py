"""Values of conditions: what was typed, read as the kind of fact it is compared with."""

import math
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from beneficiaries.facts import Kind
from ministry.exceptions import RuleViolation

_YES = {"true", "yes", "1", "نعم"}
_NO = {"false", "no", "0", "لا"}
_ORDER = {"lt", "lte", "gt", "gte"}
_LISTS = {"in", "not_in"}
# No household and no age comes near; beyond it, comparisons with the database's small integers would fail.
_COUNT_LIMIT = 30_000

OPERATORS: dict[Kind, frozenset[str]] = {
    Kind.COUNT: frozenset({"eq", "ne", *_ORDER, *_LISTS}),
    Kind.NUMBER: frozenset({"eq", "ne", *_ORDER, *_LISTS}),
    Kind.MONEY: frozenset({"eq", "ne", *_ORDER, *_LISTS}),
    Kind.BOOLEAN: frozenset({"eq", "ne"}),
    Kind.CHOICE: frozenset({"eq", "ne", *_LISTS}),
}
# A count of which some is unknown lies between two numbers; «is one of» has no exact answer for it.
COUNT_OPERATORS = frozenset({"eq", "ne", *_ORDER})


def read_value(text: str, *, kind: Kind, operator: str, choices: Iterable[tuple[str, Any]] = ()) -> Any:
    """Return the typed value of a condition: a number, a boolean, a code, or a list of them for «is one of».

    Arabic-Indic digits and the Arabic comma are read like Western ones.

    Raises:
        RuleViolation: the text is empty, not of this kind, or not one of `choices`.
    """
    if operator in _LISTS:
        parts = [part.strip() for part in text.replace("،", ",").split(",") if part.strip()]
        if not parts:
            raise RuleViolation(_("Enter at least one value, separated by commas."))
        return [_read_one(part, kind, choices) for part in parts]
    return _read_one(text.strip(), kind, choices)


def _read_one(text: str, kind: Kind, choices: Iterable[tuple[str, Any]]) -> Any:
    if not text:
        raise RuleViolation(_("Enter a value."))
    if kind is Kind.BOOLEAN:
        if text.lower() in _YES:
            return True
        if text.lower() in _NO:
            return False
        raise RuleViolation(_("«{value}» is neither true nor false.").format(value=text))
    if kind is Kind.CHOICE:
        codes = [code for code, _label in choices]
        if text not in codes:
            raise RuleViolation(
                _("«{value}» is not one of the permitted values: {values}.").format(value=text, values="، ".join(codes))
            )
        return text
    return _read_number(text, whole=kind is Kind.COUNT)


def _read_number(text: str, *, whole: bool) -> float | int:
    try:
        number = float(text.replace("٫", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise RuleViolation(_("«{value}» is not a number.").format(value=text))
    if not whole:
        return number
    if number != int(number) or not 0 <= number <= _COUNT_LIMIT:
        raise RuleViolation(_("«{value}» is not a whole number of zero or more.").format(value=text))
    return int(number)
