"""Conditions of a programme version, what periods found, the steps that followed, and how they are contested."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly, NoTruncate, keep_history
from ministry.models import Area, Bilingual
from programs.compliance import guards
from programs.guards import only_drafts_of
from programs.models.enrolment import Enrolment
from programs.models.program import Program, ProgramVersion
from programs.querysets import CompliancePeriodQuerySet, OfEnrolmentQuerySet, OfRecordQuerySet, OfStepQuerySet

MONEY = {"max_digits": 12, "decimal_places": 3}


class Source(models.TextChoices):
    """Who said it."""

    EDUCATION = "education", _("Education authority")
    HEALTH = "health", _("Health authority")
    CASEWORKER = "caseworker", _("Caseworker")


class PeriodMonths(models.IntegerChoices):
    """How long a period is."""

    MONTH = 1, _("One month")
    QUARTER = 3, _("Three months")
    HALF_YEAR = 6, _("Six months")
    YEAR = 12, _("Twelve months")


class Condition(Bilingual):
    """What a version asks of members: who is bound, what is measured, how much of it is enough, over how long."""

    class Measure(models.TextChoices):
        ATTENDANCE = "attendance", _("School days attended, in per cent")
        CLINIC_VISITS = "clinic_visits", _("Visits to the clinic")

    version = models.ForeignKey(ProgramVersion, models.CASCADE, related_name="conditions", verbose_name=_("version"))
    # Files of reports name it.
    code = models.SlugField(_("code"), max_length=40)
    # Completed years over the whole period, both included.
    age_from = models.PositiveSmallIntegerField(_("from age"), null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(_("to age"), null=True, blank=True)
    pregnant = models.BooleanField(_("pregnant women only"), default=False)
    measure = models.CharField(_("measure"), max_length=20, choices=Measure)
    at_least = models.DecimalField(_("at least"), max_digits=7, decimal_places=2)
    months = models.PositiveSmallIntegerField(_("period"), choices=PeriodMonths, default=PeriodMonths.QUARTER)
    source = models.CharField(_("reported by"), max_length=20, choices=Source)
    legal_source = models.CharField(_("legal source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["version", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="condition_code_once_per_version"),
            models.CheckConstraint(
                name="condition_binds_some_members",
                condition=Q(age_from__isnull=False) | Q(age_to__isnull=False) | Q(pregnant=True),
            ),
            models.CheckConstraint(
                name="condition_ages_in_order",
                condition=Q(age_from__isnull=True) | Q(age_to__isnull=True) | Q(age_to__gte=F("age_from")),
            ),
            models.CheckConstraint(name="condition_asks_something", condition=Q(at_least__gt=0)),
        ]
        triggers = [*keep_history(), only_drafts_of("SELECT {row}.version_id")]


class LadderRung(models.Model):
    """What follows after how many misses of one member. Rungs are tried from the last to the first.

    Kinds: warning (a message), reduction (a share is withheld for some payments), suspension (all is withheld for some
    payments; the enrolment goes on), exit proposed (a person decides; nothing happens before).
    """

    class Kind(models.TextChoices):
        WARNING = "warning", _("Warning")
        REDUCTION = "reduction", _("Reduction")
        SUSPENSION = "suspension", _("Payment suspended")
        EXIT_PROPOSAL = "exit_proposal", _("Exit proposed")

    WITHHOLDING = (Kind.REDUCTION, Kind.SUSPENSION)

    version = models.ForeignKey(ProgramVersion, models.CASCADE, related_name="rungs", verbose_name=_("version"))
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("step"), max_length=20, choices=Kind)
    misses = models.PositiveSmallIntegerField(_("misses"))
    # Empty: in a row.
    window_periods = models.PositiveSmallIntegerField(
        _("within so many periods (empty: in a row)"), null=True, blank=True
    )
    share_percent = models.DecimalField(_("share withheld, in per cent"), max_digits=5, decimal_places=2, default=0)
    of_household = models.BooleanField(_("of the household's amount, not only the member's"), default=False)
    months = models.PositiveSmallIntegerField(_("for so many monthly payments"), default=0)

    class Meta:
        verbose_name = _("rung of the ladder")
        verbose_name_plural = _("rungs of the ladder")
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="rung_position_once"),
            models.CheckConstraint(
                name="rung_counts_misses",
                condition=Q(misses__gt=0) & (Q(window_periods__isnull=True) | Q(window_periods__gte=F("misses"))),
            ),
            models.CheckConstraint(
                name="rung_withholds_what_its_kind_says",
                condition=Q(kind__in=["warning", "exit_proposal"], share_percent=0, months=0, of_household=False)
                | Q(kind="reduction", share_percent__gt=0, share_percent__lte=100, months__gt=0)
                | Q(kind="suspension", share_percent=100, of_household=True, months__gt=0),
            ),
        ]
        triggers = [*keep_history(), only_drafts_of("SELECT {row}.version_id")]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_kind_display()}"


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
    """A line of an entitlement beside base and components: what a step withholds, or what is paid back.

    Amounts are positive; `repays` names the line that is paid back, each once.
    """

    class Kind(models.TextChoices):
        WITHHELD = "withheld", _("Withheld")
        BACK_PAY = "back_pay", _("Paid back")

    entitlement = models.ForeignKey("programs.Entitlement", models.PROTECT, related_name="lines")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("amount"), **MONEY)
    step = models.ForeignKey(ComplianceStep, models.PROTECT, related_name="lines")
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
                condition=Q(kind="withheld", repays__isnull=True) | Q(kind="back_pay", repays__isnull=False),
            ),
        ]
        triggers = guards.LINE

    def __str__(self) -> str:
        return f"#{self.pk}"


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
