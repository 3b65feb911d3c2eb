from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly, NoTruncate
from programs.guards import finished_what_ifs_stay
from programs.models.program import Program, ProgramVersion


class WhatIf(models.Model):
    """A version's rules and amounts tried on the whole registry, beside those in force; nobody is decided by it.

    `rules_sha256` and `base_rules_sha256` say which text of rules was tried: a draft may have changed since.
    """

    program = models.ForeignKey(Program, models.PROTECT, related_name="what_ifs", verbose_name=_("programme"))
    version = models.ForeignKey(ProgramVersion, models.PROTECT, related_name="what_ifs", verbose_name=_("version"))
    # The version in force on the day; none: the programme is new, and everybody found eligible gains.
    base = models.ForeignKey(ProgramVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("in force"))
    on_date = models.DateField(_("on"))
    rules_sha256 = models.CharField(max_length=64)
    base_rules_sha256 = models.CharField(max_length=64, blank=True)
    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    completed_at = models.DateTimeField(_("completed at"), null=True)

    class Meta:
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")
        ordering = ["-id"]
        triggers = [finished_what_ifs_stay()]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("programs:what_if_detail", args=[self.program.code, self.version.number, self.pk])


class WhatIfFigure(models.Model):
    """What a comparison found for one group of households (`breakdown` and `value`), or for all of them.

    Costs are what the eligible households would be paid a month, in the country's currency, were all of them enrolled.
    """

    class Breakdown(models.TextChoices):
        TOTAL = "total", _("All households")
        GOVERNORATE = "governorate", _("By governorate")
        HEAD_SEX = "head_sex", _("By sex of the head of household")
        DISABILITY = "disability", _("By disability in the household")
        DECILE = "decile", _("By tenth of the welfare score, the poorest first")

    what_if = models.ForeignKey(WhatIf, models.PROTECT, related_name="figures")
    breakdown = models.CharField(max_length=12, choices=Breakdown)
    # Area id, code, or number of the tenth; empty where it is not known.
    value = models.CharField(max_length=20, blank=True)
    households = models.IntegerField()
    eligible_before = models.IntegerField()
    eligible_after = models.IntegerField()
    # Eligible after and not before, and the reverse.
    winners = models.IntegerField()
    losers = models.IntegerField()
    # Of whom the tried rules cannot tell, for want of information.
    unknown_after = models.IntegerField()
    cost_before = models.DecimalField(max_digits=18, decimal_places=3)
    cost_after = models.DecimalField(max_digits=18, decimal_places=3)

    class Meta:
        default_permissions = ("view",)
        ordering = ["what_if", "id"]
        constraints = [
            models.UniqueConstraint(fields=["what_if", "breakdown", "value"], name="what_if_figure_once_per_group"),
            models.CheckConstraint(
                name="what_if_figure_adds_up",
                condition=Q(eligible_after=F("eligible_before") + F("winners") - F("losers")),
            ),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.breakdown} {self.value}"
