"""The steps that followed a finding, how they are contested, and the lines of money they make."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models import Area
from programs.compliance import guards
from programs.models.compliance.conditions import LadderRung
from programs.models.compliance.periods import CompliancePeriod, ComplianceRecord
from programs.models.enrolment import Enrolment
from programs.querysets import OfEnrolmentQuerySet, OfRecordQuerySet, OfStepQuerySet

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 3}


class ComplianceStep(models.Model):
    """A step of the ladder taken about one member after a period, with what the rung said at that time.

    Statuses: in force, frozen (an appeal is open; nothing is withheld), lifted (what it withheld is paid back), decided
    (a person has dealt with a proposed exit).
    """

    class Status(models.TextChoices):
        IN_FORCE = "in_force", _("In force")
        FROZEN = "frozen", _("Frozen by an appeal")
        LIFTED = "lifted", _("Lifted")
        DECIDED = "decided", _("Decided")

    STATUS_TONES = {Status.IN_FORCE: "warn", Status.FROZEN: "info", Status.LIFTED: "ok"}

    period = models.ForeignKey(CompliancePeriod, models.PROTECT, related_name="steps")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="compliance_steps", db_index=False)
    individual = models.ForeignKey("beneficiaries.Individual", models.PROTECT, related_name="+")
    rung = models.ForeignKey(LadderRung, models.PROTECT, related_name="+")
    kind = models.CharField(_("step"), max_length=20, choices=LadderRung.Kind)
    # How many misses were counted, in the way the rung counts.
    misses = models.PositiveSmallIntegerField(_("misses"))
    share_percent = models.DecimalField(_("share withheld, in per cent"), max_digits=5, decimal_places=2)
    of_household = models.BooleanField(_("of the household's amount"))
    months = models.PositiveSmallIntegerField(_("for so many monthly payments"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.IN_FORCE)
    # First days of the first and the last month whose payment it reduces; set when its period is closed.
    applies_from = models.DateField(_("from the payment of"), null=True)
    applies_to = models.DateField(_("to the payment of"), null=True)
    taken_at = models.DateTimeField(_("taken at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.CharField(_("reason"), max_length=300, blank=True)

    objects = OfEnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "period", "individual"], name="compliance_step_once"),
            models.CheckConstraint(
                name="compliance_step_ended_by_somebody_for_a_reason",
                condition=Q(status__in=["in_force", "frozen"])
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decision_note="")),
            ),
            models.CheckConstraint(
                name="compliance_step_applies_in_order",
                condition=Q(applies_from__isnull=True, applies_to__isnull=True)
                | Q(applies_from__isnull=False, applies_to__gte=F("applies_from")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["applies_from", "applies_to"],
                condition=Q(status="in_force", applies_from__isnull=False),
                name="compliance_step_applies",
            ),
        ]
        triggers = [*keep_history(), *guards.STEP]

    # Summed over its lines for the household's file.
    withheld: Decimal
    repaid: Decimal

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def area(self) -> Area:
        return self.enrolment.household.area


class Excuse(models.Model):
    """A reason why a condition could not be met, with evidence; a second person accepts or refuses it."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for a decision")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    STATUS_TONES = {Status.PENDING: "warn", Status.ACCEPTED: "ok"}

    record = models.ForeignKey(ComplianceRecord, models.PROTECT, related_name="excuses")
    reason = models.CharField(_("reason"), max_length=300)
    evidence = models.ForeignKey("ministry.Document", models.PROTECT, null=True, blank=True, related_name="+")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(_("filed at"), auto_now_add=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.CharField(_("decision"), max_length=300, blank=True)

    objects = OfRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("excuse")
        verbose_name_plural = _("excuses")
        ordering = ["-id"]
        permissions = [("decide_excuse", "Can accept or refuse excuses")]
        constraints = [
            models.UniqueConstraint(fields=["record"], condition=Q(status="pending"), name="excuse_one_open"),
            models.CheckConstraint(
                name="excuse_decided_by_a_second_person",
                condition=Q(status="pending", decided_by__isnull=True)
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("filed_by"))),
            ),
        ]
        triggers = [*keep_history(), *guards.decided_once("record_id", "reason", "evidence_id", "filed_by_id")]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def area(self) -> Area:
        return self.record.area


