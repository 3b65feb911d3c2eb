"""Lines of a change in words, for pages, messages and reasons."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext as _

from beneficiaries.models import Household, Identifier, Individual, Membership
from beneficiaries.services.change_plans import NEW, Difference, Line, current_value, lines_by_row
from ministry import formats
from ministry.certain import certain
from ministry.history import value_in_words

# Numbers by which somebody could be found or called.
_MASKED = {(Identifier._meta.label_lower, "value"), (Individual._meta.label_lower, "phone"),
           (Household._meta.label_lower, "phone")}  # fmt: skip
# Which person or household a row is about stands in its heading.
_IN_HEADING = {(Identifier._meta.label_lower, "individual"), ("beneficiaries.disability", "individual"),
               (Membership._meta.label_lower, "individual")}  # fmt: skip


@dataclass(frozen=True)
class ChangedField:
    """A field's name, and what it said and says."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class ChangedRow:
    """The fields of one row under a heading."""

    title: str
    fields: tuple[ChangedField, ...]


def in_rows(lines: list[Line], *, masked: bool) -> list[ChangedRow]:
    """Return lines row by row in the reader's words; with `masked`, only the last figures of numbers."""
    names = _names(lines)
    rows = []
    for row in lines_by_row(lines):
        shown = [line for line in row if (line.record, line.field) not in _IN_HEADING]
        fields = tuple(
            ChangedField(_label(line), _words(line, line.old, names, masked), _words(line, line.new, names, masked))
            for line in shown
        )
        if fields:
            rows.append(ChangedRow(_heading(row[0]), fields))
    return rows


def difference_in_words(difference: Difference) -> str:
    """Return where a request and the file no longer fit: the request's values, and the file's."""
    planned, now = difference.planned, difference.now
    line = cast(Line, planned or now)
    names = _names([one for one in (planned, now) if one is not None])
    what = _("{record}, {field}").format(record=_heading(line), field=_label(line))
    if planned is None:
        return _("{what}: would now become {new} as well").format(what=what, new=_words(line, line.new, names, True))
    is_value = now.old if now is not None else current_value(planned)
    return _("{what}: the request was written on {old}, the file now says {now}").format(
        what=what,
        old=_words(planned, planned.old, names, True),
        now=_words(planned, is_value, _names([planned], is_value), True),
    )


def holds_numbers(lines: Iterable[Line]) -> bool:
    """Whether any line shows a number by which somebody could be found or called."""
    return any((line.record, line.field) in _MASKED for line in lines)


def _label(line: Line) -> str:
    field = line.model_field
    # A relation without a name of its own is called by what it leads to.
    is_nameless = field.is_relation and field.verbose_name == field.name.replace("_", " ")
    return capital(str(certain(field.related_model)._meta.verbose_name if is_nameless else field.verbose_name))


def capital(text: str) -> str:
    """Return a field's name as it begins a row."""
    return text[:1].upper() + text[1:]


def _heading(line: Line) -> str:
    if line.record == Household._meta.label_lower:
        return _("The household") if not line.number else _("A new household")
    headings = {
        Individual._meta.label_lower: (_("Card of {name}"), _("New person: {name}")),
        Membership._meta.label_lower: (_("{name} in the household"), _("{name} joins")),
        Identifier._meta.label_lower: (_("Number of {name}"), _("New number of {name}")),
    }
    known, new = headings.get(line.record, (_("Difficulty of {name}"), _("New difficulty of {name}")))
    return (new if line.number else known).format(name=line.about)


def _words(line: Line, value: Any, names: dict[tuple[str, Any], str], masked: bool) -> str:
    if isinstance(value, dict) and NEW in value:
        return _("the new household") if line.field == "household" else _("the new person")
    if masked and value and (line.record, line.field) in _MASKED:
        return formats.masked(str(value))
    return value_in_words(line.model_field, value, names)


def _names(lines: list[Line], *values: Any) -> dict[tuple[str, Any], str]:
    """Return what the related records are called that the lines point to."""
    wanted: dict[models.Field, set[Any]] = defaultdict(set)
    for line in lines:
        if line.model_field.is_relation:
            wanted[line.model_field] |= {
                value for value in (line.old, line.new, *values) if value is not None and not isinstance(value, dict)
            }
    return {
        (str(field.column), key): str(record)
        for field, keys in wanted.items()
        for key, record in cast(type[models.Model], field.related_model)._base_manager.in_bulk(keys).items()
    }
