"""Forms of the programme pages."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ministry.certain import certain
from ministry.forms import DateTypedField
from programs.models import EnrolmentReason
from programs.services.enrolments import REASON_MAX


class CheckForm(forms.Form):
    """The day for which eligibility is checked."""

    on_date = DateTypedField(
        label=_("Day of the check"),
        help_text=_("Ages are counted on this day, and the version of the rules in force on it is used."),
        initial=timezone.localdate,
    )


class WhatIfForm(forms.Form):
    """The day for which two versions are compared."""

    on_date = DateTypedField(
        label=_("Day"),
        help_text=_("Ages are counted on this day, and the version in force on it is the one compared with."),
        initial=timezone.localdate,
    )


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("It is kept with the record and shown to whoever opens the file."),
    )


class EnrolmentStepForm(forms.Form):
    """The ground on which an enrolment is paused, resumed, completed or ended, and more about it in words."""

    code = forms.ModelChoiceField(
        label=_("Ground"),
        queryset=EnrolmentReason.objects.none(),
        to_field_name="code",
        widget=forms.RadioSelect,
        empty_label=None,
        help_text=_("The household is told the ground, and how to appeal where it can."),
    )
    reason = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("It is kept with the record and shown to whoever opens the file."),
    )

    def __init__(self, *args: Any, verb: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].queryset = EnrolmentReason.objects.filter(verb=verb, is_active=True)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = certain(super().clean())
        ground = given.get("code")
        if ground and ground.needs_words and not given.get("reason", "").strip():
            self.add_error("reason", _("Explain this ground in words."))
        return given


class ConfirmListForm(forms.Form):
    """The list as the person saw it."""

    expected = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    seen = forms.BooleanField(label=_("I have looked at the list and admit these households."))


class NextVersionForm(forms.Form):
    """The first day of a new version."""

    starts_on = DateTypedField(label=_("In force from"))

    def clean_starts_on(self) -> Any:
        starts_on = self.cleaned_data["starts_on"]
        if starts_on <= timezone.localdate():
            raise forms.ValidationError(_("A new version begins tomorrow at the earliest."))
        return starts_on


class NoteForm(forms.Form):
    """A word to go with a decision."""

    note = forms.CharField(
        label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
