from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models import Bilingual
from programs.guards import only_drafts_change, only_drafts_of
from programs.querysets import ProgramVersionQuerySet


class Program(Bilingual):
    """A programme people may be admitted to, e.g. Takaful. What it asks and gives stands in its dated versions."""

    class Kind(models.TextChoices):
        CASH = "cash", _("Cash transfer")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.CASH)
    purpose_ar = models.TextField(_("purpose in Arabic"), blank=True)
    purpose_en = models.TextField(_("purpose in English"), blank=True)
    legal_basis = models.ForeignKey(
        "ministry.LegalBasis", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("legal basis")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["code"]
        triggers = keep_history()

    @property
    def purpose(self) -> str:
        return self.purpose_en if self.purpose_en and get_language() == "en" else self.purpose_ar

    def get_absolute_url(self) -> str:
        return reverse("programs:program_detail", args=[self.code])


class DateRange(Func):
    """`daterange(from, to, '[]')`."""

    function = "DATERANGE"
    output_field = DateRangeField()


class ProgramVersion(models.Model):
    """What a programme asks and gives from a day on: rules, amounts, ceiling.

    Statuses: draft (being written), submitted (waits for a second person), in force (from `starts_on`), superseded (a
    later version has taken its place; decisions and payments made under it keep naming it), withdrawn.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for approval")
        IN_FORCE = "in_force", _("In force")
        SUPERSEDED = "superseded", _("Superseded")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    program = models.ForeignKey(Program, models.PROTECT, related_name="versions", verbose_name=_("programme"))
    number = models.PositiveIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    starts_on = models.DateField(_("in force from"))
    ends_on = models.DateField(_("in force until"), null=True, blank=True)
    # Paid to each enrolled household per month, before components; in the country's currency.
    base_amount = models.DecimalField(_("base amount per month"), max_digits=12, decimal_places=3)
    # At most this many members bring a component; the largest components count first.
    component_members_max = models.PositiveSmallIntegerField(_("members counted at most"), default=0)
    # Conditions: after so many periods without a miss earlier ones are forgotten, and all reductions of a month
    # together take at most this share of what is due.
    misses_forgotten_after = models.PositiveSmallIntegerField(
        _("misses are forgotten after so many periods without one"), default=3
    )
    withheld_at_most = models.DecimalField(
        _("reductions withhold at most, in per cent"), max_digits=5, decimal_places=2, default=50
    )
    # Recovery of overpayments takes at most this share of what is payable in a month.
    recovered_at_most = models.DecimalField(
        _("recovery takes at most, in per cent"), max_digits=5, decimal_places=2, default=20
    )
    # The month of entry and of exit: by days, or as a whole (entry) and not at all (exit).
    entry_by_days = models.BooleanField(_("the month of entry is paid by days"), default=False)
    exit_by_days = models.BooleanField(_("the month of exit is paid by days"), default=False)
    scoring_model = models.ForeignKey(
        "beneficiaries.ScoringModel",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("scoring model"),
    )
    # Where the figures come from, and whether they bind or only demonstrate.
    source = models.TextField(_("source"), blank=True)
    is_demonstration = models.BooleanField(_("demonstration parameters"), default=False)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Everybody who changed its rules in the editor.
    edited_by_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True)

    objects = ProgramVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme version")
        verbose_name_plural = _("programme versions")
        ordering = ["program", "-number"]
        permissions = [("approve_programversion", "Can put programme versions in force")]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="program_version_number_once"),
            models.CheckConstraint(
                name="program_version_approved_by_a_second_person",
                condition=~Q(status__in=["in_force", "superseded"])
                | (
                    Q(approved_by__isnull=False, submitted_by__isnull=False)
                    & ~Q(approved_by=F("prepared_by"))
                    & ~Q(approved_by=F("submitted_by"))
                ),
            ),
            models.CheckConstraint(
                name="program_version_approved_by_nobody_who_wrote_it",
                condition=Q(approved_by__isnull=True) | ~Q(edited_by_ids__contains=[F("approved_by")]),
            ),
            models.CheckConstraint(
                name="program_version_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="program_version_conditions_within_bounds",
                condition=Q(misses_forgotten_after__gt=0, withheld_at_most__gte=0, withheld_at_most__lte=100),
            ),
            models.CheckConstraint(
                name="program_version_recovery_within_bounds",
                condition=Q(recovered_at_most__gte=0, recovered_at_most__lte=100),
            ),
            ExclusionConstraint(
                name="program_version_one_in_force_at_a_time",
                expressions=[
                    ("program", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", Value("[]")), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=["in_force", "superseded"]),
            ),
        ]
        triggers = [*keep_history(), *only_drafts_change()]

    def __str__(self) -> str:
        return f"{self.program} · {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("programs:version_detail", args=[self.program.code, self.number])


class BenefitComponent(Bilingual):
    """A monthly amount for each member of some age or degree of disability; a member counts once, with the largest."""

    version = models.ForeignKey(ProgramVersion, models.CASCADE, related_name="components")
    age_from = models.PositiveSmallIntegerField(_("from age"), null=True, blank=True)
    # Inclusive, in completed years on the first day of the period.
    age_to = models.PositiveSmallIntegerField(_("to age"), null=True, blank=True)
    severity_from = models.PositiveSmallIntegerField(_("from degree of disability"), null=True, blank=True)
    amount = models.DecimalField(_("amount per member and month"), max_digits=12, decimal_places=3)

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        ordering = ["version", "id"]
        constraints = [
            models.CheckConstraint(name="component_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="component_names_some_members",
                condition=Q(age_from__isnull=False) | Q(age_to__isnull=False) | Q(severity_from__isnull=False),
            ),
        ]
        triggers = [*keep_history(), only_drafts_of("SELECT {row}.version_id")]
