"""Filters of the lists of applicants."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ministry.models import Area
from programs.models import AdmissionListEntry, Application


def _governorates(_request: object) -> QuerySet[Area]:
    return Area.objects.governorates()


def _in_governorate(queryset: QuerySet, _name: str, area: Area | None) -> QuerySet:
    return queryset.filter(household__area__path__startswith=area.path) if area else queryset


class ApplicationFilter(django_filters.FilterSet):
    """Applicants by file, state, where they came from and governorate."""

    q = django_filters.CharFilter(label=_("File number"), field_name="household__household_ref", lookup_expr="iexact")
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Application.Status.choices)
    source = django_filters.ChoiceFilter(label=_("Came from"), choices=Application.Source.choices)
    governorate = django_filters.ModelChoiceFilter(
        label=_("Governorate"), queryset=_governorates, method=_in_governorate
    )

    class Meta:
        model = Application
        fields: list[str] = []


class EntryFilter(django_filters.FilterSet):
    """Entries of a list by file, outcome and governorate."""

    q = django_filters.CharFilter(label=_("File number"), field_name="household__household_ref", lookup_expr="iexact")
    outcome = django_filters.ChoiceFilter(label=_("Outcome"), choices=AdmissionListEntry.Outcome.choices)
    governorate = django_filters.ModelChoiceFilter(
        label=_("Governorate"), queryset=_governorates, method=_in_governorate
    )

    class Meta:
        model = AdmissionListEntry
        fields: list[str] = []
