"""What a cycle was held against before its approval, as it was seen, and who read it."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly, NoTruncate
from programs.models.payments import MONEY, PaymentCycle
from programs.querysets import ControlFindingQuerySet

_SUM: dict[str, Any] = {"max_digits": 18, "decimal_places": 3, "default": Decimal(0)}


class ControlCounts(models.Model):
    """What both the whole report and each governorate's row of it state. Lines are those that pay something.

    New, gone and changed are told against the last approved month; `changed_by` is what they pay more, or less.
    Shared: another household's line goes to the same person, telephone or national number. Deceased: the payee has
    died, or a member counted among the living. A line may be shared, deceased and held at once.
    """

    lines = models.IntegerField(_("payments"), default=0)
    total = models.DecimalField(_("total"), **_SUM)
    former_lines = models.IntegerField(_("payments last month"), default=0)
    former_total = models.DecimalField(_("total last month"), **_SUM)
    new_lines = models.IntegerField(_("new"), default=0)
    new_total = models.DecimalField(_("total of the new"), **_SUM)
    gone_lines = models.IntegerField(_("gone"), default=0)
    gone_total = models.DecimalField(_("total of the gone"), **_SUM)
    changed_lines = models.IntegerField(_("changed"), default=0)
    changed_by = models.DecimalField(_("changed by"), **_SUM)
    shared_lines = models.IntegerField(_("shared"), default=0)
    shared_total = models.DecimalField(_("total of the shared"), **_SUM)
    deceased_lines = models.IntegerField(_("deceased"), default=0)
    deceased_total = models.DecimalField(_("total of the deceased"), **_SUM)
    held_lines = models.IntegerField(_("on hold"), default=0)
    held_total = models.DecimalField(_("total on hold"), **_SUM)

    class Meta:
        abstract = True


class ControlReport(ControlCounts):
    """The figures of a cycle against the last approved month, as they stood at one moment. Never changed.

    It speaks of the present while the lines are those it saw (`prepared_at`, count, total) and the same payments are
    on hold (`held_digest`); after that it is made anew, and the former one stays.
    """

    cycle = models.ForeignKey(PaymentCycle, models.PROTECT, related_name="control_reports", verbose_name=_("cycle"))
    # The latest earlier month of the programme that was approved; none: it is the first.
    former = models.ForeignKey(
        PaymentCycle, models.PROTECT, null=True, related_name="+", verbose_name=_("compared with")
    )
    prepared_at = models.DateTimeField(_("lines of"))
    held_digest = models.CharField(max_length=32)
    # Count and sum by reason of the hold, to be shown: {"duplicate": [3, "975.00"]}.
    holds = models.JSONField(_("holds"), default=dict)
    # What lines that changed by a fifth or less pay more, or less, in all.
    drifted_by = models.DecimalField(_("smaller changes"), **_SUM)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("control report")
        verbose_name_plural = _("control reports")
        default_permissions = ("view",)
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="control_report_counts_add_up",
                condition=Q(lines=F("former_lines") + F("new_lines") - F("gone_lines"))
                & Q(total=F("former_total") + F("new_total") - F("gone_total") + F("changed_by") + F("drifted_by")),
            ),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("programs:control_report", args=[self.cycle_id])

    @property
    def difference(self) -> Decimal:
        """What the month pays more than the last one, or less."""
        return self.total - self.former_total


class ControlFigure(ControlCounts):
    """One governorate's part of a report; without one, what lies in no governorate."""

    report = models.ForeignKey(ControlReport, models.PROTECT, related_name="figures")
    governorate = models.ForeignKey("ministry.Area", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("figure of a control report")
        verbose_name_plural = _("figures of control reports")
        default_permissions = ()
        ordering = ["report", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "governorate"], nulls_distinct=False, name="control_figure_once_per_governorate"
            ),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.report_id} {self.governorate_id or ''}"


class ControlFinding(models.Model):
    """A line that a report names, the weightiest of each kind; its counts tell how many there were in all."""

    class Kind(models.TextChoices):
        NEW = "new", _("New")
        GONE = "gone", _("Gone")
        CHANGED = "changed", _("Changed by more than 20 %")
        SHARED = "shared", _("Paid where another household is paid")
        DECEASED = "deceased", _("Somebody has died")

    class Detail(models.TextChoices):
        NONE = "", ""
        PAYEE = "payee", _("the same payee")
        NATIONAL_ID = "national_id", _("the same national number")
        PHONE = "phone", _("the same telephone or wallet")
        HEAD = "head", _("the payee")
        MEMBER = "member", _("a member of the household")

    report = models.ForeignKey(ControlReport, models.PROTECT, related_name="findings")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    detail = models.CharField(_("what"), max_length=12, choices=Detail, blank=True)
    # The household, not the line: lines are worked out afresh when a cycle is sent back.
    household = models.ForeignKey("beneficiaries.Household", models.PROTECT, related_name="+")
    area = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+")
    former_amount = models.DecimalField(_("last month"), null=True, **MONEY)
    amount = models.DecimalField(_("amount"), null=True, **MONEY)
    # Of shared ones: how many lines share it.
    shared_by = models.IntegerField(_("lines"), default=0)

    objects = ControlFindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding of a control report")
        verbose_name_plural = _("findings of control reports")
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "kind", "household"], name="control_finding_once"),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.report_id} {self.kind}"


class ControlReading(models.Model):
    """Somebody who may approve the cycle has read a report, and says so by name."""

    report = models.ForeignKey(ControlReport, models.PROTECT, related_name="readings")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("read by"))
    read_at = models.DateTimeField(_("read at"), auto_now_add=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("reading of a control report")
        verbose_name_plural = _("readings of control reports")
        default_permissions = ()
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["report", "reader"], name="control_reading_once")]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.report_id} #{self.reader_id}"
