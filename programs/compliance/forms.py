"""Forms of the pages about conditions."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Identifier, Individual
from ministry import formats
from ministry.certain import declared_as
from ministry.digits import plain_number
from ministry.documents import TABLES, DocumentField
from ministry.text import digits
from programs.models import CompliancePeriod, Condition, Program
from programs.models.compliance import PeriodMonths, Source
from programs.services.enrolments import REASON_MAX


def _months() -> list[tuple[str, str]]:
    """Return the months a period may begin in: from this one a year and a half back."""
    first = timezone.localdate().replace(day=1)
    months = []
    for _step in range(18):
        months.append((first.isoformat(), formats.month(first)))
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return months


class FigureField(forms.DecimalField):
    """A share in per cent or a count, in any digits."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # to the stubs it is an IntegerField
        return super().to_python(plain_number(value) if isinstance(value, str) else value)


class PeriodForm(forms.Form):
    """Opening a period."""

    program = forms.ModelChoiceField(
        label=gettext_lazy("Programme"),
        queryset=Program.objects.filter(is_active=True, versions__conditions__isnull=False).distinct(),
    )
    months = forms.TypedChoiceField(
        label=gettext_lazy("Length"),
        choices=PeriodMonths.choices,
        coerce=int,
        initial=PeriodMonths.QUARTER,
        help_text=gettext_lazy("Conditions of this length are asked."),
    )
    starts_on = forms.TypedChoiceField(label=gettext_lazy("First month"), choices=_months, coerce=dt.date.fromisoformat)


class ReportEntryForm(forms.Form):
    """What a caseworker knows about one person and one condition."""

    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=60,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
        help_text=gettext_lazy("National number, or the number in the register."),
    )
    condition = forms.ModelChoiceField(label=gettext_lazy("Condition"), queryset=Condition.objects.none())
    value = FigureField(
        label=gettext_lazy("Figure"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        max_digits=7,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "decimal", "class": "short"}),
        help_text=gettext_lazy("Per cent of school days, or number of visits. Leave it empty if nothing is known."),
    )
    was_closed = forms.BooleanField(label=gettext_lazy("The school or clinic was closed"), required=False)

    def __init__(self, *args: Any, period: CompliancePeriod, people: QuerySet[Individual], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people
        condition = declared_as(forms.ModelChoiceField, self.fields["condition"])
        condition.queryset = Condition.objects.filter(version=period.version, months=period.months)

    def clean_person(self) -> Individual:
        typed = self.cleaned_data["person"].strip()
        by_number = Identifier.objects.filter(
            kind=Identifier.Kind.NATIONAL_ID, value_key=digits(typed) or "-", removed_on__isnull=True
        )
        found = list(self.people.filter(Q(person_ref=typed) | Q(pk__in=by_number.values("individual")))[:2])
        if not found:
            raise forms.ValidationError(_("Nobody in your areas has this number. Check it against the card."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several people have this number. Use the number in the register."))
        return found[0]


class ReportFileForm(forms.Form):
    """A file of reports."""

    file = DocumentField(
        label=gettext_lazy("File of reports"),
        allowed=TABLES,
        help_text=gettext_lazy(
            "CSV or Excel with the headings person (national number or register number), condition (its code), "
            "figure, and service (open or closed; empty is open)."
        ),
    )
    source = forms.ChoiceField(label=gettext_lazy("Reported by"), choices=Source.choices)


class _Reasoned(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("It is kept with the record and shown to whoever opens the file."),
    )


class AppealForm(_Reasoned):
    """Why a step is contested."""


class ExcuseForm(_Reasoned):
    """Why a condition could not be met."""

    evidence = DocumentField(
        label=gettext_lazy("Evidence"),
        required=False,
        help_text=gettext_lazy("A photo or PDF, for example of a medical report."),
    )


class DecisionForm(_Reasoned):
    """One of two answers, with the reason."""

    decision = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    field_order = ("decision", "reason")

    def __init__(self, *args: Any, answers: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared_as(forms.ChoiceField, self.fields["decision"]).choices = answers
