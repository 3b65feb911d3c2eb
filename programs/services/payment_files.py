"""Lists for the paying agent: closed once, written in any format, the bytes kept with count, total and hash."""

import tempfile

from django.db import transaction
from django.db.models import Count, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit, documents, jobs
from ministry.exceptions import DomainError, RuleViolation
from ministry.models import Job, User
from programs.models import Payment, PaymentCycle, PaymentFile
from programs.payments.files import write
from programs.payments.pain001 import debtor_of
from programs.payments.preparation import minor_units
from programs.services.payment_cycles import country_area
from programs.workflows import PAYMENT_CYCLE

JOB_KIND = "payment_file"
CONTENT_TYPES = {
    PaymentFile.Format.XLSX: ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    PaymentFile.Format.CSV: ("csv", "text/csv"),
    PaymentFile.Format.CSV_PLAIN: ("csv", "text/csv"),
    PaymentFile.Format.PAIN001: ("xml", "application/xml"),
}


class FileAlreadyMade(DomainError):
    """The list was written in this format before; `file` is what was written, byte for byte."""

    def __init__(self, file: PaymentFile) -> None:
        super().__init__(_("This list has already been made in this format. It is the same file."))
        self.file = file


@transaction.atomic
def make_payment_file(
    *, cycle: PaymentCycle, file_format: str, actor: User, batch: int | None = None, tell_worker: bool = True
) -> Job:
    """Start making a file: of the list asked for, else of all payments that are ready, as a new list, else of the last.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        FileAlreadyMade: nothing new is ready and the last list exists in this format.
        RuleViolation: nothing is ready and there is no list yet, no list has this number, or the format needs
            an account that is not known.
        JobAlreadyActive: a file of this cycle is being made.
    """
    cycle = PaymentCycle.objects.select_for_update().get(pk=cycle.pk)
    PAYMENT_CYCLE.check("make_file", status=cycle.status, actor=actor, area=country_area())
    if file_format == PaymentFile.Format.PAIN001:
        # Asked before the list is closed, so that nothing waits for a file that cannot be made.
        debtor_of(cycle)
    payments = Payment.objects.filter(cycle=cycle)
    last = payments.aggregate(last=Max("batch"))["last"] or 0
    if batch is None:
        batch = last + 1 if payments.filter(status=Payment.Status.READY).exists() else last
        if not batch:
            raise RuleViolation(_("There is nothing to pay out yet: every payment is on hold."))
    elif not 1 <= batch <= last:
        raise RuleViolation(_("There is no list with this number."))
    if batch <= last:
        made = PaymentFile.objects.filter(cycle=cycle, batch=batch, format=file_format).first()
        if made:
            raise FileAlreadyMade(made)
    job = jobs.start(
        kind=JOB_KIND,
        scope=f"payment_file:{cycle.pk}",
        params={"cycle": cycle.pk, "batch": batch, "format": file_format},
        actor=actor,
        tell_worker=tell_worker,
    )
    audit.record(
        actor=actor, action="payment_cycle.file_started", target=cycle, data={"list": batch, "format": file_format}
    )
    return job


def close_list(*, cycle_id: int, batch: int) -> int:
    """Put every ready payment on the list and mark it sent; a list that is closed stays. Returns how many."""
    cycle = PaymentCycle.objects.select_for_update().get(pk=cycle_id)
    if Payment.objects.filter(cycle=cycle, batch=batch).exists():
        return 0
    return Payment.objects.filter(cycle=cycle, status=Payment.Status.READY).update(
        status=Payment.Status.SENT, batch=batch, status_at=timezone.now()
    )


def write_file(*, cycle_id: int, batch: int, file_format: str, actor: User) -> PaymentFile:
    """Write the list and keep the file; what was written before is returned as it is.

    Raises:
        RuleViolation: what was written does not add up to what the list holds. Nothing is kept.
    """
    cycle = PaymentCycle.objects.select_for_update(of=("self",)).select_related("program").get(pk=cycle_id)
    made = PaymentFile.objects.filter(cycle=cycle, batch=batch, format=file_format).first()
    if made:
        return made
    units = minor_units(cycle.currency)
    with tempfile.TemporaryFile() as output:
        totals = write(output, cycle, batch, file_format, units)
        expected = Payment.objects.filter(cycle=cycle, batch=batch).aggregate(lines=Count("id"), total=Sum("amount"))
        if (totals.lines, totals.control_total) != (expected["lines"], expected["total"]):
            raise RuleViolation(_("The file does not add up to the list. Nothing was kept; make it again."))
        extension, content_type = CONTENT_TYPES[PaymentFile.Format(file_format)]
        filename = f"{cycle.program.code}-{cycle.period:%Y-%m}-{batch}.{extension}"
        document = documents.keep(output, filename=filename, content_type=content_type, subject=cycle, actor=actor)
    made = PaymentFile.objects.create(
        cycle=cycle,
        batch=batch,
        format=file_format,
        document=document,
        lines=totals.lines,
        control_total=totals.control_total,
        sha256=document.sha256,
        made_by=actor,
    )
    audit.record(
        actor=actor,
        action="payment_cycle.file_made",
        target=cycle,
        data={
            "file": made.pk,
            "list": batch,
            "format": file_format,
            "payments": made.lines,
            "total": str(made.control_total),
            "sha256": made.sha256,
        },
    )
    return made
