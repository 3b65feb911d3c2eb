"""Forms of funds."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ministry import formats
from ministry.forms import MoneyField
from programs.models import BudgetLine, FundingSource, PaymentCycle, Program
from programs.payments.forms import ReasonForm


def _years() -> list[tuple[int, str]]:
    """Return this year, the next, and three before."""
    now = timezone.localdate().year
    return [(year, formats.digits(str(year))) for year in range(now + 1, now - 4, -1)]


def _this_year() -> int:
    return timezone.localdate().year


class BudgetLineForm(forms.Form):
    """Opening a line: who gives, for which programme, in which year."""

    source = forms.ModelChoiceField(label=_("Funding source"), queryset=FundingSource.objects.filter(is_active=True))
    program = forms.ModelChoiceField(label=_("Programme"), queryset=Program.objects.filter(is_active=True))
    year = forms.TypedChoiceField(label=_("Year"), choices=_years, initial=_this_year, coerce=int)


class AllotmentForm(ReasonForm):
    """An amount, and by which decision it is given."""

    field_order = ("amount", "reason")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(
            label=_("Amount"), currency=currency, min_value=Decimal("0.001"), help_text=_("For example 1,250,000.")
        )
        self.order_fields(self.field_order)


class LineOfCycle(forms.ModelChoiceField):
    """A budget line, told by its source and what is left on it."""

    def label_from_instance(self, line: Any) -> str:
        from_source = _("{source}: {available} available")
        return str(from_source).format(
            source=line.source.name, available=formats.plain_money(line.available, line.currency)
        )


class FundCycleForm(forms.Form):
    """What a cycle is paid from."""

    def __init__(self, *args: Any, cycle: PaymentCycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"] = LineOfCycle(
            label=_("Budget line"),
            queryset=BudgetLine.objects.filter(
                program=cycle.program, year=cycle.period.year, currency=cycle.currency, is_active=True
            ).for_list(),
            initial=cycle.budget_line_id,
            widget=forms.RadioSelect,
            empty_label=None,
        )
