"""Django's own form messages say what is wrong; these say what to do. Put in place when the portal starts."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def put_in_place() -> None:
    """Replace the defaults of Django's fields; a field's own messages still win."""
    replacements: tuple[tuple[type[forms.Field], dict[str, str | _StrPromise]], ...] = (
        (forms.Field, {"required": _("Fill this in.")}),
        (forms.ChoiceField, {"required": _("Choose an answer."), "invalid_choice": _("Choose one of those offered.")}),
        (
            forms.ModelChoiceField,
            {"required": _("Choose an answer."), "invalid_choice": _("Choose one of those offered.")},
        ),
        (
            forms.FileField,
            {"required": _("Choose a file."), "missing": _("Choose a file."), "invalid": _("Choose a file.")},
        ),
        (forms.BooleanField, {"required": _("Tick the box to go on.")}),
    )
    for field, messages in replacements:
        field.default_error_messages = {**field.default_error_messages, **messages}
