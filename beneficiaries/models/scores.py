from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries.guards import only_draft_models_change, only_terms_of_drafts_change
from beneficiaries.querysets import ScoringModelQuerySet
from ministry.guards import keep_history
from ministry.models import Bilingual


class ScoringModel(Bilingual):
    """A formula that estimates welfare from observable facts (proxy means test), as rows: intercept + Σ weight × term.

    A lower score means poorer. Two people put a version in force; once it is submitted it does not change any more.

    Statuses: draft (being written), submitted (waits for a second person), approved (by a second person; waits for its
    first day), in force (every household is scored by it), superseded (a later version has taken its place; what was
    decided by it keeps naming it).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for approval")
        APPROVED = "approved", _("Approved, not yet in force")
        IN_FORCE = "in_force", _("In force")
        SUPERSEDED = "superseded", _("Superseded")

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    intercept = models.DecimalField(_("intercept"), max_digits=14, decimal_places=6, default=0)
    # Where the weights come from; shown wherever the score is.
    source = models.TextField(_("source"), blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("submitted by")
    )
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # The first day it is meant for; empty: the day of the approval.
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    # The day it did come into force.
    in_force_on = models.DateField(_("in force from"), null=True, blank=True)
    # Shipped for the demo, with invented weights; needs no approval because it must decide nothing real.
    is_demonstration = models.BooleanField(_("demonstration weights"), default=False, editable=False)

    objects = ScoringModelQuerySet.as_manager()

    class Meta:
        verbose_name = _("scoring model")
        verbose_name_plural = _("scoring models")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="scoring_model_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(status="in_force"), name="scoring_model_one_in_force"),
            models.CheckConstraint(
                name="scoring_model_approved_by_a_second_person",
                condition=~Q(status__in=["approved", "in_force", "superseded"])
                | Q(is_demonstration=True)
                | (
                    Q(approved_by__isnull=False, prepared_by__isnull=False)
                    & ~Q(approved_by=F("prepared_by"))
                    & (Q(submitted_by__isnull=True) | ~Q(approved_by=F("submitted_by")))
                ),
            ),
        ]
        permissions = [("approve_scoringmodel", "Can put scoring models in force")]
        triggers = [*keep_history(), *only_draft_models_change()]

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:score_detail", args=[self.pk])


class ScoreTerm(models.Model):
    """One term of a scoring model: weight × transform(fact).

    A yes/no fact is worth 1 or 0. A count of members is worth the number of whom it is known.
    """

    class Transform(models.TextChoices):
        VALUE = "value", _("the value itself")
        LOG1P = "log1p", _("logarithm of one plus the value")
        EQUALS = "equals", _("1 if it equals, else 0")
        AT_LEAST = "at_least", _("1 if at least, else 0")

    scoring_model = models.ForeignKey(ScoringModel, models.CASCADE, related_name="terms")
    # Code of a fact of the catalogue (beneficiaries.facts).
    fact = models.CharField(_("fact"), max_length=60)
    transform = models.CharField(_("transform"), max_length=10, choices=Transform, default=Transform.VALUE)
    # What EQUALS and AT_LEAST compare with.
    argument = models.CharField(_("compared with"), max_length=60, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=14, decimal_places=6)
    # What the transformed fact is worth when the fact is unknown; empty: the whole score is unknown.
    when_unknown = models.DecimalField(_("when unknown"), max_digits=14, decimal_places=6, null=True, blank=True)

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["scoring_model", "id"]
        constraints = [
            models.UniqueConstraint(fields=["scoring_model", "fact", "transform", "argument"], name="score_term_once"),
        ]
        triggers = [*keep_history(), only_terms_of_drafts_change()]

    def __str__(self) -> str:
        return f"{self.fact} {self.transform} {self.argument}".strip()


class Score(models.Model):
    """What a version of a scoring model gives for a household, and when it was computed."""

    pk = models.CompositePrimaryKey("scoring_model_id", "household_id")
    # Both keys unchecked by the database, row by row, which would treble the cost of a sweep: scores are only ever
    # computed from a row of facts, whose household stays, by a model that can no longer be deleted.
    scoring_model = models.ForeignKey(ScoringModel, models.PROTECT, related_name="scores", db_constraint=False)
    household = models.ForeignKey(
        "beneficiaries.Household", models.PROTECT, related_name="scores", db_index=False, db_constraint=False
    )
    # None: a fact the model cannot do without is unknown.
    value = models.FloatField(_("score"), null=True)
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")

    def __str__(self) -> str:
        return f"{self.scoring_model_id} · #{self.household_id}"
