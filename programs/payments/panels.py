"""Payments on the desk: what was approved, month by month."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from ministry import formats
from ministry.charts import Series, bars
from ministry.slots import DeskPanel, desk_panels
from programs.models import PaymentCycle
from programs.services.payment_cycles import country_area

PERMISSION = "programs.view_paymentcycle"
MONTHS = 12


def payments_by_month(request: HttpRequest) -> dict[str, Any] | None:
    """Return the approved totals of the last twelve months that have any, by programme; None for fewer than two."""
    if not request.user.has_perm(PERMISSION, country_area()):
        return None
    cycles = list(
        PaymentCycle.objects.filter(
            status__in=PaymentCycle.APPROVED_AND_LATER, currency=formats.currency_of_country()
        ).select_related("program")
    )
    periods = sorted({cycle.period for cycle in cycles})[-MONTHS:]
    if len(periods) < 2:
        return None
    totals = {(cycle.program_id, cycle.period): cycle.total for cycle in cycles}
    programs = sorted({cycle.program for cycle in cycles}, key=lambda program: program.pk)[:4]
    latest = sum(totals.get((program.pk, periods[-1]), 0) for program in programs)
    return {
        "chart": bars(
            title=_("Payments approved by month"),
            unit=formats.currency_name(),
            period=_("{first} to {last}").format(first=formats.month(periods[0]), last=formats.month(periods[-1])),
            labels=[formats.month_label(period) for period in periods],
            series=[
                Series(program.name, [totals.get((program.pk, period)) for period in periods]) for program in programs
            ],
            summary=_("In {month}: {amount}.").format(
                month=formats.month(periods[-1]), amount=formats.plain_money(latest)
            ),
            label_heading=_("Month"),
        )
    }


desk_panels.register(DeskPanel("programs/_desk_payments.html", payments_by_month, (PERMISSION,)), order=30)
