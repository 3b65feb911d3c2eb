"""Named sets of complaints."""

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from ministry.querysets import within

if TYPE_CHECKING:
    from ministry.models import User

OPEN = ("received", "in_progress", "paused", "dismissal", "remedy")


class ComplaintQuerySet(models.QuerySet):
    """Complaints. They lie where the matter lies; whoever is named in one does not find it."""

    def visible_to(self, user: "User", permission: str = "complaints.view_complaint") -> Self:
        """Keep the complaints in areas where the user holds the right, except those that name the user.

        SECURITY: what is held as doubtful is seen only by those who review it (`held`).
        """
        paths = user.area_paths_with(permission)
        if not paths:
            return self.none()
        about = self.model._meta.get_field("parties").related_model.objects.filter(complaint=OuterRef("pk"), staff=user)
        return self.filter(within(paths, "area") | within(paths, "office")).exclude(Exists(about)).admitted()

    def admitted(self) -> Self:
        return self.exclude(status__in=["held", "set_aside"])

    def held(self) -> Self:
        return self.filter(status="held")

    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def final(self) -> Self:
        return self.filter(status__in=["closed", "withdrawn"])

    def overdue(self, on_date: dt.date) -> Self:
        """Keep open cases whose last day is over."""
        return self.open().filter(due_on__lt=on_date)

    def of_officer(self, user: "User") -> Self:
        return self.filter(officer=user)

    def for_list(self) -> Self:
        return self.select_related("category", "area", "program", "officer")

    def waiting_for_second(self, user: "User") -> Self:
        """Keep proposed dismissals that somebody else proposed."""
        return self.filter(status="dismissal").exclude(resolutions__status="proposed", resolutions__decided_by=user)


class RemedyTaskQuerySet(models.QuerySet):
    """What has to be done elsewhere before a case can be closed. It lies where the household lives."""

    def visible_to(self, user: "User") -> Self:
        """Keep the tasks whose kind the user may see to, in their areas."""
        money = user.area_paths_with("complaints.finish_money_remedy")
        register = user.area_paths_with("complaints.finish_register_remedy")
        return self.filter(
            Q(within(money, "complaint__area"), kind__in=["recalculate", "pay_back"])
            | Q(within(register, "complaint__area"), kind__in=["reverify", "correct_data"])
        )

    def open(self) -> Self:
        return self.filter(status="open")

    def for_list(self) -> Self:
        return self.select_related("complaint__area", "complaint__household", "complaint__program")
