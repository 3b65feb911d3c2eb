"""What the forms of all sections have in common: groups of questions, doubts that want a reason, answers in words."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.registration.fields import NOT_KNOWN, CellField, CodeCell, in_words
from ministry import formats
from ministry.forms.choices import offered_by
from ministry.models import Area

if TYPE_CHECKING:
    from beneficiaries.registration.file import RegistrationFile


@dataclass(frozen=True)
class Doubt:
    """Something unusual but possible about an answer: it stands when the caseworker says why."""

    # The input it is about.
    name: str
    reason: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.name}.{self.reason}"

    @property
    def sentence(self) -> str:
        return in_words(self.reason, self.params)


@dataclass(frozen=True)
class Group:
    """Questions that belong together, under one heading (or none), in one or two columns."""

    names: tuple[str, ...]
    title: Any = ""
    two: bool = False
    # Shown closed until somebody needs it.
    folded: bool = False


class SectionForm(forms.Form):
    """The questions of one section. `file` is the registration it belongs to, for questions that depend on others."""

    # How the questions are laid out; empty: all in one column.
    layout: tuple[Group, ...] = ()

    def __init__(self, *args: Any, file: "RegistrationFile", **kwargs: Any) -> None:
        self.file = file
        self.today: dt.date = timezone.localdate()
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def input_names(self) -> set[str]:
        """Return the names under which the browser sends the answers."""
        names: set[str] = set()
        for name, one in self.fields.items():
            if isinstance(one.widget, forms.MultiWidget):
                names_of_parts = one.widget.widgets_names  # type: ignore[attr-defined]  # the stubs leave it out
                names.update(f"{name}{suffix}" for suffix in names_of_parts)
            else:
                names.add(name)
        return names

    @property
    def groups(self) -> Iterator[dict[str, Any]]:
        """Return the groups of questions with their bound fields, for the template."""
        for group in self.layout or (Group(tuple(self.fields)),):
            fields = [self[name] for name in group.names if name in self.fields]
            if fields:
                yield {"title": group.title, "two": group.two, "folded": group.folded, "fields": fields}

    def find_doubts(self) -> Iterator[Doubt]:
        """Return what is unusual about valid answers; sections add what only they can see."""
        for name, one in self.fields.items():
            if isinstance(one, CellField) and (cell := one.doubt(self.cleaned_data.get(name) or "")):
                yield Doubt(name, cell.reason, cell.params)

    @property
    def doubts(self) -> list[Doubt]:
        """Return the doubts, the first of each question."""
        if not self.is_bound or not self.is_valid():
            return []
        first: dict[str, Doubt] = {}
        for doubt in self.find_doubts():
            first.setdefault(doubt.name, doubt)
        return list(first.values())

    def is_only_unfinished(self) -> bool:
        """Whether nothing is wrong with what was answered: questions are merely open."""
        return all(error.code == "required" for errors in self.errors.as_data().values() for error in errors)

    def rows(self) -> list[tuple[Any, Any]]:
        """Return questions and answers in words, as the check page shows them."""
        return [(one.label, self.answer_in_words(name)) for name, one in self.fields.items()]

    def answer_in_words(self, name: str) -> Any:
        one = self.fields[name]
        if isinstance(one.widget, forms.MultiWidget):
            value = self.cleaned_data.get(name) if self.is_bound and self.is_valid() else None
            return value.name if isinstance(value, Area) else ""
        typed = one.widget.value_from_datadict(self.data, self.files, name) if self.is_bound else None
        if isinstance(one, CodeCell):
            return one.names.get(str(typed), "") if typed != NOT_KNOWN else _("Not known")
        if isinstance(one, forms.MultipleChoiceField):
            names = dict(offered_by(one))
            return _(", ").join(str(names[value]) for value in typed or () if value in names)
        if isinstance(one, forms.ChoiceField):
            return dict(offered_by(one)).get(typed, "")
        if isinstance(one, forms.BooleanField):
            return _("Yes") if typed else _("No")
        return formats.isolated(typed) if typed else ""


def decimal(text: str) -> Decimal | None:
    """Return the number a plain form holds; nothing where it is empty."""
    return Decimal(text) if text else None


def whole(text: str) -> int | None:
    """Return the whole number a plain form holds; nothing where it is empty."""
    return int(text) if text else None


def boolean(text: str) -> bool | None:
    """Return yes, no or not known."""
    return text == "1" if text else None


def day(text: str) -> dt.date | None:
    """Return the day a plain form holds; nothing where it is empty."""
    return dt.date.fromisoformat(text) if text else None
