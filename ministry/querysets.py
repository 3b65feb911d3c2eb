"""Named sets of the core, and the base of all area-scoped ones."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from ministry.models import Area, User


def within(paths: list[str], lookup: str) -> Q:
    """Return the condition «the area found by `lookup` lies in one of the subtrees `paths`»; no path, no rows."""
    if not paths:
        return Q(pk__in=[])
    condition = Q()
    for path in paths:
        condition |= Q(**{f"{lookup}__path__startswith": path} if lookup else {"path__startswith": path})
    return condition


class AreaScopedQuerySet(models.QuerySet):
    """Rows that lie in an area. Subclasses may name another way to it than `area`."""

    area_lookup = "area"

    def visible_to(self, user: "User", permission: str = "") -> Self:
        """Keep the rows in areas where the user holds the right to view this model (or `permission`)."""
        meta = self.model._meta
        paths = user.area_paths_with(permission or f"{meta.app_label}.view_{meta.model_name}")
        return self.filter(within(paths, self.area_lookup))


class AreaQuerySet(models.QuerySet["Area"]):
    """Areas."""

    def root(self) -> "Area | None":
        """Return the country itself, the root of the tree; nothing before reference data are loaded."""
        return self.filter(parent__isnull=True).first()

    def governorates(self) -> Self:
        return self.filter(level="governorate")

    def under(self, area: "Area") -> Self:
        """Keep the area itself and everything below it."""
        return self.filter(path__startswith=area.path)

    def within_reach_of(self, user: "User", permission: str) -> Self:
        """Keep the areas in which the user holds `permission`."""
        return self.filter(within(user.area_paths_with(permission), ""))


class StaffAssignmentQuerySet(models.QuerySet):
    """Assignments."""

    def current(self, on_date: dt.date) -> Self:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on_date), starts_on__lte=on_date)


class JobQuerySet(models.QuerySet):
    """Jobs."""

    def visible_to(self, user: "User") -> Self:
        """Keep the jobs the user started, and those of kinds the user may see."""
        return self.filter(Q(started_by=user) | Q(permission__in=user.get_all_permissions()))

    def active(self) -> Self:
        return self.filter(status__in=["queued", "running", "cancelling"])

    def for_list(self) -> Self:
        return self.select_related("started_by")


class NoticeQuerySet(models.QuerySet):
    """Messages."""

    def in_portal(self, user: "User") -> Self:
        """Keep what the person finds under their notices."""
        return self.filter(user=user, channel="portal")

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def due(self, now: dt.datetime) -> Self:
        """Keep those a sender should take now."""
        return self.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now), status="queued")
