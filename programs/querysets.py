"""Named sets of the programmes."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q

from ministry.querysets import AreaScopedQuerySet


class ProgramVersionQuerySet(models.QuerySet):
    """Versions of programmes."""

    def in_force(self, on_date: dt.date) -> Self:
        """Keep the versions that bind on a day: put in force, begun, and not yet followed by another."""
        return self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on_date),
            status__in=["in_force", "superseded"],
            starts_on__lte=on_date,
        )


class EligibilityRunQuerySet(models.QuerySet):
    """Runs."""

    def complete(self) -> Self:
        return self.filter(status="complete")


class EligibilityDecisionQuerySet(AreaScopedQuerySet):
    """Decisions; they lie where the household lives."""

    area_lookup = "household__area"


class EnrolmentQuerySet(AreaScopedQuerySet):
    """Enrolments; they lie where the household lives."""

    area_lookup = "household__area"

    def enrolled(self) -> Self:
        return self.filter(status="enrolled")
