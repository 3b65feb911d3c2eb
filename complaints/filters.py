"""Filters of the lists of cases."""

import django_filters as filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.models import Category, Complaint, Kind, Level, VaultCase
from complaints.models.vault.case import code_mark
from ministry.models import Area
from ministry.text import digits, name_key

_STATES = [one for one in Complaint.Status.choices if one[0] not in ("held", "set_aside")]


class ComplaintFilter(filters.FilterSet):
    """Cases by code or words, kind, status, place, level, and what waits."""

    q = filters.CharFilter(label=_("Code, or words of the story"), max_length=100, method="search")
    waiting = filters.ChoiceFilter(
        label=_("Waits for"),
        method="in_wait",
        empty_label=_("All"),
        choices=[
            ("me", _("me")),
            ("nobody", _("nobody has it")),
            ("late", _("late")),
            ("second", _("a second person")),
            ("review", _("a review")),
            ("open", _("open")),
        ],
    )
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Kind.choices, empty_label=_("All"))
    status = filters.ChoiceFilter(label=_("Status"), choices=_STATES, empty_label=_("All"))
    category = filters.ModelChoiceFilter(
        label=_("About"), queryset=Category.objects.all(), to_field_name="code", empty_label=_("All")
    )
    governorate = filters.ModelChoiceFilter(
        label=_("Governorate"),
        queryset=Area.objects.governorates(),
        to_field_name="code",
        method="under",
        empty_label=_("All"),
    )
    level = filters.ChoiceFilter(label=_("Level"), choices=Level.choices, empty_label=_("All"))

    class Meta:
        model = Complaint
        fields: tuple[str, ...] = ()

    def search(self, queryset: QuerySet[Complaint], name: str, value: str) -> QuerySet[Complaint]:
        code = digits(value)
        if len(code) == 10:
            return queryset.filter(code=code)
        for word in name_key(value).split()[:6]:
            queryset = queryset.filter(story_key__contains=word)
        return queryset

    def under(self, queryset: QuerySet[Complaint], name: str, value: Area) -> QuerySet[Complaint]:
        return queryset.filter(area__path__startswith=value.path)

    def in_wait(self, queryset: QuerySet[Complaint], name: str, value: str) -> QuerySet[Complaint]:
        user, cases = self.request.user, queryset
        if value == "me":
            return cases.filter(officer=user, pk__in=Complaint.objects.open().values("pk"))
        if value == "nobody":
            return cases.filter(officer=None, pk__in=Complaint.objects.open().values("pk"))
        if value == "late":
            return cases.filter(pk__in=Complaint.objects.overdue(timezone.localdate()).values("pk"))
        if value == "second":
            return cases.filter(pk__in=Complaint.objects.waiting_for_second(user).values("pk"))
        if value == "review":
            return cases.filter(needs_review=True)
        return cases.filter(pk__in=Complaint.objects.open().values("pk"))


class VaultFilter(filters.FilterSet):
    """Confidential cases by whole code, risk, status and what waits. Their words cannot be searched."""

    code = filters.CharFilter(label=_("Tracking code"), max_length=20, method="of_code")
    waiting = filters.ChoiceFilter(
        label=_("Waits for"),
        method="in_wait",
        empty_label=_("All"),
        choices=[
            ("me", _("me")),
            ("nobody", _("nobody has it")),
            ("second", _("a second person")),
            ("open", _("open")),
        ],
    )
    risk = filters.ChoiceFilter(label=_("Risk"), choices=VaultCase.Risk.choices, empty_label=_("All"))
    status = filters.ChoiceFilter(label=_("Status"), choices=VaultCase.Status.choices, empty_label=_("All"))

    class Meta:
        model = VaultCase
        fields: tuple[str, ...] = ()

    def of_code(self, queryset: QuerySet[VaultCase], name: str, value: str) -> QuerySet[VaultCase]:
        return queryset.filter(code_mark=code_mark(digits(value)))

    def in_wait(self, queryset: QuerySet[VaultCase], name: str, value: str) -> QuerySet[VaultCase]:
        if value == "me":
            return queryset.filter(status="in_progress", officer=self.request.user)
        if value == "nobody":
            return queryset.filter(status="received")
        if value == "second":
            return queryset.filter(status="closing").exclude(proposed_by=self.request.user)
        return queryset.filter(status__in=["received", "in_progress", "closing"])
