"""Forms about consents."""

from django import forms
from django.utils.translation import gettext_lazy as _

from beneficiaries.models import Consent
from ministry.forms import DateTypedField


class ConsentRecordForm(forms.Form):
    """What a household agrees to, who said so and how."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=Consent.Purpose.choices, widget=forms.RadioSelect)
    basis = forms.ChoiceField(label=_("Basis"), choices=Consent.Basis.choices, widget=forms.RadioSelect)
    given_by = forms.CharField(
        label=_("Given by"), max_length=300, widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"})
    )
    method = forms.ChoiceField(label=_("How it was given"), choices=Consent.Method.choices, widget=forms.RadioSelect)
    given_on = DateTypedField(label=_("Given on"))


class ConsentWithdrawalForm(forms.Form):
    """Who takes a consent back."""

    withdrawn_by = forms.CharField(
        label=_("Who withdraws it?"),
        max_length=300,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
