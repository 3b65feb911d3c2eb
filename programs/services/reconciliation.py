"""Agents' reports: taken in once, matched by payment number, applied to the piastre; the rest waits for a person."""

import hashlib
from dataclasses import asdict
from decimal import Decimal
from itertools import islice
from typing import BinaryIO, cast

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit, documents, jobs
from ministry.certain import certain
from ministry.documents.services import scan
from ministry.exceptions import DomainError, RuleViolation, TransitionNotAllowed
from ministry.models import Document, User
from programs.models import Payment, PaymentCycle, ReconciliationFile, ReconciliationRow
from programs.payments.matching import mark_contradictions, match
from programs.payments.reports import read_report
from programs.services.payment_cycles import country_area

JOB_KIND = "reconciliation"
PERMISSION = "programs.reconcile_paymentcycle"
# Rows per step.
CHUNK = 20_000
ROWS_AT_ONCE = 5_000

Outcome = ReconciliationRow.Outcome
CycleStatus = PaymentCycle.Status
PaymentStatus = Payment.Status


class ReportAlreadyTakenIn(DomainError):
    """The same bytes came in before; `file` is what was made of them."""

    def __init__(self, file: ReconciliationFile) -> None:
        super().__init__(_("This report has been taken in before. Nothing was changed."))
        self.file = file


def _may_reconcile(actor: User) -> None:
    if not actor.has_perm(PERMISSION, country_area()):
        raise PermissionDenied


@transaction.atomic
def receive_report(*, upload: File, actor: User, tell_worker: bool = True) -> ReconciliationFile:
    """Take an agent's report in and start matching it.

    Raises:
        PermissionDenied: the actor may not reconcile.
        ReportAlreadyTakenIn: the same bytes came in before.
        DocumentRefused: it is neither CSV nor an Excel workbook, or not safe to open.
        RuleViolation: it is no report (see `read_report`); nothing is kept.
    """
    _may_reconcile(actor)
    upload.seek(0)
    digest = hashlib.file_digest(upload, "sha256").hexdigest()
    known = ReconciliationFile.objects.exclude(status=ReconciliationFile.Status.REFUSED).filter(sha256=digest).first()
    if known:
        raise ReportAlreadyTakenIn(known)
    document = documents.store(upload, subject=None, actor=actor, allowed=documents.TABLES)
    try:
        _refuse_unless_report(document)
        with transaction.atomic():
            file = ReconciliationFile.objects.create(document=document, sha256=digest, uploaded_by=actor)
    except IntegrityError as error:
        # The same file was taken in at the same moment by somebody else.
        document.file.storage.delete(certain(document.file.name))
        raise RuleViolation(_("This report has been taken in before. Nothing was changed.")) from error
    except RuleViolation:
        document.file.storage.delete(certain(document.file.name))
        raise
    document.subject_type, document.subject_id = ReconciliationFile._meta.label_lower, file.pk
    document.save(update_fields=["subject_type", "subject_id"])
    file.job = jobs.start(
        kind=JOB_KIND,
        scope=f"reconciliation:{file.pk}",
        params={"file": file.pk},
        actor=actor,
        tell_worker=tell_worker,
    )
    file.save(update_fields=["job"])
    audit.record(actor=actor, action="reconciliation.received", target=file, data={"sha256": digest})
    return file


def _refuse_unless_report(document: Document) -> None:
    with document.file.open("rb") as content:
        if next(read_report(cast(BinaryIO, content), timezone.localdate()), None) is None:
            raise RuleViolation(_("The file has a heading but no rows."))


def read_rows(*, file_id: int) -> int:
    """Read every row of a report and return the number of the last one; called by the job, in one transaction."""
    file = ReconciliationFile.objects.select_for_update(of=("self",)).select_related("document").get(pk=file_id)
    if file.rows.exists():
        return file.rows.latest("row_number").row_number
    document = scan(file.document)
    if document.scan != Document.Scan.CLEAN:
        raise RuleViolation(_("The file was found to be dangerous. Nothing was read from it; ask for a new one."))
    last = count = 0
    with file.document.file.open("rb") as content:
        rows = read_report(cast(BinaryIO, content), timezone.localdate())
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            ReconciliationRow.objects.bulk_create(
                ReconciliationRow(
                    file=file, outcome=Outcome.UNREADABLE if row.problem else Outcome.WAITING, **asdict(row)
                )
                for row in batch
            )
            last = batch[-1].row_number
            count += len(batch)
    file.rows_total = count
    file.save(update_fields=["rows_total"])
    mark_contradictions(file.pk)
    return last


def match_rows(*, file_id: int, low: int, high: int, actor: User | None) -> dict[str, int]:
    """Match the waiting rows `low` ≤ number < `high` and apply what fits; return how many had which outcome.

    Cycles are locked first, so that reports, decisions and closing wait for each other.
    """
    cycles = list(
        PaymentCycle.objects.select_for_update()
        .filter(status__in=[CycleStatus.RELEASED, CycleStatus.RECONCILING])
        .order_by("pk")
    )
    counts, applied_to = match(file_id, low, high)
    for cycle in cycles:
        if cycle.pk in applied_to:
            _begin_reconciling(cycle, actor)
    return counts


def _begin_reconciling(cycle: PaymentCycle, actor: User | None) -> None:
    if cycle.status == CycleStatus.RELEASED:
        cycle.status = CycleStatus.RECONCILING
        cycle.save(update_fields=["status"])
        audit.record(actor=actor, action="payment_cycle.reconciling", target=cycle)


