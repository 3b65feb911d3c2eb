from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from programs.models.program import ProgramVersion


class EligibilityRun(models.Model):
    """One sweep of a programme version over the registry on a day. Complete runs never change; the latest counts."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        COMPLETE = "complete", _("Complete")
        ABANDONED = "abandoned", _("Abandoned")

    version = models.ForeignKey(ProgramVersion, models.PROTECT, related_name="runs", verbose_name=_("version"))
    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, related_name="+")
    on_date = models.DateField(_("on"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RUNNING)
    # SHA-256 over the canonical text of rules and amounts the run used.
    rules_sha256 = models.CharField(max_length=64)
    eligible = models.IntegerField(_("eligible"), default=0)
    not_eligible = models.IntegerField(_("not eligible"), default=0)
    needs_information = models.IntegerField(_("needs information"), default=0)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    completed_at = models.DateTimeField(_("completed at"), null=True)

    class Meta:
        verbose_name = _("eligibility check")
        verbose_name_plural = _("eligibility checks")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class EligibilityDecision(models.Model):
    """What a run found for one household, and which criteria stood against it. Partitioned by run."""

    class Decision(models.TextChoices):
        ELIGIBLE = "eligible", _("Eligible")
        NOT_ELIGIBLE = "not_eligible", _("Not eligible")
        NEEDS_INFORMATION = "needs_information", _("Needs information")

    pk = models.CompositePrimaryKey("run_id", "household_id")
    run = models.ForeignKey(EligibilityRun, models.PROTECT, related_name="decisions", db_index=False)
    household = models.ForeignKey("beneficiaries.Household", models.PROTECT, related_name="eligibility_decisions")
    decision = models.CharField(_("decision"), max_length=20, choices=Decision)
    # Ids of the criteria not met, and of those that could not be answered.
    failed = ArrayField(models.IntegerField(), verbose_name=_("not met"))
    unknown = ArrayField(models.IntegerField(), verbose_name=_("not known"))
    score = models.FloatField(_("score"), null=True)

    class Meta:
        verbose_name = _("eligibility decision")
        verbose_name_plural = _("eligibility decisions")

    def __str__(self) -> str:
        return f"{self.run_id} · #{self.household_id}"
