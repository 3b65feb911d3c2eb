"""Named sets of the registry."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from ministry.models import Area
from ministry.querysets import AreaScopedQuerySet, within

if TYPE_CHECKING:
    import datetime as dt

    from ministry.models import User
    from ministry.querysets import AreaQuerySet


class HouseholdQuerySet(AreaScopedQuerySet):
    """Households."""

    def active(self) -> Self:
        return self.exclude(status="inactive")

    def visible_to(self, user: "User", permission: str = "") -> Self:
        """Keep the households in areas where the user holds the right to view households (or `permission`)."""
        return self.in_areas(Area.objects.within_reach_of(user, permission or "beneficiaries.view_household"))

    def in_areas(self, areas: "AreaQuerySet") -> Self:
        """Keep the households of these areas.

        The areas are read first (a few hundred keys): of keys the planner knows how many households each has, of a
        path in a joined table it knows nothing, and then reads a whole governorate to show its newest 25.
        """
        return self.filter(area__in=list(areas.order_by().values_list("pk", flat=True)))

    def for_list(self) -> Self:
        """Add what a list shows of each: the head's name, facts, area, whether somebody may be registered twice."""
        memberships = self.model._meta.apps.get_model("beneficiaries", "Membership").objects.current()
        pairs = memberships.model._meta.apps.get_model("beneficiaries", "DuplicatePair").objects.filter(status="open")
        return self.select_related("area", "facts").annotate(
            head_name=Subquery(
                memberships.filter(household=OuterRef("pk"), relationship="head").values("individual__full_name")[:1]
            ),
            has_open_pair=Exists(
                memberships.filter(household=OuterRef("pk")).filter(
                    Exists(pairs.filter(individual_a=OuterRef("individual")))
                    | Exists(pairs.filter(individual_b=OuterRef("individual")))
                )
            ),
        )


class MembershipQuerySet(models.QuerySet):
    """Memberships."""

    def current(self) -> Self:
        return self.filter(left_on__isnull=True)


class IndividualQuerySet(models.QuerySet):
    """People. Who may see a person follows from the household they live in."""

    def visible_to(self, user: "User", permission: str = "beneficiaries.view_individual") -> Self:
        paths = user.area_paths_with(permission)
        return self.filter(
            models.Exists(
                self.model._meta.apps.get_model("beneficiaries", "Membership")
                .objects.current()
                .filter(within(paths, "household__area"), individual=models.OuterRef("pk"))
            )
        )


class DuplicatePairQuerySet(models.QuerySet):
    """Possible duplicates. Whoever may see either person's household sees that the pair exists."""

    def open(self) -> Self:
        return self.filter(status="open")

    def to_be_visited(self) -> Self:
        return self.filter(status="visit")

    def undecided(self) -> Self:
        """Keep pairs of which nobody has said what they are, to be visited or not."""
        return self.filter(status__in=["open", "visit"])

    def visible_to(self, user: "User", permission: str = "beneficiaries.view_duplicatepair") -> Self:
        """Keep pairs of which at least one person lives where the user holds `permission`."""
        paths = user.area_paths_with(permission)
        if not paths:
            return self.none()
        memberships = (
            self.model._meta.apps.get_model("beneficiaries", "Membership")
            .objects.current()
            .filter(within(paths, "household__area"))
        )
        return self.filter(
            Q(Exists(memberships.filter(individual=OuterRef("individual_a"))))
            | Q(Exists(memberships.filter(individual=OuterRef("individual_b"))))
        )

    def under(self, area: Area) -> Self:
        """Keep pairs of which at least one person lives in this area."""
        memberships = (
            self.model._meta.apps.get_model("beneficiaries", "Membership")
            .objects.current()
            .filter(household__area__path__startswith=area.path)
        )
        return self.filter(
            Q(Exists(memberships.filter(individual=OuterRef("individual_a"))))
            | Q(Exists(memberships.filter(individual=OuterRef("individual_b"))))
        )

    def by_urgency(self) -> Self:
        """Order as people should decide: strong pairs first, then by the money at stake, then by certainty."""
        return self.order_by("-band", "-money_at_stake", "-probability", "pk")

    def of_household(self, household_id: int) -> Self:
        """Keep the pairs of which a member of this household is one."""
        people = (
            self.model._meta.apps.get_model("beneficiaries", "Membership")
            .objects.current()
            .filter(household=household_id)
            .values("individual")
        )
        return self.filter(Q(individual_a__in=people) | Q(individual_b__in=people))


class ImportBatchQuerySet(AreaScopedQuerySet):
    """Imports. Each belongs to the area its uploader opened it for."""

    def for_list(self) -> Self:
        return self.select_related("area", "uploaded_by", "households_file", "individuals_file")

    def waiting_for_undo(self) -> Self:
        return self.filter(status="undo_asked")

    def waiting_for_review(self) -> Self:
        return self.filter(status="in_review")


