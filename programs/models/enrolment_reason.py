from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models import Bilingual


class EnrolmentReason(Bilingual):
    """Why an enrolment is paused, taken up again, completed or ended: a row of reference data, cited on the record."""

    class Verb(models.TextChoices):
        SUSPEND = "suspend", _("Pause")
        RESUME = "resume", _("Resume")
        GRADUATE = "graduate", _("Graduate")
        EXIT = "exit", _("End")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    verb = models.CharField(_("used to"), max_length=8, choices=Verb)
    # Law, decree or circular, with the article.
    legal_source = models.CharField(_("legal source"), max_length=300)
    allows_appeal = models.BooleanField(_("the household can appeal"), default=True)
    # The message to the household; its wording is among the notice templates.
    notice_code = models.SlugField(_("message to the household"), max_length=60)
    # After an end: how long until the household can be admitted again. Empty: as soon as a person decides so.
    returns_after_months = models.PositiveSmallIntegerField(
        _("can come back after so many months"), null=True, blank=True
    )
    # «Other» explains nothing: the words are then asked for.
    needs_words = models.BooleanField(_("has to be explained in words"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("reason about enrolments")
        verbose_name_plural = _("reasons about enrolments")
        ordering = ["verb", "needs_words", "id"]
        constraints = [
            models.CheckConstraint(
                name="enrolment_reason_waits_after_an_end_only",
                condition=Q(returns_after_months__isnull=True) | Q(verb__in=["exit", "graduate"]),
            ),
        ]
        triggers = keep_history()
