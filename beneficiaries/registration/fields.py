"""Inputs of the registration. What is typed is read by the same readers as the cells of a register file."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from beneficiaries.imports.cells import Cell, Reader
from beneficiaries.imports.reasons import BAD, REASONS, sentence
from beneficiaries.imports.template import sheet_of
from beneficiaries.models import ImportIssue
from ministry.digits import plain_number
from ministry.forms import DateTypedField
from ministry.text import clean, fold_digits

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

HOUSEHOLDS = ImportIssue.File.HOUSEHOLDS
INDIVIDUALS = ImportIssue.File.INDIVIDUALS
# Asked and not known: an answer of its own, so that nobody takes an unanswered question for one.
NOT_KNOWN = "?"

# What the reasons of the import say of cells, said of a form.
_SAID_OF_FORMS: "Mapping[str, _StrPromise]" = {
    "too_long": _("Enter at most {limit} characters; there are {found}."),
    "not_a_number": _("Enter a number in figures."),
    "unknown_code": _("Choose one of the answers."),
    "not_yes_or_no": _("Choose one of the answers."),
}


@lru_cache(maxsize=4)
def _readers(file: str, today: dt.date) -> dict[str, Reader]:
    return {column.name: column.reader for column in sheet_of(file, today=today).columns}


def in_words(code: str, params: Mapping[str, Any]) -> str:
    """Return what a reason means, said of a form, in the active language."""
    said = _SAID_OF_FORMS.get(code)
    return str(said).format(**params) if said else sentence(code, params)


class CellField(forms.CharField):
    """An answer that stands in a column of the register files; its value is the column's plain form.

    What the import calls bad is an error here; what it calls doubtful is left to `doubt`.
    """

    def __init__(self, file: str, column: str, **kwargs: Any) -> None:
        self.file = file
        self.column = column
        super().__init__(**kwargs)

    def prepared(self, text: str) -> str:
        """Return what was typed in the form the reader expects."""
        return text

    def read(self, text: str) -> Cell:
        return _readers(self.file, timezone.localdate())[self.column](text)

    def clean(self, value: Any) -> str:
        text = clean(value or "")
        if not text:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return ""
        cell = self.read(self.prepared(text))
        if cell.reason and REASONS[cell.reason].severity == BAD:
            raise ValidationError(in_words(cell.reason, cell.params), code=cell.reason)
        return cell.text

    def doubt(self, text: str) -> Cell | None:
        """Return what is doubtful about a plain form, if anything."""
        cell = self.read(text) if text else None
        return cell if cell and cell.reason else None


class NumberCell(CellField):
    """A count or an amount; Arabic digits and thousands signs are understood."""

    def __init__(self, file: str, column: str, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "inputmode": "decimal", "class": "short"}),
        )
        super().__init__(file, column, **kwargs)

    def prepared(self, text: str) -> str:
        return plain_number(text)


class DayCell(CellField):
    """A day as people write it: day, month, year."""

    def __init__(self, file: str, column: str, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "inputmode": "numeric", "class": "short"}),
        )
        kwargs.setdefault("help_text", _("For example 21/3/1985."))
        super().__init__(file, column, **kwargs)

    def prepared(self, text: str) -> str:
        day = DateTypedField().to_python(text)
        return day.isoformat() if day else ""


class FiguresCell(CellField):
    """A number that is a name: national number, phone."""

    def __init__(self, file: str, column: str, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "inputmode": "numeric"})
        )
        super().__init__(file, column, **kwargs)

    def prepared(self, text: str) -> str:
        return fold_digits(text)


class NameCell(CellField):
    """A name, in whatever direction it is written."""

    def __init__(self, file: str, column: str, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}))
        super().__init__(file, column, **kwargs)


class CodeCell(CellField):
    """One of a column's codes, chosen by its name; with `unknown` also «not known», whose plain form is empty."""

    def __init__(
        self,
        file: str,
        column: str,
        choices: Iterable[tuple[str, Any]],
        *,
        unknown: bool = True,
        radio: bool = False,
        **kwargs: Any,
    ) -> None:
        offered = [*choices, *([(NOT_KNOWN, _("Not known"))] if unknown else [])]
        if radio:
            widget: forms.Widget = forms.RadioSelect(choices=offered, attrs={"class": "inline"})
        else:
            widget = forms.Select(choices=[("", _("Choose an answer")), *offered])
        self.names = dict(offered)
        kwargs.setdefault("widget", widget)
        super().__init__(file, column, **kwargs)
        self.error_messages["required"] = _("Choose an answer.")

    def clean(self, value: Any) -> str:
        return "" if value == NOT_KNOWN and NOT_KNOWN in self.names else super().clean(value)


def flag(file: str, column: str, label: Any, **kwargs: Any) -> CodeCell:
    """Return a question answered by yes, no or «not known»."""
    choices = kwargs.pop("choices", [("1", _("Yes")), ("0", _("No"))])
    return CodeCell(file, column, choices, radio=True, label=label, **kwargs)