class _DecisionQuerySet(models.QuerySet):
    """What two people decide about two households. Whoever sees possible duplicates where one of them lives sees it."""

    def visible_to(self, user: "User", permission: str = "beneficiaries.view_duplicatepair") -> Self:
        paths = user.area_paths_with(permission)
        return self.filter(within(paths, "kept_household__area") | within(paths, "closed_household__area"))

    def standing(self) -> Self:
        """Keep merges by which two cards are one at this moment."""
        return self.filter(status__in=["merged", "undo_proposed"])

    def waiting_for(self, user: "User") -> Self:
        """Keep merges, and undoings, that somebody else proposed and this person may decide on."""
        return self.visible_to(user, "beneficiaries.confirm_merge").filter(
            Q(status="proposed") & ~Q(proposed_by=user) | Q(status="undo_proposed") & ~Q(undo_proposed_by=user)
        )


class MergeQuerySet(_DecisionQuerySet):
    """Merges of two cards."""

    def waiting_for(self, user: "User") -> Self:
        """A part of a joining waits with it, not by itself."""
        return super().waiting_for(user).filter(whole__isnull=True)

    def for_list(self) -> Self:
        return self.select_related(
            "survivor", "merged", "proposed_by", "kept_household__area", "closed_household__area"
        )


class HouseholdMergeQuerySet(_DecisionQuerySet):
    """Joinings of two files of one household."""

    def for_list(self) -> Self:
        return self.select_related("proposed_by", "kept_household__area", "closed_household__area").annotate(
            part_count=models.Count("parts", distinct=True), comer_count=models.Count("comers", distinct=True)
        )


class ChangeRequestQuerySet(models.QuerySet):
    """Change requests. Whoever may look at one of the two households sees the request."""

    def visible_to(self, user: "User", permission: str = "beneficiaries.view_changerequest") -> Self:
        paths = user.area_paths_with(permission)
        if not paths:
            return self.none()
        return self.filter(within(paths, "household__area") | within(paths, "other_household__area"))

    def for_list(self) -> Self:
        memberships = self.model._meta.apps.get_model("beneficiaries", "Membership").objects.current()
        return self.select_related("household__area", "requested_by").annotate(
            head_name=Subquery(
                memberships.filter(household=OuterRef("household"), relationship="head").values(
                    "individual__full_name"
                )[:1]
            )
        )

    def open(self) -> Self:
        return self.filter(status__in=["draft", "submitted", "approved"])

    def of_household(self, household_id: int) -> Self:
        return self.filter(Q(household=household_id) | Q(other_household=household_id))

    def waiting_for(self, user: "User") -> Self:
        """Keep those the person may decide on: submitted by somebody else, where they hold the right."""
        return (
            self.filter(status="submitted")
            .exclude(requested_by=user)
            .visible_to(user, "beneficiaries.approve_changerequest")
        )

    def due(self, on_date: "dt.date") -> Self:
        """Keep approved ones whose day has come."""
        return self.filter(status="approved", effective_on__lte=on_date)


class RegistrationQuerySet(AreaScopedQuerySet):
    """Registrations."""

    def open(self) -> Self:
        """Keep those whose sections can still be changed."""
        return self.filter(status__in=["draft", "returned"])

    def waiting(self) -> Self:
        """Keep those that wait for a second person."""
        return self.filter(status="submitted")

    def for_list(self) -> Self:
        return self.select_related("area", "started_by", "household")


class ConsentQuerySet(models.QuerySet):
    """Consents."""

    def in_force(self, purpose: str) -> Self:
        """Keep the consents to `purpose` that nobody took back; ask this before data leave the ministry."""
        return self.filter(purpose=purpose, withdrawn_on__isnull=True)


class RecertificationQuerySet(AreaScopedQuerySet):
    """Days by which households' data are to be confirmed; those that have left the register are not visited."""

    area_lookup = "household__area"

    def visible_to(self, user: "User", permission: str = "") -> Self:
        areas = Area.objects.within_reach_of(user, permission or "beneficiaries.view_recertification")
        # Keys of areas, as for households: of a path in a joined table the planner knows nothing.
        return self.filter(household__area__in=list(areas.order_by().values_list("pk", flat=True))).exclude(
            household__status="inactive"
        )

    def for_list(self) -> Self:
        memberships = self.model._meta.apps.get_model("beneficiaries", "Membership").objects.current()
        return self.select_related("household__area").annotate(
            head_name=Subquery(
                memberships.filter(household=OuterRef("household"), relationship="head").values(
                    "individual__full_name"
                )[:1]
            )
        )

    def overdue(self, on_date: "dt.date") -> Self:
        return self.filter(recertify_by__lt=on_date)


class ScoringModelQuerySet(models.QuerySet):
    """Versions of scoring models: they bind the whole country and are seen by all who may see any."""

    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("beneficiaries.view_scoringmodel") else self.none()

    def for_list(self) -> Self:
        return self.select_related("prepared_by", "approved_by").annotate(term_count=models.Count("terms"))


class SurveyQuerySet(models.QuerySet):
    """Surveys."""

    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("beneficiaries.view_survey") else self.none()

    def for_list(self) -> Self:
        return self.select_related("uploaded_by").annotate(fit_count=models.Count("fits"))


class ScoreFitQuerySet(models.QuerySet):
    """Fitted models."""

    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("beneficiaries.view_scorefit") else self.none()
