from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries.models.household import Household
from beneficiaries.querysets import RecertificationQuerySet
from ministry.guards import AppendOnly, NoTruncate, keep_history
from ministry.models import Area


class RecertificationPeriod(models.Model):
    """After how many months households of an area are visited again. The nearest area above a household counts."""

    area = models.OneToOneField(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    months = models.PositiveSmallIntegerField(_("months"), validators=[MinValueValidator(1), MaxValueValidator(120)])
    source = models.CharField(_("source"), max_length=300, help_text=_("Decree or circular that says so."))

    class Meta:
        verbose_name = _("recertification period")
        verbose_name_plural = _("recertification periods")
        ordering = ["area__path"]
        constraints = [
            models.CheckConstraint(name="recertification_period_1_to_120_months", condition=Q(months__range=(1, 120)))
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"{self.area}: {self.months}"


class Recertification(models.Model):
    """By when a household's data must be confirmed again, and when that was last done; one row per household."""

    household = models.OneToOneField(Household, models.CASCADE, primary_key=True, related_name="recertification")
    recertify_by = models.DateField(_("to be confirmed by"))
    # The visit from which the day above was counted; empty: counted from the registration.
    confirmed_on = models.DateField(_("last confirmed on"), null=True, blank=True)

    # Counted by `for_list`.
    head_name: str | None

    objects = RecertificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("recertification")
        verbose_name_plural = _("recertifications")
        ordering = ["recertify_by", "household"]
        indexes = [models.Index(fields=["recertify_by"], name="recertification_day")]
        triggers = keep_history("household_id")

    def __str__(self) -> str:
        return f"#{self.household_id}"


class RecertificationVisit(models.Model):
    """A visit to confirm a household's data. What it found stays as it was written."""

    class Outcome(models.TextChoices):
        UNCHANGED = "unchanged", _("Confirmed unchanged")
        CHANGED = "changed", _("Something has changed")
        NOT_FOUND = "not_found", _("Nobody was found at the address")

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="recertification_visits", verbose_name=_("household")
    )
    visited_on = models.DateField(_("visited on"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    note = models.TextField(_("note"), blank=True)
    visited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("visited by")
    )
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)

    class Meta:
        verbose_name = _("recertification visit")
        verbose_name_plural = _("recertification visits")
        ordering = ["-visited_on", "-id"]
        indexes = [models.Index(fields=["household", "-visited_on"], name="recertification_visit_latest")]
        constraints = [
            # Sent twice, a visit is one; somebody who comes again in the evening finds something else.
            models.UniqueConstraint(
                fields=["household", "visited_on", "visited_by", "outcome"], name="recertification_visit_once"
            ),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.outcome} #{self.household_id}"

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:household_detail", args=[self.household.household_ref])
