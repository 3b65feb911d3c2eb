import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models.bilingual import Bilingual


class Calendar(Bilingual):
    """Working time of a country or office: weekend, hours, holidays. Deadlines are counted on it."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    country = models.CharField(_("country"), max_length=2)
    # ISO weekdays, Monday = 1.
    weekend = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("weekend (ISO weekdays)"))
    opens_at = models.TimeField(_("opens at"), default=dt.time(9))
    closes_at = models.TimeField(_("closes at"), default=dt.time(15))
    time_zone = models.CharField(_("time zone"), max_length=40)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["code"]
        triggers = keep_history()


class Holiday(Bilingual):
    """A day on which the calendar's offices are closed."""

    class Source(models.TextChoices):
        FIXED = "fixed", _("fixed by law")
        MOVABLE = "movable", _("movable, computed")
        DECREE = "decree", _("by decree")

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="holidays", verbose_name=_("calendar"))
    on = models.DateField(_("date"))
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.DECREE)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["calendar", "on"]
        constraints = [models.UniqueConstraint(fields=["calendar", "on"], name="holiday_once_per_day")]
        triggers = keep_history()
