"""Filters of the lists of funds."""

import django_filters
from django.utils.translation import gettext_lazy as _

from programs.models import BudgetLine, FundEntry, FundingSource, Program


class BudgetLineFilter(django_filters.FilterSet):
    """Lines by programme, source and year."""

    program = django_filters.ModelChoiceFilter(label=_("Programme"), queryset=Program.objects.all())
    source = django_filters.ModelChoiceFilter(label=_("Funding source"), queryset=FundingSource.objects.all())
    year = django_filters.NumberFilter(label=_("Year"), min_value=2000, max_value=2200)

    class Meta:
        model = BudgetLine
        fields: list[str] = []


class FundEntryFilter(django_filters.FilterSet):
    """Entries by kind."""

    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=FundEntry.Kind.choices)

    class Meta:
        model = FundEntry
        fields: list[str] = []
