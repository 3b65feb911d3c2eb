"""Filters of the registry's lists, shared by pages and API."""

import datetime as dt
from itertools import groupby
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from beneficiaries.imports.reasons import REASONS
from beneficiaries.models import (
    ChangeRequest,
    DuplicatePair,
    Household,
    HouseholdMerge,
    ImportBatch,
    ImportIssue,
    Merge,
    Recertification,
    Registration,
)
from beneficiaries.queries.search import find_households, with_open_pairs
from beneficiaries.querysets import DuplicatePairQuerySet, HouseholdQuerySet, MergeQuerySet, RecertificationQuerySet
from ministry.models import Area, User
from ministry.querysets import AreaQuerySet


def _governorates(request) -> QuerySet[Area]:
    """Return the governorates in or around the areas where the reader may look at households."""
    paths = request.user.area_paths_with("beneficiaries.view_household")
    governorates = Area.objects.governorates()
    around = [
        area.pk
        for area in governorates
        if any(area.path.startswith(path) or path.startswith(area.path) for path in paths)
    ]
    return governorates.filter(pk__in=around)


def _districts(user: User) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the districts where the reader may look at households, under the names of their governorates."""
    districts = (
        Area.objects.within_reach_of(user, "beneficiaries.view_household")
        .filter(level=Area.Level.DISTRICT)
        .select_related("parent")
    )
    return [
        (governorate.name, [(district.code, district.name) for district in members])
        for governorate, members in groupby(districts, key=lambda district: district.parent)
    ]


class HouseholdFilter(filters.FilterSet):
    """Households by name or number, place, status, doubts and origin."""

    q = filters.CharFilter(label=_("Name, national number, phone or file number"), max_length=200)
    governorate = filters.ModelChoiceFilter(
        label=_("Governorate"), queryset=_governorates, to_field_name="code", method="under", empty_label=_("All")
    )
    district = filters.ChoiceFilter(label=_("District"), method="in_district", empty_label=_("All"))
    status = filters.ChoiceFilter(label=_("Status"), choices=Household.Status.choices, empty_label=_("All"))
    duplicates = filters.ChoiceFilter(
        label=_("Possibly registered twice"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        empty_label=_("All"),
        method="possibly_twice",
    )
    batch = filters.ModelChoiceFilter(
        label=_("Import"),
        field_name="import_batch",
        queryset=ImportBatch.objects.filter(status="committed"),
        empty_label=_("All"),
    )

    class Meta:
        model = Household
        fields = ("q", "governorate", "district", "status", "duplicates", "batch")

    # What the search expects to find where counting would take too long.
    estimate: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["district"].extra["choices"] = _districts(self.request.user)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """Apply the search last: how it is done depends on how many households the other filters leave."""
        for name, value in self.form.cleaned_data.items():
            if name != "q":
                queryset = self.filters[name].filter(queryset, value)
        result = find_households(queryset, self.form.cleaned_data["q"])
        self.estimate = result.estimate
        return result.households

    def under(self, queryset: HouseholdQuerySet, name: str, value: Area) -> HouseholdQuerySet:
        return queryset.in_areas(self._reachable().under(value))

    def in_district(self, queryset: HouseholdQuerySet, name: str, value: str) -> HouseholdQuerySet:
        return queryset.in_areas(self._reachable().under(Area.objects.get(code=value)))

    def _reachable(self) -> AreaQuerySet:
        return Area.objects.within_reach_of(self.request.user, "beneficiaries.view_household")

    def possibly_twice(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return with_open_pairs(queryset) if value == "yes" else queryset.filter(has_open_pair=False)


class DuplicatePairFilter(filters.FilterSet):
    """Possible duplicates by decision, strength and place of either person."""

    status = filters.ChoiceFilter(label=_("Decision"), choices=DuplicatePair.Status.choices, empty_label=_("All"))
    band = filters.ChoiceFilter(label=_("Strength"), choices=DuplicatePair.Band.choices, empty_label=_("All"))
    governorate = filters.ModelChoiceFilter(
        label=_("Governorate"), queryset=_governorates, to_field_name="code", method="under", empty_label=_("All")
    )
    district = filters.ChoiceFilter(label=_("District"), method="in_district", empty_label=_("All"))

    class Meta:
        model = DuplicatePair
        fields = ("status", "band", "governorate", "district")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["district"].extra["choices"] = _districts(self.request.user)

    def under(self, queryset: DuplicatePairQuerySet, name: str, value: Area) -> DuplicatePairQuerySet:
        return queryset.under(value)

    def in_district(self, queryset: DuplicatePairQuerySet, name: str, value: str) -> DuplicatePairQuerySet:
        return queryset.under(Area.objects.get(code=value))


class MergeFilter(filters.FilterSet):
    """Merges by status, and those that wait for the reader."""

    status = filters.ChoiceFilter(label=_("Status"), choices=Merge.Status.choices, empty_label=_("All"))
    waiting = filters.ChoiceFilter(
        label=_("Waiting for me"), choices=[("yes", _("yes"))], empty_label=_("All"), method="waiting_for_reader"
    )

    class Meta:
        model = Merge
        fields = ("status", "waiting")

    def waiting_for_reader(self, queryset: MergeQuerySet, name: str, value: str) -> MergeQuerySet:
        return queryset.waiting_for(self.request.user)


class HouseholdMergeFilter(MergeFilter):
    """Joinings of two files by status, and those that wait for the reader."""

    class Meta:
        model = HouseholdMerge
        fields = ("status", "waiting")


class ChangeRequestFilter(filters.FilterSet):
    """Change requests by file, kind, status, place and writer."""

    q = filters.CharFilter(
        label=_("File number"), field_name="household__household_ref", lookup_expr="istartswith", max_length=40
    )
    status = filters.ChoiceFilter(label=_("Status"), choices=ChangeRequest.Status.choices, empty_label=_("All"))
    kind = filters.ChoiceFilter(label=_("Kind"), choices=ChangeRequest.Kind.choices, empty_label=_("All"))
    governorate = filters.ModelChoiceFilter(
        label=_("Governorate"), queryset=_governorates, to_field_name="code", method="under", empty_label=_("All")
    )
    mine = filters.ChoiceFilter(
        label=_("Written by"), choices=[("yes", _("me"))], empty_label=_("Anybody"), method="own"
    )

    class Meta:
        model = ChangeRequest
        fields = ("q", "status", "kind", "governorate", "mine")

    def under(self, queryset: QuerySet, name: str, value: Area) -> QuerySet:
        return queryset.filter(household__area__path__startswith=value.path)

    def own(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(requested_by=self.request.user)


class RecertificationFilter(filters.FilterSet):
    """Households to visit by urgency, file and place."""

    q = filters.CharFilter(
        label=_("File number"), field_name="household__household_ref", lookup_expr="istartswith", max_length=40
    )
    due = filters.ChoiceFilter(
        label=_("To be confirmed"),
        choices=[
            ("overdue", _("overdue")),
            ("30", _("within a month")),
            ("90", _("within three months")),
        ],
        empty_label=_("All"),
        method="until",
    )
    governorate = filters.ModelChoiceFilter(
        label=_("Governorate"), queryset=_governorates, to_field_name="code", method="under", empty_label=_("All")
    )
    district = filters.ChoiceFilter(label=_("District"), method="in_district", empty_label=_("All"))

    class Meta:
        model = Recertification
        fields = ("q", "due", "governorate", "district")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["district"].extra["choices"] = _districts(self.request.user)

    def until(self, queryset: RecertificationQuerySet, name: str, value: str) -> RecertificationQuerySet:
        today = timezone.localdate()
        if value == "overdue":
            return queryset.overdue(today)
        return queryset.filter(recertify_by__lte=today + dt.timedelta(days=int(value)))

    def under(self, queryset: QuerySet, name: str, value: Area) -> QuerySet:
        return queryset.filter(household__area__path__startswith=value.path)

    def in_district(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(household__area__code=value)


class ImportBatchFilter(filters.FilterSet):
    """Imports by status."""

    status = filters.ChoiceFilter(label=_("Status"), choices=ImportBatch.Status.choices)

    class Meta:
        model = ImportBatch
        fields = ("status",)


class ImportIssueFilter(filters.FilterSet):
    """Findings by kind, file, reason and column."""

    severity = filters.ChoiceFilter(label=_("Kind"), choices=ImportIssue.Severity.choices)
    file = filters.ChoiceFilter(label=_("File"), choices=ImportIssue.File.choices)
    reason = filters.ChoiceFilter(label=_("Reason"), choices=[(code, one.label) for code, one in REASONS.items()])
    column = filters.CharFilter(label=_("Column"), field_name="column", max_length=40)

    class Meta:
        model = ImportIssue
        fields = ("severity", "file", "reason", "column")


class RegistrationFilter(filters.FilterSet):
    """Registrations by reference, status and caseworker."""

    q = filters.CharFilter(label=_("Reference"), field_name="reference", lookup_expr="icontains", max_length=40)
    status = filters.ChoiceFilter(label=_("Status"), choices=Registration.Status.choices, empty_label=_("All"))
    whose = filters.ChoiceFilter(
        label=_("Whose"), choices=[("mine", _("My registrations"))], empty_label=_("All"), method="of_reader"
    )

    class Meta:
        model = Registration
        fields = ("q", "status", "whose")

    def of_reader(self, queryset: QuerySet, _name: str, _value: str) -> QuerySet:
        return queryset.filter(started_by=self.request.user)
