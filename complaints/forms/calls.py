"""Asking to be called, and what came of a call."""

from django import forms
from django.utils.translation import gettext_lazy

from complaints.models import Call, CallTry
from ministry.forms import DigitsField, PhoneField


class AskForCallForm(forms.Form):
    phone = PhoneField(label=gettext_lazy("Your mobile number"))
    name = forms.CharField(
        label=gettext_lazy("Whom to ask for"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("We say nothing about the matter to anybody else."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "name"}),
    )
    wanted = forms.ChoiceField(
        label=gettext_lazy("When does it suit you?"),
        choices=Call.When.choices,
        initial=Call.When.ANY,
        widget=forms.RadioSelect,
    )
    code = DigitsField(
        label=gettext_lazy("Tracking code"),
        length=10,
        required=False,
        help_text=gettext_lazy("If you have written to us already."),
    )


class TryForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of it"), choices=CallTry.Outcome.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Not what they told: that belongs into a case."),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
