"""Filters of the payment lists."""

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ministry.digits import western
from ministry.models import Area
from programs.models import Entitlement, Overpayment, Payment, PaymentCycle, Program, ReconciliationRow


def _governorates(_request: object) -> QuerySet[Area]:
    return Area.objects.governorates()


class PaymentCycleFilter(django_filters.FilterSet):
    """Cycles by programme and status."""

    program = django_filters.ModelChoiceFilter(label=_("Programme"), queryset=Program.objects.all())
    status = django_filters.ChoiceFilter(label=_("Status"), choices=PaymentCycle.Status.choices)

    class Meta:
        model = PaymentCycle
        fields: list[str] = []


class EntitlementFilter(django_filters.FilterSet):
    """Lines by number, status of the payment, reason of the hold, governorate."""

    q = django_filters.CharFilter(label=_("File or payment number"), method="search")
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=[*Payment.Status.choices, ("none", _("Nothing due"))], method="by_status"
    )
    hold_reason = django_filters.ChoiceFilter(
        label=_("On hold because"),
        choices=[choice for choice in Payment.HoldReason.choices if choice[0]],
        method="by_hold_reason",
    )
    governorate = django_filters.ModelChoiceFilter(label=_("Governorate"), queryset=_governorates, method="by_area")

    class Meta:
        model = Entitlement
        fields: list[str] = []

    def search(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        number = western(value).strip()
        payments = Payment.objects.filter(entitlement=OuterRef("pk"), payment_ref=number.upper())
        return queryset.filter(Q(household__household_ref=number) | Exists(payments))

    def by_status(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        if value == "none":
            return queryset.filter(amount=0)
        return queryset.filter(Exists(Payment.objects.filter(entitlement=OuterRef("pk"), status=value)))

    def by_hold_reason(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        held = Payment.objects.filter(entitlement=OuterRef("pk"), status=Payment.Status.HELD, hold_reason=value)
        return queryset.filter(Exists(held))

    def by_area(self, queryset: QuerySet, _name: str, area: Area | None) -> QuerySet:
        return queryset.filter(area__path__startswith=area.path) if area else queryset


class OverpaymentFilter(django_filters.FilterSet):
    """Overpayments by household, programme and status."""

    q = django_filters.CharFilter(label=_("File number"), method="search")
    program = django_filters.ModelChoiceFilter(label=_("Programme"), queryset=Program.objects.all())
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Overpayment.Status.choices)

    class Meta:
        model = Overpayment
        fields: list[str] = []

    def search(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(household__household_ref=western(value).strip())


class ReportRowFilter(django_filters.FilterSet):
    """Rows of a report by number and outcome."""

    q = django_filters.CharFilter(label=_("Payment number"), method="search")
    outcome = django_filters.ChoiceFilter(label=_("Outcome"), choices=ReconciliationRow.Outcome.choices)
    problem = django_filters.ChoiceFilter(
        label=_("Problem"), choices=[choice for choice in ReconciliationRow.Problem.choices if choice[0]]
    )

    class Meta:
        model = ReconciliationRow
        fields: list[str] = []

    def search(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(payment_ref=western(value).strip().upper())
