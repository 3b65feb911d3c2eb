from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries.guards import only_of_requests, requests_stay_as_submitted
from beneficiaries.models.household import Household
from beneficiaries.models.individual import Individual
from beneficiaries.querysets import ChangeRequestQuerySet
from ministry.guards import keep_history


class ChangeRequest(models.Model):
    """What has changed in a household's life, to be written into the register after a second person agreed.

    Statuses: draft (still being written), submitted (fixed; waits for the second person), approved (agreed; waits for
    its day), applied (written into the register), refused (with a reason), withdrawn (by whoever asked), overtaken
    (agreed, but the file had changed by then: nothing was written).
    """

    class Kind(models.TextChoices):
        BIRTH = "birth", _("Birth")
        DEATH = "death", _("Death")
        MARRIAGE = "marriage", _("Marriage")
        DIVORCE = "divorce", _("Divorce")
        MOVE = "move", _("Move to another place")
        INCOME = "income", _("Change of income")
        SCHOOLING = "schooling", _("Change of schooling")
        DISABILITY = "disability", _("Change of a disability")
        HEAD = "head", _("Another head of household")
        IDENTITY = "identity", _("Correction of identity")
        SPLIT = "split", _("Split of the household")
        JOIN = "join", _("Joining of two households")
        ARRIVAL = "arrival", _("Arrival of a member")
        DEPARTURE = "departure", _("Departure of a member")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for approval")
        APPROVED = "approved", _("Approved, waits for its day")
        APPLIED = "applied", _("Applied")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OVERTAKEN = "overtaken", _("Overtaken by another change")

    STATUS_TONES = {
        Status.SUBMITTED: "warn",
        Status.APPROVED: "info",
        Status.APPLIED: "ok",
        Status.REFUSED: "bad",
        Status.OVERTAKEN: "bad",
    }

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="change_requests", verbose_name=_("household")
    )
    # The household somebody goes to or comes from, where there is one.
    other_household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("other household")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    # From this day on the register says so: the day of birth, of the wedding, of the move.
    effective_on = models.DateField(_("in effect from"))
    # What the form of this kind was told, by the names of its fields. Shown and applied, never searched.
    answers = models.JSONField(_("answers"), default=dict)
    note = models.TextField(_("note"), blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    created_at = models.DateTimeField(_("begun at"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    # Why it was refused, withdrawn or overtaken.
    reason = models.TextField(_("reason"), blank=True)

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        ordering = ["-id"]
        permissions = [("approve_changerequest", "Can approve or refuse change requests")]
        indexes = [
            models.Index(fields=["status", "effective_on"], name="change_request_status"),
            models.Index(fields=["requested_by", "status"], name="change_request_by"),
        ]
        constraints = [
            models.CheckConstraint(
                name="change_request_decided_by_a_second_person",
                condition=~Q(status__in=["approved", "applied", "refused", "overtaken"])
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("requested_by"))),
            ),
            models.CheckConstraint(
                name="change_request_submitted_on_a_day",
                condition=Q(status__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="change_request_applied_at_a_moment",
                condition=Q(status="applied", applied_at__isnull=False) | (~Q(status="applied") & Q(applied_at=None)),
            ),
            models.CheckConstraint(
                name="change_request_refused_with_reason",
                condition=~Q(status__in=["refused", "overtaken"]) | ~Q(reason=""),
            ),
            models.CheckConstraint(name="change_request_two_households", condition=~Q(other_household=F("household"))),
        ]
        triggers = [*keep_history(), *requests_stay_as_submitted()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:change_detail", args=[self.pk])

    @property
    def area_id(self) -> int:
        """The area of the household, under which the audit trail keeps the deeds."""
        return self.household.area_id

    @property
    def is_open(self) -> bool:
        """Whether anybody still has to do something about it."""
        return self.status in {self.Status.DRAFT, self.Status.SUBMITTED, self.Status.APPROVED}


class ChangeLine(models.Model):
    """One field that a request changes, from what to what.

    Stages: planned (as the requester saw and submitted it; fixed), applied (as it was written).
    """

    class Stage(models.TextChoices):
        PLANNED = "planned", _("Planned")
        APPLIED = "applied", _("Applied")

    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="lines")
    stage = models.CharField(max_length=8, choices=Stage)
    position = models.PositiveSmallIntegerField()
    # Which row: "beneficiaries.membership" and its key; no key while the row does not exist yet.
    record = models.CharField(max_length=80)
    row_id = models.BigIntegerField(null=True)
    # Tells new rows of one request apart.
    number = models.PositiveSmallIntegerField(default=0)
    # Whom it is about, by name; empty for the household itself.
    about = models.CharField(max_length=300, blank=True)
    individual = models.ForeignKey(Individual, models.PROTECT, null=True, related_name="+")
    field = models.CharField(max_length=60)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        verbose_name = _("changed field")
        verbose_name_plural = _("changed fields")
        ordering = ["request", "stage", "position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "stage", "position"], name="change_line_in_order"),
        ]
        triggers = [
            only_of_requests(("ROW.stage = 'planned'", "draft"), ("ROW.stage = 'applied'", "approved")),
        ]

    def __str__(self) -> str:
        return f"{self.record}.{self.field} #{self.request_id}"


class ChangeEvidence(models.Model):
    """A paper that proves a change."""

    class Kind(models.TextChoices):
        BIRTH_CERTIFICATE = "birth_certificate", _("Birth certificate")
        DEATH_CERTIFICATE = "death_certificate", _("Death certificate")
        MARRIAGE_CONTRACT = "marriage_contract", _("Marriage contract")
        DIVORCE_CERTIFICATE = "divorce_certificate", _("Divorce certificate")
        RESIDENCE_PROOF = "residence_proof", _("Proof of residence")
        INCOME_PROOF = "income_proof", _("Proof of income, or report of the visit")
        SCHOOL_STATEMENT = "school_statement", _("Statement of the school")
        MEDICAL_REPORT = "medical_report", _("Medical report")
        IDENTITY_CARD = "identity_card", _("Identity card")
        DECLARATION = "declaration", _("Signed declaration")
        OTHER = "other", _("Other paper")

    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="evidence")
    kind = models.CharField(_("kind of paper"), max_length=20, choices=Kind)
    document = models.OneToOneField("ministry.Document", models.PROTECT, related_name="+", verbose_name=_("document"))

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["id"]
        triggers = [only_of_requests(("true", "draft"))]

    def __str__(self) -> str:
        return f"{self.kind} #{self.request_id}"
