"""The answers a field offers."""

from typing import Any

from django import forms


def offered_by(field: forms.ChoiceField) -> list[tuple[Any, Any]]:
    """Return a field's choices, which are pairs in a field without groups, whatever they were made of."""
    return list(field.choices)  # type: ignore[arg-type]  # the stubs give what may be set as what is read
