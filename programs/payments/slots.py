"""What the core and the household file show of payments."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beneficiaries.models import Household
from beneficiaries.slots import HouseholdPanel, TimelineItem, household_panels, timeline_sources
from ministry import documents, formats
from ministry.models import User
from ministry.slots import DeskFigure, DeskTask, MenuEntry, ServiceCard, desk_figures, desk_tasks, menu, service_cards
from programs.models import PaymentCycle
from programs.payments.preparation import minor_units
from programs.queries import payments as queries
from programs.services.payment_cycles import country_area

Status = PaymentCycle.Status

menu.register(
    MenuEntry(
        gettext_lazy("Payments"),
        "programs:cycle_list",
        ("programs.view_paymentcycle",),
        icon="money",
        prefixes=("/desk/payments/",),
    ),
    order=40,
)
service_cards.register(
    ServiceCard(
        gettext_lazy("Dates of payment"),
        gettext_lazy("When and where this month's support is paid, by programme."),
        "programs:payment_dates",
        "calendar",
    ),
    order=30,
)


def payment_tasks(user: User) -> Iterable[DeskTask]:
    """Return the cycles that wait for this person's step, and rows of reports without a payment."""
    country = country_area()
    waiting = PaymentCycle.objects.none()
    if user.has_perm("programs.approve_paymentcycle", country):
        waiting = PaymentCycle.objects.filter(status=Status.IN_REVIEW).exclude(
            Q(prepared_by=user) | Q(submitted_by=user)
        )
        yield from _task(waiting, gettext_lazy("Payment cycles to approve"), "warn", Status.IN_REVIEW)
    if user.has_perm("programs.release_paymentcycle", country):
        waiting = PaymentCycle.objects.filter(status=Status.APPROVED).exclude(
            Q(prepared_by=user) | Q(submitted_by=user) | Q(approved_by=user)
        )
        yield from _task(waiting, gettext_lazy("Payment cycles to release"), "warn", Status.APPROVED)
    if user.has_perm("programs.add_paymentcycle", country):
        for status, text in (
            (Status.DRAFT, gettext_lazy("Payment cycles to work out")),
            (Status.PREPARED, gettext_lazy("Payment cycles to hand over for review")),
        ):
            yield from _task(PaymentCycle.objects.filter(status=status), text, "info", status)
    if user.has_perm("programs.reconcile_paymentcycle", country):
        rows = queries.waiting_rows().count()
        if rows:
            yield DeskTask(
                gettext_lazy("Rows of agents' reports without a payment"),
                reverse("programs:reconciliation_queue"),
                count=rows,
                tone="warn",
            )


def _task(cycles: Any, text: Any, tone: str, status: str) -> Iterable[DeskTask]:
    keys = list(cycles.values_list("pk", flat=True)[:100])
    if keys:
        url = (
            reverse("programs:cycle_detail", args=keys)
            if len(keys) == 1
            else f"{reverse('programs:cycle_list')}?status={status}"
        )
        yield DeskTask(text, url, count=len(keys), tone=tone)


desk_tasks.register(payment_tasks, order=40)


def payment_figures(user: User) -> Iterable[DeskFigure]:
    """Return the total of the latest month that was approved, over all programmes, and what is on hold in it."""
    if not user.has_perm("programs.view_paymentcycle", country_area()):
        return
    cycles = PaymentCycle.objects.filter(status__in=PaymentCycle.APPROVED_AND_LATER)
    latest = cycles.order_by("-period").first()
    if latest is None:
        return
    month = [cycle for cycle in cycles.filter(period=latest.period) if cycle.currency == latest.currency]
    count = sum(cycle.lines for cycle in month)
    yield DeskFigure(
        gettext_lazy("Payments approved"),
        formats.money(sum(cycle.total for cycle in month), latest.currency),
        url=reverse("programs:cycle_list"),
        note=ngettext("{count} payment, {month}", "{count} payments, {month}", count).format(
            count=formats.number(count), month=formats.month(latest.period)
        ),
    )


desk_figures.register(payment_figures, order=40)


def household_payments(household: Household, _user: User) -> dict[str, Any] | None:
    """Return a household's payments for its file."""
    payments = list(queries.payments_of_household(household)[:24])
    return {"payments": payments} if payments else None


household_panels.register(
    HouseholdPanel(
        "payments",
        gettext_lazy("Payments"),
        "programs/_household_payments.html",
        household_payments,
        "programs.view_payment",
    ),
    order=40,
)


def payment_moments(household: Household, user: User) -> Iterable[TimelineItem]:
    """Return when a household's payments took their present status."""
    if not user.has_perm("programs.view_payment", household.area):
        return
    payments = list(queries.payments_of_household(household)[:24])
    tones = queries.tones(payments)
    for payment in payments:
        yield TimelineItem(
            at=payment.status_at,
            title=_("{program}, {month}: {status}").format(
                program=payment.cycle.program.name,
                month=formats.month(payment.cycle.period),
                status=payment.get_status_display(),
            ),
            text=f"{formats.number(payment.amount, minor_units(payment.currency))} {payment.currency}",
            url=payment.entitlement.get_absolute_url(),
            tone=tones[payment.pk],
        )


timeline_sources.register(payment_moments, order=40)


def _may_read_lists(user: User, _cycle_id: int | None) -> bool:
    # SECURITY: lists name people with their national numbers; only whoever hands them to the agent reads them.
    return user.has_perm("programs.release_paymentcycle", country_area())


def _may_read_reports(user: User, _file_id: int | None) -> bool:
    return user.has_perm("programs.reconcile_paymentcycle", country_area())


documents.allow("programs.paymentcycle", _may_read_lists)
documents.allow("programs.reconciliationfile", _may_read_reports)
