"""Forms of the samples."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ministry.forms import DateTypedField, MoneyField, NumberField
from programs.models import VerificationVisit
from programs.payments.forms import REASON_MAX


class SampleForm(forms.Form):
    """How many households are looked up."""

    size = NumberField(
        label=_("How many households"),
        min_value=1,
        max_value=5000,
        help_text=_("For example 400: shares are then known to about 5 in 100, whatever the size of the cycle."),
    )


class VisitForm(forms.Form):
    """What was found at a household."""

    result = forms.ChoiceField(
        label=_("What was found"),
        choices=[choice for choice in VerificationVisit.Result.choices if choice[0]],
        widget=forms.RadioSelect,
    )
    visited_on = DateTypedField(label=_("Asked on"), help_text=_("For example 1/12/2026."))
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Needed where the household was not found."),
    )
    field_order = ("result", "amount_found", "visited_on", "note")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount_found"] = MoneyField(
            label=_("Amount received"),
            currency=currency,
            required=False,
            min_value=0,
            help_text=_("Only where it is another amount."),
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        result = cleaned.get("result")
        if (
            result == VerificationVisit.Result.OTHER_AMOUNT
            and cleaned.get("amount_found") is None
            and "amount_found" not in self.errors
        ):
            self.add_error("amount_found", _("Enter the amount that was received; 0 if it was nothing."))
        if result == VerificationVisit.Result.NOT_FOUND and not (cleaned.get("note") or "").strip():
            self.add_error("note", _("Say what was tried and why the household was not found."))
        day = cleaned.get("visited_on")
        if day and day > timezone.localdate():
            self.add_error("visited_on", _("The day must not lie in the future."))
        return cleaned
