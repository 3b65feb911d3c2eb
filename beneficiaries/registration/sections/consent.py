"""What the household agrees to."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Consent
from beneficiaries.registration.fields import INDIVIDUALS, NameCell
from beneficiaries.registration.forms import Group, SectionForm
from ministry.certain import declared_as
from ministry.forms import DateTypedField

_YES_NO = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]


class ConsentForm(SectionForm):
    """Consent to the register, and apart from it to the passing on of data."""

    basis = forms.ChoiceField(
        label=gettext_lazy("On which basis are the data kept?"),
        choices=Consent.Basis.choices,
        widget=forms.RadioSelect,
    )
    register = forms.ChoiceField(
        label=gettext_lazy("Does the household agree that its data are kept and used to check what it is entitled to?"),
        choices=_YES_NO,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
    )
    sharing = forms.ChoiceField(
        label=gettext_lazy("Does it agree that partner organisations which help it get the data they need?"),
        help_text=gettext_lazy("A no has no effect on what the household is entitled to."),
        choices=_YES_NO,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
    )
    given_by = NameCell(INDIVIDUALS, "mother_name", label=gettext_lazy("Name of the person who answered"))
    method = forms.ChoiceField(
        label=gettext_lazy("How was it given?"), choices=Consent.Method.choices, widget=forms.RadioSelect
    )
    given_on = DateTypedField(label=gettext_lazy("On which day?"))

    layout = (Group(("basis", "register", "sharing")), Group(("given_by", "given_on", "method"), two=True))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared_as(DateTypedField, self.fields["given_on"]).latest = self.today
        if not self.is_bound and not self.initial.get("given_on"):
            self.initial["given_on"] = f"{self.today:%d/%m/%Y}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("register") == "no" and cleaned.get("basis") == Consent.Basis.CONSENT:
            self.add_error(
                "register",
                ValidationError(
                    _("Without consent nothing may be kept. Discard this registration, or name the duty by law."),
                    code="no_consent",
                ),
            )
        return cleaned
