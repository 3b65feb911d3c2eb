from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models import Area
from programs.admission.guards import no_return_before_its_day, places_are_never_exceeded, reasons_fit
from programs.models.eligibility import EligibilityRun
from programs.models.enrolment_reason import EnrolmentReason
from programs.models.program import Program
from programs.querysets import EnrolmentQuerySet


class Enrolment(models.Model):
    """A household admitted to a programme by a person who confirmed it.

    Statuses: enrolled (is paid), suspended (paused; no run brings it back by itself), exited (has left,
    with date and reason; coming back takes a new enrolment). Who has graduated has left, with a reason that says so.
    """

    class Status(models.TextChoices):
        ENROLLED = "enrolled", _("Enrolled")
        SUSPENDED = "suspended", _("Suspended")
        EXITED = "exited", _("Exited")

    program = models.ForeignKey(Program, models.PROTECT, related_name="enrolments", verbose_name=_("programme"))
    household = models.ForeignKey(
        "beneficiaries.Household",
        models.PROTECT,
        related_name="enrolments",
        db_index=False,
        verbose_name=_("household"),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ENROLLED)
    # The check on which the admission rests.
    run = models.ForeignKey(EligibilityRun, models.PROTECT, related_name="enrolments")
    enrolled_on = models.DateField(_("enrolled on"))
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status_reason = models.CharField(_("reason"), max_length=300, blank=True)
    # What the last step rests on; empty for what was done before there were such reasons.
    reason = models.ForeignKey(EnrolmentReason, models.PROTECT, null=True, related_name="+", verbose_name=_("ground"))
    ended_on = models.DateField(_("left on"), null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["-id"]
        permissions = [
            ("confirm_enrolment", "Can admit eligible households"),
            ("suspend_enrolment", "Can pause and end"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "household"],
                condition=Q(status__in=["enrolled", "suspended"]),
                name="enrolment_once_per_program",
            ),
            models.CheckConstraint(
                name="enrolment_exit_has_date_and_reason",
                condition=(~Q(status="exited") & Q(ended_on__isnull=True))
                | (Q(status="exited", ended_on__gte=F("enrolled_on")) & ~Q(status_reason="")),
            ),
        ]
        indexes = [
            models.Index(fields=["household"], name="enrolment_household"),
            models.Index(fields=["program", "status", "-id"], name="enrolment_program_status"),
        ]
        triggers = [*keep_history(), reasons_fit(), no_return_before_its_day(), places_are_never_exceeded()]

    @property
    def area(self) -> Area:
        """Where the household lives; decides who may do something with the enrolment."""
        return self.household.area

    @property
    def has_graduated(self) -> bool:
        """Whether the household left because it no longer needs the programme."""
        return self.reason is not None and self.reason.verb == EnrolmentReason.Verb.GRADUATE

    def __str__(self) -> str:
        return f"{self.program_id} · #{self.household_id}"
