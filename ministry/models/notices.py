import re

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.querysets import NoticeQuerySet

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class NoticeTemplate(models.Model):
    """The wording of one kind of notice, per channel, in both languages; `{name}` marks what is filled in."""

    class Channel(models.TextChoices):
        SMS = "sms", _("SMS")
        EMAIL = "email", _("E-mail")
        PORTAL = "portal", _("In the portal")

    code = models.SlugField(_("code"), max_length=60)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    subject_ar = models.CharField(_("Arabic subject"), max_length=200, blank=True)
    subject_en = models.CharField(_("English subject"), max_length=200, blank=True)
    body_ar = models.TextField(_("Arabic text"))
    body_en = models.TextField(_("English text"), blank=True)
    # What the portal fills in, e.g. ["work", "reason"]; set by the code that sends the message.
    placeholders = ArrayField(
        models.CharField(max_length=60), verbose_name=_("blanks"), default=list, editable=False, blank=True
    )

    class Meta:
        verbose_name = _("notice template")
        verbose_name_plural = _("notice templates")
        ordering = ["code", "channel"]
        constraints = [models.UniqueConstraint(fields=["code", "channel"], name="notice_template_once_per_channel")]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"{self.code} · {self.get_channel_display()}"

    def clean(self) -> None:
        """Refuse wordings with a blank that nobody fills in."""
        super().clean()
        allowed = set(self.placeholders)
        for name in ("subject_ar", "subject_en", "body_ar", "body_en"):
            unknown = sorted(set(PLACEHOLDER.findall(getattr(self, name) or "")) - allowed)
            if unknown:
                raise ValidationError(
                    {
                        name: _("This message has no {unknown}. It has: {allowed}.").format(
                            unknown=", ".join(f"{{{blank}}}" for blank in unknown),
                            allowed=", ".join(f"{{{blank}}}" for blank in sorted(allowed)) or "—",
                        )
                    }
                )


class Notice(models.Model):
    """A message to a person, rendered in that person's language, and what became of it."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    # A retry with the same key finds the first notice instead of sending twice.
    key = models.CharField(_("key"), max_length=120, unique=True)
    template_code = models.CharField(_("template"), max_length=60)
    channel = models.CharField(_("channel"), max_length=10, choices=NoticeTemplate.Channel)
    language = models.CharField(_("language"), max_length=2)
    recipient = models.CharField(_("recipient"), max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="notices", verbose_name=_("person")
    )
    subject_type = models.CharField(_("about"), max_length=80, blank=True)
    subject_id = models.BigIntegerField(_("record"), null=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    # Where in the portal the matter is found.
    url = models.CharField(_("address"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    # No sender touches it before then: somebody is at it, or the last attempt failed.
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["status", "id"], name="notice_status"),
            models.Index(fields=["subject_type", "subject_id"], name="notice_subject"),
            models.Index(fields=["user", "-id"], condition=models.Q(channel="portal"), name="notice_in_portal"),
        ]

    def __str__(self) -> str:
        return f"{self.template_code} #{self.pk}"
