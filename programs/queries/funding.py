"""Reads about funds."""

import datetime as dt

from programs.funding.rules import MONTHS_AVERAGED, Forecast, forecast
from programs.models import Allotment, BudgetLine, PaymentCycle
from programs.payments.preparation import minor_units


def forecast_of(line: BudgetLine, today: dt.date) -> Forecast | None:
    """Return how far what is available on a line (read with balances) reaches; None before the first approved month."""
    approved = list(
        PaymentCycle.objects.filter(
            program=line.program_id, currency=line.currency, status__in=PaymentCycle.APPROVED_AND_LATER
        )
        .order_by("-period")
        .values_list("period", "total")
    )
    done = {period.month for period, _total in approved if period.year == line.year}
    begun = 1 if line.year > today.year else today.month if line.year == today.year else 13
    return forecast(
        available=line.available,
        latest_totals=[total for _period, total in approved[:MONTHS_AVERAGED]],
        months_open=sum(month not in done for month in range(begun, 13)),
        minor_units=minor_units(line.currency),
    )


def waiting_allotments(line: BudgetLine) -> list[Allotment]:
    """Return what was proposed for a line and waits for a second person, the oldest first."""
    return list(
        line.allotments.filter(status=Allotment.Status.PROPOSED)
        .select_related("proposed_by", "corrects")
        .order_by("id")
    )