class ComplianceAppeal(models.Model):
    """A household contests a step. While it is open the step is frozen; a second person decides."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won: the step is lifted")
        LOST = "lost", _("Lost: the step stands")

    STATUS_TONES = {Status.OPEN: "warn", Status.WON: "ok"}

    step = models.ForeignKey(ComplianceStep, models.PROTECT, related_name="appeals")
    reason = models.CharField(_("reason"), max_length=300)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(_("filed at"), auto_now_add=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.CharField(_("decision"), max_length=300, blank=True)

    objects = OfStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal against a step")
        verbose_name_plural = _("appeals against steps")
        ordering = ["-id"]
        permissions = [("decide_complianceappeal", "Can decide appeals against steps")]
        constraints = [
            # Once: a second look at the same step is a complaint.
            models.UniqueConstraint(fields=["step"], name="compliance_appeal_once"),
            models.CheckConstraint(
                name="compliance_appeal_decided_by_a_second_person",
                condition=Q(status="open", decided_by__isnull=True)
                | (
                    Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("filed_by"))
                    & ~Q(decision_note="")
                ),
            ),
        ]
        triggers = [*keep_history(), *guards.decided_once("step_id", "reason", "filed_by_id")]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def area(self) -> Area:
        return self.step.area


class EntitlementLine(models.Model):
    """A line of an entitlement beside base and components.

    Kinds: withheld (by a step), back pay (of a line a step withheld, each once), pro rata (for days of the month that
    are not paid), recovery (of an overpayment). Amounts are positive; all but back pay reduce what is due.
    """

    class Kind(models.TextChoices):
        WITHHELD = "withheld", _("Withheld")
        BACK_PAY = "back_pay", _("Paid back")
        PRO_RATA = "pro_rata", _("Days not paid")
        RECOVERY = "recovery", _("Recovered")

    entitlement = models.ForeignKey("programs.Entitlement", models.PROTECT, related_name="lines")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("amount"), **MONEY)
    step = models.ForeignKey(ComplianceStep, models.PROTECT, null=True, related_name="lines")
    overpayment = models.ForeignKey("programs.Overpayment", models.PROTECT, null=True, related_name="lines")
    repays = models.OneToOneField("self", models.PROTECT, null=True, related_name="repaid_by")

    class Meta:
        verbose_name = _("line of an entitlement")
        verbose_name_plural = _("lines of entitlements")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement", "step"], condition=Q(kind="withheld"), name="withheld_once_per_step_and_month"
            ),
            models.CheckConstraint(name="entitlement_line_amount_positive", condition=Q(amount__gt=Decimal(0))),
            models.CheckConstraint(
                name="entitlement_line_back_pay_repays",
                condition=Q(kind="withheld", repays__isnull=True, step__isnull=False)
                | Q(kind="back_pay", repays__isnull=False, step__isnull=False)
                | Q(kind__in=["pro_rata", "recovery"], repays__isnull=True, step__isnull=True),
            ),
            models.CheckConstraint(
                name="entitlement_line_recovery_names_its_debt",
                condition=Q(kind="recovery", overpayment__isnull=False)
                | (~Q(kind="recovery") & Q(overpayment__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["entitlement", "overpayment"], name="recovered_once_per_overpayment_and_month"
            ),
            models.UniqueConstraint(
                fields=["entitlement"], condition=Q(kind="pro_rata"), name="pro_rata_once_per_month"
            ),
        ]
        triggers = guards.LINE

    def __str__(self) -> str:
        return f"#{self.pk}"
