"""Forms of the payment pages."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ministry import formats
from ministry.documents import TABLES, DocumentField
from ministry.forms import DateTypedField, MoneyField
from programs.models import Payment, PaymentAgent, PaymentFile, Program

REASON_MAX = 300


def _months() -> list[tuple[str, str]]:
    """Return the months a cycle may be opened for: two ahead, this one, ten back."""
    first = timezone.localdate().replace(day=1)
    for _step in range(2):
        first = (first + dt.timedelta(days=31)).replace(day=1)
    months = []
    for _step in range(13):
        months.append((first.isoformat(), formats.month(first)))
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return months


def _this_month() -> str:
    return timezone.localdate().replace(day=1).isoformat()


class PaymentCycleForm(forms.Form):
    """Opening a cycle: programme, month, agent, and when people can collect."""

    program = forms.ModelChoiceField(label=_("Programme"), queryset=Program.objects.filter(is_active=True))
    period = forms.TypedChoiceField(
        label=_("Month paid for"), choices=_months, initial=_this_month, coerce=dt.date.fromisoformat
    )
    agent = forms.ModelChoiceField(label=_("Paying agent"), queryset=PaymentAgent.objects.filter(is_active=True))
    pays_from = DateTypedField(
        label=_("Paid from"),
        required=False,
        help_text=_("Shown to the public once the cycle is approved. For example 1/12/2026."),
    )
    pays_to = DateTypedField(label=_("Paid until"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("pays_from"), cleaned.get("pays_to")
        if start and end and end < start:
            self.add_error("pays_to", _("The last day must not lie before the first day of payment."))
        if bool(start) != bool(end) and not self.errors:
            self.add_error("pays_to" if start else "pays_from", _("Give both days, or leave both empty."))
        return cleaned


class ReasonForm(forms.Form):
    """Why something is decided."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("It is kept with the record."),
    )


class OptionalNoteForm(forms.Form):
    """A remark that may be left."""

    reason = forms.CharField(
        label=_("Note"), required=False, max_length=REASON_MAX, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )


class HoldForm(ReasonForm):
    """Why a payment is put on hold."""

    kind = forms.ChoiceField(
        label=_("On hold because"),
        choices=[(kind.value, kind.label) for kind in Payment.HELD_BY_PEOPLE],
        widget=forms.RadioSelect,
    )
    field_order = ("kind", "reason")


class OverpaymentForm(ReasonForm):
    """How much too much was paid, and from which month on it is taken back."""

    recovered_from = forms.TypedChoiceField(
        label=_("Taken back from the payment of"), choices=_months, initial=_this_month, coerce=dt.date.fromisoformat
    )
    field_order = ("amount", "recovered_from", "reason")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(label=_("Amount"), currency=currency, min_value=Decimal("0.001"))
        self.order_fields(self.field_order)


class PaymentFileForm(forms.Form):
    """Which format the list is made in."""

    format = forms.ChoiceField(
        label=_("Format"), choices=PaymentFile.Format.choices, initial=PaymentFile.Format.XLSX, widget=forms.RadioSelect
    )


class ReportForm(forms.Form):
    """An agent's report."""

    report = DocumentField(
        label=_("The agent's report"),
        allowed=TABLES,
        help_text=_(
            "CSV or Excel with the headings payment_ref, status (paid, returned, failed) and amount; "
            "paid_on and agent_ref may follow."
        ),
    )


class ApplyRowForm(ReasonForm):
    """The payment a row of a report means."""

    payment_ref = forms.CharField(
        label=_("Payment number"),
        max_length=35,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
        help_text=_("As in the payment file, for example P1-202611-1234."),
    )
    field_order = ("payment_ref", "reason")
