"""Filters of the lines that a control report names."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ministry.digits import western
from ministry.models import Area
from programs.models import ControlFinding, VerificationVisit


def _governorates(_request: object) -> QuerySet[Area]:
    return Area.objects.governorates()


class ControlFindingFilter(django_filters.FilterSet):
    """Lines by household, what was found, and governorate."""

    q = django_filters.CharFilter(label=_("File number"), method="search")
    kind = django_filters.ChoiceFilter(label=pgettext_lazy("control", "Found"), choices=ControlFinding.Kind.choices)
    governorate = django_filters.ModelChoiceFilter(label=_("Governorate"), queryset=_governorates, method="by_area")

    class Meta:
        model = ControlFinding
        fields: list[str] = []

    def search(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(household__household_ref=western(value).strip())

    def by_area(self, queryset: QuerySet, _name: str, area: Area | None) -> QuerySet:
        return queryset.filter(area__path__startswith=area.path) if area else queryset


class VerificationVisitFilter(django_filters.FilterSet):
    """Households of a sample by number and answer."""

    q = django_filters.CharFilter(label=_("File number"), method="search")
    result = django_filters.ChoiceFilter(
        label=pgettext_lazy("control", "Found"),
        choices=[("none", VerificationVisit.Result.OPEN.label), *VerificationVisit.Result.choices[1:]],
        method="by_result",
    )

    class Meta:
        model = VerificationVisit
        fields: list[str] = []

    def search(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(entitlement__household__household_ref=western(value).strip())

    def by_result(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(result="" if value == "none" else value)
