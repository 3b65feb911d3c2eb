"""Forms of admissions: an application, what was looked at, places by area."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from beneficiaries.models import Household
from ministry.forms import DateTypedField, MoneyField, NumberField
from ministry.models import Area, User
from programs.models import Application, PlacePlan
from programs.services.enrolments import REASON_MAX

_PLACES_MAX = 10_000_000


class ApplicationForm(forms.Form):
    """Which household applies, and whether a partner sent it."""

    household = forms.CharField(label=_("File number"), max_length=40, widget=forms.TextInput(attrs={"dir": "ltr"}))
    partner_name = forms.CharField(
        label=_("Partner"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text=_("Only if an association or another body sent the household. Otherwise leave it empty."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_household(self) -> Household:
        reference = self.cleaned_data["household"].strip()
        visible = Household.objects.visible_to(self.user).select_related("area")
        household = visible.filter(household_ref__iexact=reference).first()
        if household is None:
            raise forms.ValidationError(_("There is no such file in your areas. Check the number."))
        return household


class VerifyForm(forms.Form):
    """What was looked at."""

    proof = forms.ChoiceField(
        label=_("What was looked at"),
        choices=[(proof.value, proof.label) for proof in (Application.Proof.VISIT, Application.Proof.PAPERS)],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"), max_length=REASON_MAX, required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )


class PlacesForm(forms.Form):
    """Places for each governorate, and what all of them may cost a month."""

    def __init__(self, *args: Any, plan: PlacePlan | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        before = dict(plan.quotas.values_list("area", "places")) if plan else {}
        self.areas = list(Area.objects.governorates().order_by("path"))
        self.fields["starts_on"] = DateTypedField(label=_("Holds from"), initial=timezone.localdate)
        self.fields["monthly_limit"] = MoneyField(
            label=_("May cost a month at most"),
            required=False,
            max_digits=15,
            initial=plan.monthly_limit if plan else None,
            help_text=_("Over everybody in the programme, paused households included. Empty: no limit."),
        )
        self.fields["reason"] = forms.CharField(
            label=_("By which decision"), max_length=REASON_MAX, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
        )
        for area in self.areas:
            self.fields[f"area_{area.pk}"] = NumberField(
                label=area.name, required=False, min_value=0, max_value=_PLACES_MAX, initial=before.get(area.pk)
            )

    def general(self) -> Iterator[BoundField]:
        return (self[name] for name in ("starts_on", "monthly_limit", "reason"))

    def by_area(self) -> Iterator[BoundField]:
        return (self[f"area_{area.pk}"] for area in self.areas)

    def places(self) -> dict[Area, int]:
        """Return the places typed in; areas left empty have none as soon as one area has a figure."""
        given = {area: self.cleaned_data[f"area_{area.pk}"] for area in self.areas}
        return {area: count for area, count in given.items() if count is not None}

    def clean_monthly_limit(self) -> Any:
        limit = self.cleaned_data["monthly_limit"]
        if limit is not None and limit <= 0:
            raise forms.ValidationError(_("Enter an amount above zero, or leave it empty."))
        return limit
