"""The paying agent's reports and what became of each of their rows."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from programs.models.payments import Payment
from programs.payments import guards
from programs.querysets import ReconciliationRowQuerySet


class ReconciliationFile(models.Model):
    """A report of the paying agent as it came in. The same bytes are taken in once.

    Statuses: received (being read and matched), done (every row has an outcome; some may wait for a person), refused
    (not a report: the problem says why; nothing was applied).
    """

    class Status(models.TextChoices):
        RECEIVED = "received", _("Being matched")
        DONE = "done", _("Matched")
        REFUSED = "refused", _("Refused")

    document = models.OneToOneField("ministry.Document", models.PROTECT, related_name="+")
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RECEIVED)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, related_name="+")
    rows_total = models.IntegerField(_("rows"), default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("agent's report")
        verbose_name_plural = _("agents' reports")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=~Q(status="refused"), name="reconciliation_file_taken_in_once"
            ),
        ]
        triggers = guards.RECONCILIATION_FILE

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("programs:reconciliation_detail", args=[self.pk])


class ReconciliationRow(models.Model):
    """One row of a report: as typed, as understood, and what became of it.

    Outcomes: matched (the payment took the reported status), repeated (already known, nothing changed), unmatched
    (no payment has this number), conflict (the payment says otherwise: amount, status or cycle), unreadable (a cell
    is missing or makes no sense). The last three wait for a person.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        MATCHED = "matched", _("Matched")
        REPEATED = "repeated", _("Already known")
        UNMATCHED = "unmatched", _("No such payment")
        CONFLICT = "conflict", _("Contradiction")
        UNREADABLE = "unreadable", _("Not readable")

    class Problem(models.TextChoices):
        NONE = "", _("None")
        REF_MISSING = "ref_missing", _("The payment number is missing.")
        STATUS_UNKNOWN = "status_unknown", _("The status is not one of paid, returned, failed.")
        AMOUNT_UNREADABLE = "amount_unreadable", _("The amount is missing or not a number.")
        DATE_UNREADABLE = "date_unreadable", _("The date is not a date like 2026-11-30, or lies in the future.")
        NO_PAYMENT = "no_payment", _("There is no payment with this number.")
        OTHER_AMOUNT = "other_amount", _("The amount differs from the amount of the payment.")
        NOT_SENT = "not_sent", _("The payment was not sent to an agent.")
        OTHER_STATUS = "other_status", _("The payment already has another result.")
        CYCLE_CLOSED = "cycle_closed", _("The payment cycle is already closed.")
        TWICE_IN_FILE = "twice_in_file", _("The file names this payment several times with different results.")

    class Resolution(models.TextChoices):
        NONE = "", _("Open")
        APPLIED = "applied", _("Applied to a payment")
        DISMISSED = "dismissed", _("Set aside")

    # What waits for a person until it has a resolution.
    QUEUED = (Outcome.UNMATCHED, Outcome.CONFLICT, Outcome.UNREADABLE)

    file = models.ForeignKey(ReconciliationFile, models.PROTECT, related_name="rows", db_index=False)
    # As in the spreadsheet: the heading is row 1.
    row_number = models.IntegerField(_("row"))
    # As typed.
    ref_text = models.CharField(_("payment number"), max_length=100, blank=True)
    status_text = models.CharField(_("status"), max_length=100, blank=True)
    amount_text = models.CharField(_("amount"), max_length=100, blank=True)
    paid_on_text = models.CharField(_("date"), max_length=100, blank=True)
    agent_ref = models.CharField(_("agent's reference"), max_length=60, blank=True)
    # As understood.
    payment_ref = models.CharField(_("payment number"), max_length=100, blank=True)
    status = models.CharField(_("understood as"), max_length=10, choices=Payment.Status, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=5, null=True)
    paid_on = models.DateField(_("paid on"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.WAITING)
    problem = models.CharField(_("problem"), max_length=20, choices=Problem, blank=True)
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, related_name="report_rows", verbose_name=_("payment")
    )
    resolution = models.CharField(_("decision"), max_length=10, choices=Resolution, blank=True)
    resolution_note = models.CharField(_("reason"), max_length=300, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    resolved_at = models.DateTimeField(_("decided at"), null=True)

    objects = ReconciliationRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of a report")
        verbose_name_plural = _("rows of reports")
        ordering = ["file", "row_number"]
        constraints = [
            models.UniqueConstraint(fields=["file", "row_number"], name="reconciliation_row_once"),
            models.CheckConstraint(
                name="reconciliation_row_decided_by_somebody_for_a_reason",
                condition=Q(resolution="")
                | (Q(resolved_by__isnull=False, resolved_at__isnull=False) & ~Q(resolution_note="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(outcome__in=["unmatched", "conflict", "unreadable"], resolution=""),
                name="reconciliation_queue",
            ),
        ]
        triggers = guards.RECONCILIATION_ROW

    def __str__(self) -> str:
        return f"{self.file_id}/{self.row_number}"
