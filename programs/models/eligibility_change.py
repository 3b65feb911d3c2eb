from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models import Area
from programs.guards import what_a_check_found_stays
from programs.models.eligibility import EligibilityDecision, EligibilityRun
from programs.models.enrolment import Enrolment
from programs.models.program import Program
from programs.querysets import EligibilityChangeQuerySet


class EligibilityChange(models.Model):
    """A household that became, or ceased to be, eligible from one check to the next: a person decides what follows.

    Statuses: open (nobody has looked yet), exit proposed (a second person decides), kept (stays as it is, with the
    reason), handed over (stands on the list of households to admit), exited (left the programme), overtaken (a later
    check found otherwise before anybody decided).
    """

    class Kind(models.TextChoices):
        BECAME = "became", _("Became eligible")
        CEASED = "ceased", _("No longer eligible")

    class Status(models.TextChoices):
        OPEN = "open", _("Waits for a decision")
        EXIT_PROPOSED = "exit_proposed", _("Exit proposed")
        KEPT = "kept", _("Left as it is")
        HANDED_OVER = "handed_over", _("Handed over for admission")
        EXITED = "exited", _("Left the programme")
        OVERTAKEN = "overtaken", _("Overtaken by a later check")

    STATUS_TONES = {"open": "warn", "exit_proposed": "info", "exited": "bad", "handed_over": "ok"}
    KIND_TONES = {"became": "ok", "ceased": "bad"}
    WAITING = ("open", "exit_proposed")

    program = models.ForeignKey(Program, models.PROTECT, related_name="eligibility_changes")
    household = models.ForeignKey("beneficiaries.Household", models.PROTECT, related_name="eligibility_changes")
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    # The check before (none: the household was not asked then) and the one that found otherwise.
    before_run = models.ForeignKey(EligibilityRun, models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey(EligibilityRun, models.PROTECT, related_name="changes")
    before = models.CharField(_("before"), max_length=20, choices=EligibilityDecision.Decision, blank=True)
    after = models.CharField(_("now"), max_length=20, choices=EligibilityDecision.Decision)
    # As in the decision of `run`, whose own rows are dropped in time.
    failed = ArrayField(models.IntegerField(), default=list)
    unknown = ArrayField(models.IntegerField(), default=list)
    # The open enrolment of whoever ceased to be eligible.
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="eligibility_changes")
    status = models.CharField(_("status"), max_length=14, choices=Status, default=Status.OPEN)
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    note = models.CharField(_("reason"), max_length=300, blank=True)

    objects = EligibilityChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of eligibility")
        verbose_name_plural = _("changes of eligibility")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("decide_eligibilitychange", "Can decide on changes of eligibility")]
        constraints = [
            models.UniqueConstraint(fields=["run", "household"], name="eligibility_change_once_per_run"),
            models.UniqueConstraint(
                fields=["program", "household"],
                condition=Q(status__in=["open", "exit_proposed"]),
                name="eligibility_change_one_waits",
            ),
            models.CheckConstraint(
                name="eligibility_change_is_one",
                condition=(Q(kind="became", after="eligible") & ~Q(before="eligible"))
                | (Q(kind="ceased", before="eligible") & ~Q(after="eligible")),
            ),
            models.CheckConstraint(
                name="eligibility_change_decided_by_somebody",
                condition=Q(status__in=["open", "exit_proposed", "overtaken"])
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & (~Q(note="") | Q(status="handed_over"))),
            ),
            models.CheckConstraint(
                name="eligibility_change_exit_by_two",
                condition=~Q(status__in=["exit_proposed", "exited"])
                | (
                    Q(kind="ceased", proposed_by__isnull=False, enrolment__isnull=False)
                    & (Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")))
                ),
            ),
        ]
        indexes = [models.Index(fields=["program", "status", "-id"], name="eligibility_change_waiting")]
        triggers = [*keep_history(), what_a_check_found_stays()]

    def __str__(self) -> str:
        return f"{self.program_id} · #{self.household_id} · {self.kind}"

    @property
    def area(self) -> Area:
        """Where the household lives; decides who may decide."""
        return self.household.area
