"""Named sets of the registry."""

from typing import TYPE_CHECKING, Self

from django.db import models

from ministry.querysets import AreaScopedQuerySet, within

if TYPE_CHECKING:
    from ministry.models import User


class HouseholdQuerySet(AreaScopedQuerySet):
    """Households."""

    def active(self) -> Self:
        return self.exclude(status="inactive")


class MembershipQuerySet(models.QuerySet):
    """Memberships."""

    def current(self) -> Self:
        return self.filter(left_on__isnull=True)


class IndividualQuerySet(models.QuerySet):
    """People. Who may see a person follows from the household they live in."""

    def visible_to(self, user: "User", permission: str = "beneficiaries.view_individual") -> Self:
        paths = user.area_paths_with(permission)
        # One join: a person has at most one current membership.
        return self.filter(within(paths, "memberships__household__area"), memberships__left_on__isnull=True)
