"""Corrective actions."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models import Cause
from ministry.forms import DateTypedField
from ministry.models import User


class PlanForm(forms.Form):
    cause = forms.ChoiceField(
        label=gettext_lazy("About which cause"), choices=[one for one in Cause.choices if one[0] != "no_fault"]
    )
    title_ar = forms.CharField(
        label=gettext_lazy("What is done, in Arabic"),
        max_length=200,
        help_text=gettext_lazy("Everybody may read this. Name nobody."),
        widget=forms.TextInput(attrs={"dir": "rtl"}),
    )
    title_en = forms.CharField(
        label=gettext_lazy("What is done, in English"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    owner = forms.CharField(
        label=gettext_lazy("User name of who sees to it"), max_length=150, widget=forms.TextInput(attrs={"dir": "ltr"})
    )
    due_on = DateTypedField(label=gettext_lazy("To be done by"))

    def clean_owner(self) -> User:
        found = User.objects.filter(username=self.cleaned_data["owner"].strip(), is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("Nobody has this user name."))
        return found


class FinishForm(forms.Form):
    result = forms.CharField(
        label=gettext_lazy("What came of it"),
        max_length=300,
        help_text=gettext_lazy("Everybody may read this. Name nobody."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
