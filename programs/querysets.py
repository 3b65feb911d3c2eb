"""Named sets of the programmes."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from ministry.querysets import AreaScopedQuerySet

if TYPE_CHECKING:
    from ministry.models import User


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

    def for_list(self) -> Self:
        return self.select_related("household__area", "household__recertification", "program", "reason")


class ApplicationQuerySet(AreaScopedQuerySet):
    """Applications; they lie where the household lives."""

    area_lookup = "household__area"

    def open(self) -> Self:
        return self.filter(status__in=["applied", "verified", "waiting", "offered"])

    def for_list(self) -> Self:
        return self.select_related("household__area", "program", "list")


class AdmissionListEntryQuerySet(AreaScopedQuerySet):
    """Entries of ranked lists; they lie where the household lives."""

    area_lookup = "household__area"

    def visible_to(self, user: "User", permission: str = "programs.view_application") -> Self:
        return super().visible_to(user, permission)


class EligibilityChangeQuerySet(AreaScopedQuerySet):
    """Changes of eligibility; they lie where the household lives."""

    area_lookup = "household__area"

    def waiting(self) -> Self:
        """Keep those on which a person has to decide."""
        return self.filter(status__in=["open", "exit_proposed"])

    def for_list(self) -> Self:
        return self.select_related("household__area", "program", "run__version__program", "before_run", "proposed_by")


class PaymentCycleQuerySet(models.QuerySet):
    """Payment cycles. A cycle covers the whole country; its lines lie in areas."""

    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("programs.view_paymentcycle") else self.none()

    def for_list(self) -> Self:
        return self.select_related("program", "agent")

    def public(self) -> Self:
        """Keep what the public is told: approved cycles with a date of payment."""
        return self.filter(status__in=["approved", "released", "reconciling", "closed"], pays_from__isnull=False)


class EntitlementQuerySet(AreaScopedQuerySet):
    """Lines of payment cycles; they lie where the household lived when the list was made."""

    def visible_to(self, user: "User", permission: str = "programs.view_payment") -> Self:
        return super().visible_to(user, permission)


class PaymentQuerySet(AreaScopedQuerySet):
    """Payments."""

    area_lookup = "entitlement__area"

    def live(self) -> Self:
        return self.filter(status__in=["held", "ready", "sent", "paid"])

    def undecided(self) -> Self:
        """Keep what stands in the way of closing a cycle: not delivered, and nobody has decided what follows."""
        return self.filter(
            Q(status__in=["held", "ready", "sent"])
            | Q(status__in=["returned", "failed"], settled_by__isnull=True)
            & ~models.Exists(
                self.model._default_manager.filter(
                    entitlement=models.OuterRef("entitlement"), attempt__gt=models.OuterRef("attempt")
                )
            )
        )


class ControlFindingQuerySet(AreaScopedQuerySet):
    """Lines that control reports name; they lie where the household lived."""

    def visible_to(self, user: "User", permission: str = "programs.view_payment") -> Self:
        return super().visible_to(user, permission)

    def for_list(self) -> Self:
        return self.select_related("household", "area", "report")


class VerificationVisitQuerySet(AreaScopedQuerySet):
    """Lines of samples; they lie where the household lived when the list was made."""

    area_lookup = "entitlement__area"

    def visible_to(self, user: "User", permission: str = "programs.view_verificationsample") -> Self:
        return super().visible_to(user, permission)

    def for_list(self) -> Self:
        return self.select_related("entitlement__household", "entitlement__area", "governorate", "sample__cycle").defer(
            "entitlement__snapshot"
        )


class OverpaymentQuerySet(AreaScopedQuerySet):
    """Overpayments; they lie where the household lives."""

    area_lookup = "household__area"

    def for_list(self) -> Self:
        return self.select_related("program", "household", "proposed_by").with_recovered()

    def with_recovered(self) -> Self:
        """Add what was taken back so far."""
        return self.annotate(
            recovered=Coalesce(
                Sum("lines__amount"),
                Value(Decimal(0)),
                output_field=models.DecimalField(max_digits=12, decimal_places=3),
            )
        )


class ReconciliationRowQuerySet(models.QuerySet):
    """Rows of agents' reports."""

    def queued(self) -> Self:
        """Keep what waits for a person."""
        return self.filter(outcome__in=["unmatched", "conflict", "unreadable"], resolution="")


# What each kind of entry does to the four figures of a budget line.
_BALANCES = {
    "allotted": {"allotment": 1},
    "committed": {"commitment": 1, "release": -1},
    "spent": {"payment": 1, "return": -1},
    "available": {"allotment": 1, "commitment": -1, "release": 1},
}


class BudgetLineQuerySet(models.QuerySet):
    """Budget lines. They are the ministry's, not an area's."""

    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("programs.view_budgetline") else self.none()

    def for_list(self) -> Self:
        # Said here: a model's own ordering does not hold where rows are grouped.
        return (
            self.select_related("source", "program").with_balances().order_by("-year", "program__code", "source__code")
        )

    def with_balances(self) -> Self:
        """Add allotted, committed (what approved cycles took), spent (out with agents) and available, in one statement.

        Committed includes what is spent; available is what a further cycle can still take.
        """
        return self.annotate(
            **{
                name: Coalesce(
                    Sum(
                        Case(
                            *(
                                When(entries__kind=kind, then=F("entries__amount") * sign)
                                for kind, sign in signs.items()
                            ),
                            default=Value(Decimal(0)),
                        )
                    ),
                    Value(Decimal(0)),
                    output_field=models.DecimalField(max_digits=18, decimal_places=3),
                )
                for name, signs in _BALANCES.items()
            }
        )


class FundEntryQuerySet(models.QuerySet):
    """Entries of the ledger."""

    def for_list(self) -> Self:
        return self.select_related(
            "cycle__program", "allotment__proposed_by", "entered_by", "budget_line", "corrected_by", "corrects"
        )


class CompliancePeriodQuerySet(models.QuerySet):
    """Periods of conditions. A period covers the whole country; its findings lie in areas."""

    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("programs.view_complianceperiod") else self.none()

    def for_list(self) -> Self:
        return self.select_related("program", "version")


class OfEnrolmentQuerySet(AreaScopedQuerySet):
    """Findings and steps; they lie where the household lives."""

    area_lookup = "enrolment__household__area"


class OfRecordQuerySet(AreaScopedQuerySet):
    """Excuses."""

    area_lookup = "record__enrolment__household__area"


class OfStepQuerySet(AreaScopedQuerySet):
    """Appeals."""

    area_lookup = "step__enrolment__household__area"
