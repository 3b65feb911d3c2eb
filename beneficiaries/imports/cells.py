"""Reading one cell: its plain form, or what is wrong with it. Pure: text in, answer out.

A cell that is bad has no plain form, so that what stands in staging can always be taken for what it is called.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ministry.text import fold_digits


class Cell(NamedTuple):
    """The plain form of a cell ("" = empty), and the finding, if any: reason code and parameters."""

    text: str
    reason: str = ""
    params: dict[str, Any] = {}


Reader = Callable[[str], Cell]

EMPTY = Cell("")
DAMAGED = "\ufffd"
# What a spreadsheet shows where a formula went wrong.
_FORMULA_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})

# A time of day, as survey programs and spreadsheets add it, is left off.
_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}\S*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_DIGIT = re.compile(r"\d")
# Decimals kept of an amount: what a currency's minor unit can have at most.
_DECIMALS = 3


def read_required(value: str, *, reader: Reader) -> Cell:
    """Read a cell that must not be empty."""
    return reader(value) if value else Cell("", "missing")


def read_text(value: str, *, limit: int, over_limit: str = "too_long") -> Cell:
    """Read free text of at most `limit` characters; what is longer is cut where that is only doubtful."""
    if DAMAGED in value:
        return Cell("", "unreadable_characters")
    if value[:1] == "=" or value in _FORMULA_ERRORS:
        return Cell("", "formula")
    if len(value) > limit:
        kept = "" if over_limit == "too_long" else value[:limit]
        return Cell(kept, over_limit, {"found": len(value), "limit": limit})
    return Cell(value)


def read_name(value: str, *, limit: int, parts: int = 1) -> Cell:
    """Read a name: letters of any script, at least `parts` parts."""
    cell = read_text(value, limit=limit)
    if cell.reason or not value:
        return cell
    if value.isalpha():
        return Cell(value, "name_short") if parts > 1 else cell
    if not any(character.isalpha() for character in value):
        return Cell("", "not_a_name")
    if _DIGIT.search(value):
        return Cell(value, "name_has_digits")
    return Cell(value, "name_short") if len(value.split()) < parts else cell


def read_date(value: str, *, today: dt.date, earliest: dt.date) -> Cell:
    """Read a day written year-month-day, not after today."""
    if not value:
        return EMPTY
    match = _ISO_DATE.fullmatch(fold_digits(value))
    if not match:
        return Cell("", "not_a_date")
    text = match[1]
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return Cell("", "not_a_date")
    if day > today:
        return Cell("", "date_in_future")
    if day < earliest:
        return Cell("", "date_too_early", {"earliest": earliest.isoformat()})
    return Cell(text)


def read_count(value: str, *, low: int, high: int) -> Cell:
    """Read a whole number from `low` to `high`; 3.0, as spreadsheets write it, is 3."""
    if not value:
        return EMPTY
    text = fold_digits(value)
    if not _NUMBER.fullmatch(text):
        return Cell("", "not_a_number")
    whole, _point, decimals = text.partition(".")
    if decimals.strip("0"):
        return Cell("", "not_whole")
    if len(whole) > 9 or not low <= int(whole) <= high:
        return Cell("", "out_of_range", {"low": low, "high": high})
    return Cell(str(int(whole)))


def read_money(value: str, *, high: int) -> Cell:
    """Read an amount from 0 to `high`, in the country's currency, without thousands separators."""
    if not value:
        return EMPTY
    text = fold_digits(value)
    if not _NUMBER.fullmatch(text):
        return Cell("", "not_a_number")
    whole, _point, decimals = text.partition(".")
    if whole.startswith("-") or len(whole) > 12 or int(whole) > high:
        return Cell("", "out_of_range", {"low": 0, "high": high})
    decimals = decimals[:_DECIMALS].rstrip("0")
    return Cell(f"{int(whole)}.{decimals}" if decimals else str(int(whole)))


def read_code(value: str, *, codes: tuple[str, ...]) -> Cell:
    """Read one of a column's codes; upper and lower case are the same."""
    if not value or value in codes:
        return Cell(value)
    for code in codes:
        if code.lower() == value.lower():
            return Cell(code)
    return Cell("", "unknown_code", {"codes": ", ".join(codes)})


def read_flag(value: str) -> Cell:
    """Read 1 or 0; empty is unknown."""
    if value in {"1", "0", ""}:
        return Cell(value)
    text = fold_digits(value)
    return Cell(text) if text in {"1", "0"} else Cell("", "not_yes_or_no")


def read_disability(value: str, *, domains: frozenset[str], severities: frozenset[str]) -> Cell:
    """Read Washington Group domains with their severity, `vision:3;mobility:2`, each domain once."""
    if not value:
        return EMPTY
    seen = set()
    parts = []
    for part in fold_digits(value).split(";"):
        if not part.strip():
            continue
        domain, _colon, severity = (piece.strip() for piece in part.partition(":"))
        if domain not in domains or severity not in severities or domain in seen:
            return Cell("", "unreadable_disability", {"part": part.strip()[:60]})
        seen.add(domain)
        parts.append(f"{domain}:{severity}")
    return Cell(";".join(parts)) if parts else Cell("", "unreadable_disability", {"part": value[:60]})
