"""What is done so that something does not happen again."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from complaints.models.handling import Cause
from complaints.querysets import ActionQuerySet
from ministry.guards import keep_history


class CorrectiveAction(models.Model):
    """An answer to a cause that repeats, with an owner and a day. Statuses: open, done. Everybody may read of it."""

    class Status(models.TextChoices):
        OPEN = "open", _("Under way")
        DONE = "done", _("Done")

    STATUS_TONES = {Status.OPEN: "info", Status.DONE: "ok"}

    cause = models.CharField(_("cause"), max_length=12, choices=Cause)
    title_ar = models.CharField(_("what is done, in Arabic"), max_length=200)
    title_en = models.CharField(_("what is done, in English"), max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who sees to it")
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("since"))
    due_on = models.DateField(_("to be done by"))
    status = models.CharField(_("status"), max_length=5, choices=Status, default=Status.OPEN)
    done_at = models.DateTimeField(_("done at"), null=True)
    result = models.CharField(_("what came of it"), max_length=300, blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("corrective action")
        verbose_name_plural = _("corrective actions")
        ordering = ["due_on", "id"]
        permissions = [("plan_correction", "Can plan corrective actions")]
        constraints = [
            models.CheckConstraint(
                name="complaint_action_done_with_a_result",
                condition=Q(status="open", done_at__isnull=True)
                | (Q(status="done", done_at__isnull=False) & ~Q(result="")),
            )
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("complaints:action", args=[self.pk])

    @property
    def title(self) -> str:
        return self.title_en if self.title_en and get_language() == "en" else self.title_ar
