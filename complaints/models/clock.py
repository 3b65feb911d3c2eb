"""What happened to a case's clock. Everything it says can be worked out from here again."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint, Level
from ministry.guards import AppendOnly, NoTruncate


class PauseReason(models.TextChoices):
    """Why a clock may stand still; nothing else stops it."""

    COMPLAINANT = "complainant", _("We wait for an answer of the complainant")
    OTHER_BODY = "other_body", _("We wait for another authority")
    VISIT = "visit", _("A field visit has to be made first")
    COURT = "court", _("The matter is before a court")


class ClockEvent(models.Model):
    """Something that happened to the clock: what moves it, and the marks it has passed. Never changed."""

    class What(models.TextChoices):
        START = "start", _("The clock started")
        PAUSE = "pause", _("Paused")
        RESUME = "resume", _("Goes on")
        STOP = "stop", _("Stopped")
        # Marks.
        HALF = "half", _("Half of the time is over")
        MOST = "most", _("Four fifths of the time are over")
        OVERDUE = "overdue", _("The time is over")
        INTERIM = "interim", _("An interim reply is owed")
        CLIMBED = "climbed", _("Passed to a higher level")
        RECKONED = "reckoned", _("The calendar was changed")

    MOVES = (What.START, What.PAUSE, What.RESUME, What.STOP)
    MARKS = (What.HALF, What.MOST, What.OVERDUE, What.INTERIM)

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="clock")
    round = models.PositiveSmallIntegerField(_("round"))
    what = models.CharField(_("what"), max_length=10, choices=What)
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=12, choices=PauseReason, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    level = models.CharField(_("level"), max_length=12, choices=Level, blank=True)
    # The last day as it stood after this: what a closed case was measured by.
    due_on = models.DateField(_("answer due"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("event of a clock")
        verbose_name_plural = _("events of clocks")
        ordering = ["at", "id"]
        constraints = [
            # However often the clock's task runs, each mark is passed once.
            models.UniqueConstraint(
                fields=["complaint", "round", "what"],
                condition=Q(what__in=["start", "stop", "half", "most", "overdue", "interim"]),
                name="complaint_clock_mark_once",
            ),
            models.UniqueConstraint(
                fields=["complaint", "round", "level"],
                condition=Q(what="climbed"),
                name="complaint_climbs_to_a_level_once",
            ),
            models.CheckConstraint(name="complaint_paused_for_a_reason", condition=~Q(what="pause") | ~Q(reason="")),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.what} #{self.complaint_id}"
