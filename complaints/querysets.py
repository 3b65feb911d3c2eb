"""Named sets of complaints."""

import datetime as dt
from typing import TYPE_CHECKING, Any, Self, cast

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
        about = self.model._meta.apps.get_model("complaints", "Party").objects.filter(
            complaint=OuterRef("pk"), staff=user
        )
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


class IssueQuerySet(models.QuerySet):
    """Issues of several cases."""

    def visible_to(self, user: "User", permission: str = "complaints.view_complaint") -> Self:
        """Keep the issues in areas where the user holds the right, or with a case there.

        SECURITY: an issue says how many cases it has, never whose; each case is looked up by `visible_to` of its own.
        A merge led by a case that names the user does not exist for them.
        """
        paths = user.area_paths_with(permission)
        if not paths:
            return self.none()
        cases = cast(Any, self.model._meta.get_field("memberships").related_model).objects
        there = cases.filter(within(paths, "complaint__area"), issue=OuterRef("pk"), left_at=None)
        # The title of a merge is the code of the case that leads.
        about = cases.model._meta.get_field("complaint").related_model._meta.get_field("parties").related_model
        names_me = about.objects.filter(complaint=OuterRef("lead"), staff=user)
        return self.filter(within(paths, "area") | Q(Exists(there))).exclude(Exists(names_me))

    def open(self) -> Self:
        return self.filter(status="open")

    def for_list(self) -> Self:
        """Annotate how many cases each has."""
        return self.select_related("area", "category", "lead", "opened_by").annotate(
            cases=models.Count("memberships", filter=Q(memberships__left_at=None))
        )


class CallQuerySet(models.QuerySet):
    """Calls that were asked for. The hotline is one for the whole country."""

    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("complaints.answer_calls") else self.none()

    def open(self) -> Self:
        return self.filter(status="open")

    def for_list(self) -> Self:
        """Annotate how often each was tried, and when last."""
        return self.annotate(tried=models.Count("tries"), tried_at=models.Max("tries__at"))


class ActionQuerySet(models.QuerySet):
    """Corrective actions. They bind the country."""

    def visible_to(self, user: "User") -> Self:
        """Keep all for those who see complaints, and one's own for whoever has to see to it."""
        return self if user.has_perm("complaints.view_complaint") else self.filter(owner=user)

    def open(self) -> Self:
        return self.filter(status="open")

    def for_list(self) -> Self:
        return self.select_related("owner")