@transaction.atomic
def refuse_report(*, file_id: int, problem: str) -> None:
    """Mark a report refused that could not be read to its end; called when the job fails before any row was kept."""
    file = ReconciliationFile.objects.select_for_update().get(pk=file_id)
    if file.status == ReconciliationFile.Status.RECEIVED and not file.rows.exists():
        file.status, file.problem = ReconciliationFile.Status.REFUSED, problem[:300]
        file.save(update_fields=["status", "problem"])


@transaction.atomic
def take_up_again(*, file_id: int) -> None:
    """Undo `refuse_report` when the job is resumed."""
    ReconciliationFile.objects.filter(pk=file_id, status=ReconciliationFile.Status.REFUSED).update(
        status=ReconciliationFile.Status.RECEIVED, problem=""
    )


def finish(*, file_id: int, actor: User | None) -> ReconciliationFile:
    """Mark a report matched; called when the job ends."""
    file = ReconciliationFile.objects.select_for_update().get(pk=file_id)
    if file.status == ReconciliationFile.Status.RECEIVED:
        file.status = ReconciliationFile.Status.DONE
        file.save(update_fields=["status"])
        outcomes = dict(file.rows.values_list("outcome").annotate(count=Count("id")).order_by())
        audit.record(actor=actor, action="reconciliation.matched", target=file, data={"rows": outcomes})
    return file


# What a person may make of a payment by accepting a report. The automatic match does the first four only.
_ACCEPTED = {
    (PaymentStatus.SENT, PaymentStatus.PAID),
    (PaymentStatus.SENT, PaymentStatus.RETURNED),
    (PaymentStatus.SENT, PaymentStatus.FAILED),
    (PaymentStatus.PAID, PaymentStatus.RETURNED),
    (PaymentStatus.RETURNED, PaymentStatus.PAID),
    (PaymentStatus.FAILED, PaymentStatus.PAID),
}


@transaction.atomic
def apply_row(*, row: ReconciliationRow, payment_ref: str, actor: User, note: str) -> ReconciliationRow:
    """Apply a queued row to the payment a person names, e.g. where the agent mistyped the number.

    Raises:
        PermissionDenied: the actor may not reconcile.
        TransitionNotAllowed: somebody has decided on the row already.
        RuleViolation: no reason, no such payment, another amount, or the payment cannot take the reported status.
    """
    _may_reconcile(actor)
    payment = Payment.objects.filter(payment_ref=payment_ref.strip().upper()).first()
    if payment is None:
        raise RuleViolation(_("There is no payment with the number «{ref}».").format(ref=payment_ref.strip()))
    cycle = PaymentCycle.objects.select_for_update().get(pk=payment.cycle_id)
    row = _lock_queued(row)
    _refuse_without(note)
    if not row.status or row.amount is None:
        raise RuleViolation(_("This row cannot be read. Ask the agent for a corrected report and set the row aside."))
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.amount != row.amount:
        raise RuleViolation(
            _("The report says {reported}, the payment is {amount}. Amounts must be equal.").format(
                reported=_plain(row.amount), amount=_plain(payment.amount)
            )
        )
    if cycle.status not in {CycleStatus.RELEASED, CycleStatus.RECONCILING}:
        raise RuleViolation(_("The payment's cycle is not open for reconciliation."))
    if (payment.status, row.status) not in _ACCEPTED or payment.settled_at:
        raise RuleViolation(
            _("The payment is «{status}» and cannot become «{reported}».").format(
                status=payment.get_status_display(), reported=row.get_status_display()
            )
        )
    if row.status == PaymentStatus.PAID and payment.entitlement.payments.filter(attempt__gt=payment.attempt).exists():
        raise RuleViolation(_("This payment was tried again since. Settle the further attempt first."))
    payment.status, payment.status_at = row.status, timezone.now()
    payment.paid_on = row.paid_on if row.status == PaymentStatus.PAID else None
    payment.agent_ref = row.agent_ref
    payment.save(update_fields=["status", "status_at", "paid_on", "agent_ref"])
    _begin_reconciling(cycle, actor)
    row.payment = payment
    return _resolve(row, ReconciliationRow.Resolution.APPLIED, actor, note)


@transaction.atomic
def dismiss_row(*, row: ReconciliationRow, actor: User, note: str) -> ReconciliationRow:
    """Set a queued row aside: nothing follows from it.

    Raises:
        PermissionDenied: the actor may not reconcile.
        TransitionNotAllowed: somebody has decided on the row already.
        RuleViolation: no reason was given.
    """
    _may_reconcile(actor)
    row = _lock_queued(row)
    _refuse_without(note)
    return _resolve(row, ReconciliationRow.Resolution.DISMISSED, actor, note)


def _lock_queued(row: ReconciliationRow) -> ReconciliationRow:
    row = ReconciliationRow.objects.select_for_update().get(pk=row.pk)
    if row.resolution or row.outcome not in ReconciliationRow.QUEUED:
        raise TransitionNotAllowed(_("This row has already been decided on."))
    return row


def _refuse_without(note: str) -> None:
    if not note.strip():
        raise RuleViolation(_("Say why. The reason stays with the row."))


def _resolve(row: ReconciliationRow, resolution: str, actor: User, note: str) -> ReconciliationRow:
    row.resolution, row.resolution_note = resolution, note.strip()
    row.resolved_by, row.resolved_at = actor, timezone.now()
    row.save(update_fields=["payment", "resolution", "resolution_note", "resolved_by", "resolved_at"])
    audit.record(
        actor=actor,
        action=f"reconciliation.row_{resolution}",
        target=row,
        note=note,
        data={"payment": row.payment_id} if row.payment_id else {},
    )
    return row


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
