"""How a file of another layout becomes the template's: its sheet, which column is what, what its values mean.

Offices keep their own lists, and survey programs (KoboToolbox) export theirs: a sheet of households and one of the
people in a repeat group, headings with the group before a slash, or the question's text. A person says once which
column is what; the answer is kept under a name and used again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from beneficiaries.imports import cells
from beneficiaries.imports.cells import Cell, Reader
from ministry.text import clean, fold_digits

_HEADING_SPACES = re.compile(r"[\s\-]+")
_DAY = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})", re.ASCII)

# Columns the portal adds to rows it hands back to be mended: where the file comes in again, they are left out.
OWN_COLUMNS = ("row", "problems")

# Orders of day, month and year in which a file may write dates.
DATE_ORDERS = ("ymd", "dmy", "mdy")


@dataclass(frozen=True)
class Layout:
    """The layout of one file. An empty one is the template's own."""

    # Name of the sheet in a workbook; empty = the first.
    sheet: str = ""
    # Heading → column of the template ("" = left out).
    columns: Mapping[str, str] = field(default_factory=dict)
    # Column → what is written there → code.
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: str = "ymd"
    # Whether people are numbered by the portal: number of the household and place in the file.
    numbered: bool = False
    # Whether a person has looked at all columns, so that those not named are known to be absent.
    is_chosen: bool = False

    def target(self, name: str) -> str:
        """Return the template's column a heading stands for; the heading itself where nothing was said."""
        key = heading(name)
        return self._targets.get(key, "" if key in OWN_COLUMNS else key)

    def heading_of(self, column: str) -> str:
        """Return what a column of the template is called in the file."""
        return next((name for name, target in self.columns.items() if target == column), column)

    @property
    def _targets(self) -> dict[str, str]:
        return {heading(name): target for name, target in self.columns.items()}

    def reader(self, column: str, reader: Reader) -> Reader:
        """Return the reader of a column that knows this file's words for codes, and its dates."""
        if self.dates != "ymd" and column in _DATES:
            return partial(_read_ordered_date, order=self.dates, reader=reader)
        if values := self.values.get(column):
            return partial(_read_value, values=values, reader=reader)
        return reader

    def as_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "columns": dict(self.columns),
            "values": {column: dict(values) for column, values in self.values.items()},
            "dates": self.dates,
            "numbered": self.numbered,
        }


_DATES = frozenset({"registered_on", "birth_date"})


def layout_of(mapping: Mapping[str, Any], file: str) -> Layout:
    """Return the layout of one file from a mapping: {file: {columns, values, …}}, or {heading: column} for both."""
    own = mapping.get(file)
    if isinstance(own, Mapping):
        return Layout(
            sheet=own.get("sheet", ""),
            columns=own.get("columns", {}),
            values=own.get("values", {}),
            dates=own.get("dates", "ymd"),
            numbered=own.get("numbered", False),
            is_chosen=True,
        )
    return Layout(columns={name: target for name, target in mapping.items() if isinstance(target, str)})


def heading(name: str) -> str:
    """Return a heading as headings are compared: small letters, one sign for blanks and hyphens."""
    return _HEADING_SPACES.sub("_", clean(name).lower())


def fold_value(text: str) -> str:
    """Return what is written in a cell as values are compared."""
    return clean(text).casefold()


def _read_value(value: str, *, values: Mapping[str, str], reader: Reader) -> Cell:
    return reader(values.get(fold_value(value), value))


def _read_ordered_date(value: str, *, order: str, reader: Reader) -> Cell:
    """Read a date written in another order; what is none is left to the reader, which says so."""
    match = _DAY.fullmatch(fold_digits(value))
    if match is None:
        return reader(value)
    first, second, third = match.groups()
    day, month = (first, second) if order == "dmy" else (second, first)
    if len(third) != 4:
        return cells.Cell("", "not_a_date")
    return reader(f"{third}-{month:0>2}-{day:0>2}")
