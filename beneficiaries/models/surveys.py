"""Household surveys brought in to fit a proxy means test, and what was fitted from them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries.guards import finished_fits_stay
from beneficiaries.models.scores import ScoringModel
from beneficiaries.querysets import ScoreFitQuerySet, SurveyQuerySet
from ministry import formats
from ministry.guards import NoTruncate, keep_history


class Survey(models.Model):
    """A survey file from which a model can be fitted. Its rows stay in the file; the register never takes them in.

    Statuses: naming (somebody has to say which column is what), checking (its cells are being read), ready (models can
    be fitted from it), failed (it cannot be used as it stands; the reason is told and the columns can be named anew).
    """

    class Status(models.TextChoices):
        NAMING = "naming", _("Columns to be named")
        CHECKING = "checking", _("Being checked")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Cannot be used")

    STATUS_TONES = {"naming": "warn", "checking": "info", "ready": "ok", "failed": "bad"}

    name = models.CharField(_("name"), max_length=120)
    # Who asked whom, where and when; stands in the source of every model that is fitted from it.
    source = models.TextField(_("source"), blank=True)
    document = models.ForeignKey("ministry.Document", models.PROTECT, related_name="+", verbose_name=_("file"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.NAMING)
    # Heading → what a person says it is (`beneficiaries.fitting.columns`).
    columns = models.JSONField(default=dict)
    # Why it cannot be used.
    problem = models.TextField(blank=True)
    households = models.IntegerField(_("households"), default=0)
    # Rows read, households left out and why, cells that could not be read: shown, never asked.
    findings = models.JSONField(default=dict)
    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, related_name="+")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("brought in by")
    )
    uploaded_at = models.DateTimeField(_("brought in at"), auto_now_add=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["-id"]
        triggers = [*keep_history(), NoTruncate()]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:survey_detail", args=[self.pk])


class ScoreFit(models.Model):
    """A model fitted from one half of a survey, with its errors on the other half. Decides nothing until it is drafted
    as a version of the scoring model, and that version was put in force by two people.

    What was asked for is written when it starts, what was found when it ends; neither changes afterwards.
    """

    class Half(models.TextChoices):
        A = "a", _("First half")
        B = "b", _("Second half")

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="fits", verbose_name=_("survey"))
    # The file it was fitted from, whatever is done to the survey later.
    survey_sha256 = models.CharField(max_length=64)
    # Which column was what at that time.
    columns = models.JSONField(default=dict)
    # The half that is learnt from; the other shows the errors.
    half = models.CharField(_("learnt from"), max_length=1, choices=Half, default=Half.A)
    is_log = models.BooleanField(_("logarithm of the measure"), default=True)
    # Poor = at or below; empty: as many households as are covered.
    poverty_line = models.DecimalField(_("poverty line"), max_digits=14, decimal_places=3, null=True, blank=True)
    # Share of households that would be selected, in per cent.
    coverage = models.DecimalField(_("coverage"), max_digits=5, decimal_places=2)
    # Fact → how it may enter the model (`beneficiaries.fitting.candidates`).
    candidates = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    # Fingerprint of intercept and terms: the same half and the same questions give the same model.
    model_sha256 = models.CharField(max_length=64, blank=True)
    scoring_model = models.OneToOneField(ScoringModel, models.SET_NULL, null=True, related_name="fit")
    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    completed_at = models.DateTimeField(_("completed at"), null=True)

    objects = ScoreFitQuerySet.as_manager()

    class Meta:
        verbose_name = _("fitted model")
        verbose_name_plural = _("fitted models")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="score_fit_covers_some", condition=Q(coverage__gt=0, coverage__lt=100)),
            models.CheckConstraint(
                name="score_fit_is_drafted_when_complete",
                condition=Q(scoring_model__isnull=True) | Q(completed_at__isnull=False),
            ),
        ]
        triggers = [*finished_fits_stay(), NoTruncate()]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:fit_detail", args=[self.pk])

    @property
    def shown_exclusion(self) -> str:
        """Return the share of the poor that is missed on the other half; a dash before it is known."""
        return self._share("exclusion")

    @property
    def shown_inclusion(self) -> str:
        """Return the share of those selected that is not poor."""
        return self._share("inclusion")

    def _share(self, name: str) -> str:
        share = self.result.get("all", {}).get(name)
        return "—" if share is None else formats.percent(100 * share, 1)
