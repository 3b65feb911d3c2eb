"""Periods of conditions: what was reported and what was found for each person."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly, NoTruncate, keep_history
from ministry.models import Area
from programs.compliance import guards
from programs.models.compliance.conditions import Condition, PeriodMonths, Source
from programs.models.enrolment import Enrolment
from programs.models.program import Program, ProgramVersion
from programs.querysets import CompliancePeriodQuerySet, OfEnrolmentQuerySet


class CompliancePeriod(models.Model):
    """A span over which a programme's conditions of that length are looked at.

    Statuses: open (reports come in), closing (a second person has closed it; findings and steps are being written),
    closed (they stand).
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open for reports")
        CLOSING = "closing", _("Being closed")
        CLOSED = "closed", _("Closed")

    STATUS_TONES = {Status.OPEN: "info", Status.CLOSING: "warn", Status.CLOSED: "ok"}

    program = models.ForeignKey(Program, models.PROTECT, related_name="compliance_periods", verbose_name=_("programme"))
    # In force on the first day: its conditions are asked and its ladder is used.
    version = models.ForeignKey(ProgramVersion, models.PROTECT, related_name="+", verbose_name=_("version"))
    months = models.PositiveSmallIntegerField(_("length"), choices=PeriodMonths)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = CompliancePeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("period of conditions")
        verbose_name_plural = _("periods of conditions")
        ordering = ["-starts_on", "-id"]
        permissions = [("close_complianceperiod", "Can close periods of conditions")]
        constraints = [
            models.UniqueConstraint(fields=["program", "months", "starts_on"], name="compliance_period_once"),
            models.CheckConstraint(
                name="compliance_period_in_order", condition=Q(ends_on__gt=F("starts_on"), starts_on__day=1)
            ),
            models.CheckConstraint(
                name="compliance_period_closed_by_a_second_person",
                condition=Q(status="open", closed_by__isnull=True)
                | (Q(closed_by__isnull=False) & ~Q(closed_by=F("opened_by"))),
            ),
        ]
        triggers = [*keep_history(), *guards.PERIOD]

    def __str__(self) -> str:
        return f"{self.program_id} · {self.starts_on:%Y-%m}/{self.months}"

    def get_absolute_url(self) -> str:
        return reverse("programs:compliance_period", args=[self.pk])


class ComplianceReport(models.Model):
    """What a school, a clinic or a caseworker reported about one person, one condition and one period.

    A later report takes the place of an earlier one while the period is open; the earlier stays in the history. A
    figure of nothing with an open service says that nothing is known.
    """

    period = models.ForeignKey(CompliancePeriod, models.PROTECT, related_name="reports")
    condition = models.ForeignKey(Condition, models.PROTECT, related_name="+", verbose_name=_("condition"))
    individual = models.ForeignKey("beneficiaries.Individual", models.PROTECT, related_name="+")
    value = models.DecimalField(_("figure"), max_digits=7, decimal_places=2, null=True, blank=True)
    # False: the school or clinic was closed; nobody could meet the condition.
    service_available = models.BooleanField(_("the school or clinic was open"), default=True)
    source = models.CharField(_("reported by"), max_length=20, choices=Source)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(_("reported at"))

    class Meta:
        verbose_name = _("report on a condition")
        verbose_name_plural = _("reports on conditions")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["period", "condition", "individual"], name="compliance_report_once"),
            models.CheckConstraint(
                name="compliance_report_not_negative", condition=Q(value__isnull=True) | Q(value__gte=0)
            ),
        ]
        triggers = [*keep_history(), *guards.REPORT]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ComplianceRecord(models.Model):
    """What a closed period found about one member and one condition. A miss can be excused; nothing else changes."""

    class Outcome(models.TextChoices):
        MET = "met", _("Met")
        NOT_MET = "not_met", _("Not met")
        EXCUSED = "excused", _("Excused")
        NO_DATA = "no_data", _("No report")
        SERVICE_UNAVAILABLE = "service_unavailable", _("School or clinic closed")

    OUTCOME_TONES = {Outcome.MET: "ok", Outcome.NOT_MET: "bad", Outcome.EXCUSED: "info"}

    period = models.ForeignKey(CompliancePeriod, models.PROTECT, related_name="records", db_index=False)
    condition = models.ForeignKey(Condition, models.PROTECT, related_name="+", db_index=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="compliance_records", db_index=False)
    individual = models.ForeignKey("beneficiaries.Individual", models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome)
    value = models.DecimalField(_("figure"), max_digits=7, decimal_places=2, null=True)
    source = models.CharField(_("reported by"), max_length=20, choices=Source, blank=True)
    found_at = models.DateTimeField(_("found at"))

    objects = OfEnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding about a condition")
        verbose_name_plural = _("findings about conditions")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "period", "individual", "condition"], name="compliance_record_once"
            ),
            models.CheckConstraint(
                name="compliance_miss_has_a_figure", condition=~Q(outcome="not_met") | Q(value__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["period", "outcome"], name="compliance_record_outcome")]
        triggers = [*keep_history(), *guards.RECORD]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def area(self) -> Area:
        return self.enrolment.household.area


class ConditionUpload(models.Model):
    """A file of reports from a school or health authority, kept as it came in."""

    period = models.ForeignKey(CompliancePeriod, models.PROTECT, related_name="uploads")
    document = models.ForeignKey("ministry.Document", models.PROTECT, related_name="+")
    source = models.CharField(_("reported by"), max_length=20, choices=Source)
    rows = models.IntegerField(_("rows"))
    matched = models.IntegerField(_("taken in"))
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("file of reports")
        verbose_name_plural = _("files of reports")
        ordering = ["-id"]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ConditionUploadError(models.Model):
    """A row of such a file that could not be taken in: it waits until a person has dealt with it."""

    class Reason(models.TextChoices):
        PERSON_UNKNOWN = "person_unknown", _("Nobody in the register has this number")
        PERSON_AMBIGUOUS = "person_ambiguous", _("Several people in the register have this number")
        CONDITION_UNKNOWN = "condition_unknown", _("This period has no condition of this code")
        FIGURE_UNREADABLE = "figure_unreadable", _("The figure is not a number between 0 and what is possible")
        CELLS_MISSING = "cells_missing", _("The row has too few cells")
        REPEATED = "repeated", _("The file says something else about the same person further up")

    upload = models.ForeignKey(ConditionUpload, models.PROTECT, related_name="errors")
    row = models.IntegerField(_("row"))
    person = models.CharField(_("person"), max_length=60)
    condition = models.CharField(_("condition"), max_length=60)
    figure = models.CharField(_("figure"), max_length=60)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(_("dealt with at"), null=True)
    resolution = models.CharField(_("what was done"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("row that could not be taken in")
        verbose_name_plural = _("rows that could not be taken in")
        ordering = ["upload", "row"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "row"], name="condition_upload_error_once"),
            models.CheckConstraint(
                name="condition_upload_error_resolved_by_somebody",
                condition=Q(resolved_by__isnull=True, resolved_at__isnull=True, resolution="")
                | (Q(resolved_by__isnull=False, resolved_at__isnull=False) & ~Q(resolution="")),
            ),
        ]
        triggers = [*keep_history(), NoTruncate()]

    def __str__(self) -> str:
        return f"#{self.pk}"
