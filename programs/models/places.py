from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly, keep_history
from ministry.models import Area
from programs.admission.guards import plans_stand_once_decided, quotas_do_not_nest
from programs.models.program import Program, ProgramVersion


class PlacePlan(models.Model):
    """How many households a programme has places for, by area, and what they may cost a month.

    It holds from `starts_on` until a later plan takes its place, whatever version of the rules is in force by then. An
    area without a line has no places; a plan without lines limits nothing but the cost.

    Statuses: proposed (waits for a second person), in force, refused.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a second person")
        IN_FORCE = "in_force", _("Decided")
        REFUSED = "refused", _("Refused")

    STATUS_TONES = {"proposed": "warn", "in_force": "ok", "refused": "bad"}

    program = models.ForeignKey(Program, models.PROTECT, related_name="place_plans", verbose_name=_("programme"))
    # The version by whose amounts the cost was estimated when the plan was made.
    version = models.ForeignKey(ProgramVersion, models.PROTECT, related_name="+")
    starts_on = models.DateField(_("holds from"))
    # In the country's currency, over all who are in the programme, paused ones included; empty: no limit.
    monthly_limit = models.DecimalField(
        _("may cost a month at most"), max_digits=15, decimal_places=3, null=True, blank=True
    )
    reason = models.CharField(_("grounds"), max_length=300)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("plan of places")
        verbose_name_plural = _("plans of places")
        ordering = ["-id"]
        default_permissions = ("view", "add")
        permissions = [("confirm_placeplan", "Can confirm places by area that others proposed")]
        constraints = [
            models.UniqueConstraint(
                fields=["program"], condition=Q(status="proposed"), name="place_plan_one_waits_per_program"
            ),
            models.CheckConstraint(
                name="place_plan_limit_positive", condition=Q(monthly_limit__isnull=True) | Q(monthly_limit__gt=0)
            ),
            models.CheckConstraint(name="place_plan_has_grounds", condition=~Q(reason="")),
            models.CheckConstraint(
                name="place_plan_decided_by_a_second_person",
                condition=Q(status="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | (
                    ~Q(status="proposed")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                ),
            ),
            models.CheckConstraint(
                name="place_plan_refused_for_a_reason", condition=~Q(status="refused") | ~Q(decision_note="")
            ),
        ]
        triggers = [*keep_history(), plans_stand_once_decided()]

    def __str__(self) -> str:
        return f"{self.program_id} · {self.starts_on}"


class AreaQuota(models.Model):
    """The places of one area in a plan. Households paused in the programme keep theirs."""

    plan = models.ForeignKey(PlacePlan, models.PROTECT, related_name="quotas", verbose_name=_("plan of places"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    places = models.PositiveIntegerField(_("places"))

    class Meta:
        verbose_name = _("places of an area")
        verbose_name_plural = _("places of areas")
        ordering = ["plan", "area__path"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["plan", "area"], name="area_quota_once_per_plan")]
        triggers = [AppendOnly(), quotas_do_not_nest()]

    def __str__(self) -> str:
        return f"{self.plan_id} · {self.area_id}: {self.places}"
