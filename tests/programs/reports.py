"""Agents' reports for tests."""

from collections.abc import Iterable

from django.core.files.base import ContentFile

from ministry import jobs
from programs.models import Payment, PaymentCycle, ReconciliationFile
from programs.services.reconciliation import receive_report
from tests.programs.payment_factories import releaser


def take_in(cycle: PaymentCycle, rows: Iterable[tuple[Payment, str]]) -> ReconciliationFile:
    """Take in a report that says what became of some payments, and match it."""
    lines = ["payment_ref,status,amount"]
    lines += [f"{payment.payment_ref},{status},{payment.amount}" for payment, status in rows]
    content = ContentFile("\n".join(lines).encode(), name=f"report-{cycle.pk}.csv")
    file = receive_report(upload=content, actor=releaser(), tell_worker=False)
    jobs.run_now(file.job)
    file.refresh_from_db()
    return file
