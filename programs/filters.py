"""Filters of the programme lists."""

import datetime as dt

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ministry.models import Area
from programs.models import Criterion, EligibilityChange, EligibilityDecision, Enrolment, EnrolmentReason


def _governorates(_request: object) -> QuerySet[Area]:
    return Area.objects.governorates()


def _criteria(request: object) -> QuerySet[Criterion]:
    # The view puts the run's version on the request: only its criteria can have failed.
    return Criterion.objects.filter(group__version=getattr(request, "version", None)).order_by("id")


def _in_governorate(queryset: QuerySet, _name: str, area: Area | None) -> QuerySet:
    return queryset.filter(household__area__path__startswith=area.path) if area else queryset


class DecisionFilter(django_filters.FilterSet):
    """Decisions by outcome, governorate and the criterion that stands against."""

    q = django_filters.CharFilter(label=_("File number"), field_name="household__household_ref", lookup_expr="iexact")
    decision = django_filters.ChoiceFilter(label=_("Decision"), choices=EligibilityDecision.Decision.choices)
    governorate = django_filters.ModelChoiceFilter(
        label=_("Governorate"), queryset=_governorates, method=_in_governorate
    )
    failed = django_filters.ModelChoiceFilter(label=_("Not met"), queryset=_criteria, method="filter_failed")
    unknown = django_filters.ModelChoiceFilter(label=_("Not known"), queryset=_criteria, method="filter_unknown")

    class Meta:
        model = EligibilityDecision
        fields: list[str] = []

    def filter_failed(self, queryset: QuerySet, _name: str, criterion: Criterion | None) -> QuerySet:
        return queryset.filter(failed__contains=[criterion.pk]) if criterion else queryset

    def filter_unknown(self, queryset: QuerySet, _name: str, criterion: Criterion | None) -> QuerySet:
        return queryset.filter(unknown__contains=[criterion.pk]) if criterion else queryset


class EnrolmentFilter(django_filters.FilterSet):
    """Enrolments by status, governorate, ground of the last step and recertification."""

    q = django_filters.CharFilter(label=_("File number"), field_name="household__household_ref", lookup_expr="iexact")
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Enrolment.Status.choices, widget=forms.Select)
    governorate = django_filters.ModelChoiceFilter(
        label=_("Governorate"), queryset=_governorates, method=_in_governorate
    )

    ground = django_filters.ModelChoiceFilter(
        label=_("Ground"), field_name="reason", queryset=EnrolmentReason.objects.all(), to_field_name="code"
    )
    recertify = django_filters.ChoiceFilter(
        label=_("Recertification"),
        choices=[("overdue", _("overdue")), ("90", _("within three months"))],
        method="filter_recertify",
    )

    class Meta:
        model = Enrolment
        fields: list[str] = []

    def filter_recertify(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        # The registry's calendar says when; only who is still in the programme is looked at again.
        today = timezone.localdate()
        last = today - dt.timedelta(days=1) if value == "overdue" else today + dt.timedelta(days=int(value))
        return queryset.exclude(status="exited").filter(household__recertification__recertify_by__lte=last)


class EligibilityChangeFilter(django_filters.FilterSet):
    """Changes of eligibility by what happened, how far it is decided, and governorate."""

    q = django_filters.CharFilter(label=_("File number"), field_name="household__household_ref", lookup_expr="iexact")
    status = django_filters.ChoiceFilter(label=_("Status"), choices=EligibilityChange.Status.choices)
    kind = django_filters.ChoiceFilter(label=_("Change"), choices=EligibilityChange.Kind.choices)
    governorate = django_filters.ModelChoiceFilter(
        label=_("Governorate"), queryset=_governorates, method=_in_governorate
    )

    class Meta:
        model = EligibilityChange
        fields: list[str] = []
