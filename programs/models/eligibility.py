from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly
from programs.guards import complete_runs_stay
from programs.models.program import ProgramVersion
from programs.querysets import EligibilityDecisionQuerySet, EligibilityRunQuerySet


class EligibilityRun(models.Model):
    """One sweep of a programme version over the registry on a day. The latest complete one counts.

    Statuses: running (its decisions are being written, nobody sees them yet), complete (never changes), abandoned (was
    stopped; nothing rests on it). Old runs keep their counts after their decisions were removed (`pruned_at`).
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        COMPLETE = "complete", _("Complete")
        ABANDONED = "abandoned", _("Abandoned")

    version = models.ForeignKey(ProgramVersion, models.PROTECT, related_name="runs", verbose_name=_("version"))
    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, related_name="+")
    # Ages are counted on this day.
    on_date = models.DateField(_("on"))
    # The model whose scores were read.
    scoring_model = models.ForeignKey(
        "beneficiaries.ScoringModel", models.PROTECT, null=True, related_name="+", verbose_name=_("scoring model")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RUNNING)
    # SHA-256 over the canonical text of rules and amounts the run used.
    rules_sha256 = models.CharField(max_length=64)
    eligible = models.IntegerField(_("eligible"), default=0)
    not_eligible = models.IntegerField(_("not eligible"), default=0)
    needs_information = models.IntegerField(_("needs information"), default=0)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    completed_at = models.DateTimeField(_("completed at"), null=True)
    pruned_at = models.DateTimeField(_("decisions removed at"), null=True)

    objects = EligibilityRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("eligibility check")
        verbose_name_plural = _("eligibility checks")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="eligibility_run_complete_at_some_time",
                condition=~Q(status="complete") | Q(completed_at__isnull=False),
            ),
        ]
        triggers = [complete_runs_stay()]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("programs:run_detail", args=[self.version.program.code, self.pk])


class EligibilityDecision(models.Model):
    """What a run found for one household, and which criteria stood against it.

    Partitioned by run: each run fills a table of its own, which gets its keys after the load and is attached when it is
    complete, so that half a run is never seen (`programs.eligibility.storage`).
    """

    class Decision(models.TextChoices):
        ELIGIBLE = "eligible", _("Eligible")
        NOT_ELIGIBLE = "not_eligible", _("Not eligible")
        NEEDS_INFORMATION = "needs_information", _("Needs information")

    pk = models.CompositePrimaryKey("run_id", "household_id")
    run = models.ForeignKey(EligibilityRun, models.PROTECT, related_name="decisions", db_index=False)
    household = models.ForeignKey("beneficiaries.Household", models.PROTECT, related_name="eligibility_decisions")
    decision = models.CharField(_("decision"), max_length=20, choices=Decision)
    # Ids of the criteria that stand against the household: not met, where they had to be (met, inside «none of»). One
    # that an «any of» group can do without is left out.
    failed = ArrayField(models.IntegerField(), verbose_name=_("not met"))
    # Ids of the criteria that could not be answered, whatever the rules then make of it.
    unknown = ArrayField(models.IntegerField(), verbose_name=_("not known"))
    score = models.FloatField(_("score"), null=True)

    objects = EligibilityDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("eligibility decision")
        verbose_name_plural = _("eligibility decisions")
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return f"{self.run_id} · #{self.household_id}"
