"""Lines looked up at the households themselves: which were drawn, and what was found."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly, NoTruncate, keep_history
from programs.control import guards
from programs.models.payments import MONEY, Entitlement, PaymentCycle
from programs.querysets import VerificationVisitQuerySet


class VerificationSample(models.Model):
    """A random sample of an approved cycle's lines, shared out over the governorates.

    The lines of each governorate are put in the order of a hash of `seed` and household and taken from the front: who
    has the seed draws the same list again, and nobody chooses.
    """

    cycle = models.ForeignKey(PaymentCycle, models.PROTECT, related_name="samples", verbose_name=_("cycle"))
    seed = models.BigIntegerField(_("seed"))
    size = models.IntegerField(_("size"))
    population = models.IntegerField(_("lines drawn from"))
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(_("drawn at"), auto_now_add=True)

    class Meta:
        verbose_name = _("verification sample")
        verbose_name_plural = _("verification samples")
        default_permissions = ("add", "view")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="verification_sample_is_a_part", condition=Q(size__gte=1, size__lte=F("population"))
            ),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("programs:sample_detail", args=[self.pk])


class VerificationVisit(models.Model):
    """One line of a sample, and what the household said of it; a correction leaves the former answer in the history."""

    class Result(models.TextChoices):
        OPEN = "", _("Not looked up yet")
        FOUND = "found", _("Found, received the amount")
        NOT_FOUND = "not_found", _("Not found")
        OTHER_AMOUNT = "other_amount", _("Found, another amount")

    RESULT_TONES = {Result.FOUND: "ok", Result.NOT_FOUND: "bad", Result.OTHER_AMOUNT: "warn"}

    sample = models.ForeignKey(VerificationSample, models.PROTECT, related_name="visits")
    position = models.IntegerField(_("number"))
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, related_name="+", verbose_name=_("line"))
    # The governorate it was drawn from, and how many lines that has in the cycle.
    governorate = models.ForeignKey("ministry.Area", models.PROTECT, null=True, related_name="+")
    governorate_lines = models.IntegerField()
    result = models.CharField(_("result"), max_length=12, choices=Result, blank=True)
    amount_found = models.DecimalField(_("amount received"), null=True, blank=True, **MONEY)
    visited_on = models.DateField(_("asked on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(_("entered at"), null=True)

    objects = VerificationVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("verification visit")
        verbose_name_plural = _("verification visits")
        default_permissions = ("change",)
        ordering = ["sample", "position"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "position"], name="verification_visit_number_once"),
            models.UniqueConstraint(fields=["sample", "entitlement"], name="verification_visit_line_once"),
            models.CheckConstraint(
                name="verification_visit_entered_by_somebody",
                condition=Q(result="", entered_by__isnull=True, entered_at__isnull=True, visited_on__isnull=True)
                | (~Q(result="") & Q(entered_by__isnull=False, entered_at__isnull=False, visited_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="verification_visit_says_which_amount",
                condition=Q(result="other_amount", amount_found__gte=0)
                | (~Q(result="other_amount") & Q(amount_found__isnull=True)),
            ),
            models.CheckConstraint(
                name="verification_visit_says_why_not_found", condition=~Q(result="not_found") | ~Q(note="")
            ),
        ]
        triggers = [*keep_history(), *guards.VERIFICATION_VISIT]

    def __str__(self) -> str:
        return f"{self.sample_id}/{self.position}"
