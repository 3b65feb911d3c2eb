"""Conditions of a programme version and the ladder of what a missed one brings."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models import Bilingual
from programs.guards import only_drafts_of
from programs.models.program import ProgramVersion


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
