"""Money that went to a household without being due, and is taken back from later months."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import NoTruncate, keep_history
from ministry.models import Area
from programs.payments import guards
from programs.querysets import OverpaymentQuerySet


class Overpayment(models.Model):
    """An amount a household got without being due, as one person found it and another confirmed.

    Statuses: proposed (waits for a second person), confirmed (each month takes its share until nothing is left),
    refused (nothing is taken), waived (what is left is no longer taken; what was taken stays).
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Being recovered")
        REFUSED = "refused", _("Refused")
        WAIVED = "waived", _("Waived")

    STATUS_TONES = {Status.PROPOSED: "warn", Status.CONFIRMED: "info", Status.REFUSED: "bad", Status.WAIVED: "ok"}

    program = models.ForeignKey("programs.Program", models.PROTECT, related_name="+", verbose_name=_("programme"))
    household = models.ForeignKey(
        "beneficiaries.Household", models.PROTECT, related_name="overpayments", verbose_name=_("household")
    )
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=3)
    currency = models.CharField(_("currency"), max_length=3)
    # First day of the first month that takes something back.
    recovered_from = models.DateField(_("taken back from the payment of"))
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.CharField(_("note"), max_length=300, blank=True)

    # Added by `with_recovered`.
    recovered: Decimal

    objects = OverpaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("overpayment")
        verbose_name_plural = _("overpayments")
        ordering = ["-id"]
        permissions = [("confirm_overpayment", "Can confirm overpayments that others found")]
        constraints = [
            models.CheckConstraint(name="overpayment_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="overpayment_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="overpayment_from_a_month", condition=Q(recovered_from__day=1)),
            models.CheckConstraint(
                name="overpayment_decided_by_a_second_person",
                condition=Q(status="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | (
                    ~Q(status="proposed")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                ),
            ),
            models.CheckConstraint(
                name="overpayment_refused_or_waived_for_a_reason",
                condition=~Q(status__in=["refused", "waived"]) | ~Q(decision_note=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["program", "household"], condition=Q(status="confirmed"), name="overpayment_recovered"
            ),
        ]
        triggers = [*keep_history(), *guards.OVERPAYMENT, NoTruncate()]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("programs:overpayment_list")

    @property
    def area(self) -> Area:
        """Where the household lives; decides who may do something about it."""
        return self.household.area
