"""Other ways in: what partner systems and SMS gateways sent, and whom we have promised to call back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from complaints.fields import SealedTextField
from complaints.models.complaint import Complaint
from complaints.querysets import CallQuerySet
from ministry.guards import keep_history


class PartnerIntake(models.Model):
    """A case a partner system sent, by the key it gave it: the same key is the same case, however often it is sent."""

    partner = models.ForeignKey("ministry.Partner", models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    # Of the body: another body under the same key is a mistake of the sender, not another case.
    body_sha256 = models.CharField(max_length=64)
    # Set while a request is at it; a request that died leaves it, and is taken over after a minute.
    begun_at = models.DateTimeField()
    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "key"], name="complaint_partner_key_once"),
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(complaint__isnull=False), name="complaint_of_one_partner_key"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class SmsPart(models.Model):
    """A message, or a part of a long one, as the gateway handed it in. Number and text are sealed.

    Outcomes: new (a case was made), added (to a case of the same number), status (asked how one stands), help,
    ignored (not from a person's number).
    """

    class Outcome(models.TextChoices):
        NEW = "new", _("Became a case")
        ADDED = "added", _("Added to a case")
        STATUS = "status", _("Asked for the status")
        HELP = "help", _("Asked for help")
        IGNORED = "ignored", _("Not from a person's number")

    # The gateway's own: handed in again, it is known.
    message_id = models.CharField(max_length=120, unique=True)
    sender = SealedTextField()
    sender_mark = models.CharField(max_length=64)
    text = SealedTextField(blank=True)
    # Of a long message: which one, which part, of how many.
    group = models.CharField(max_length=60, blank=True)
    number = models.PositiveSmallIntegerField(default=1)
    total = models.PositiveSmallIntegerField(default=1)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="complaint_sms_part_of_its_whole",
                condition=Q(number__gte=1, number__lte=models.F("total"), total__lte=20),
            ),
            models.CheckConstraint(
                name="complaint_sms_handled_with_an_outcome", condition=Q(handled_at__isnull=True) | ~Q(outcome="")
            ),
        ]
        indexes = [
            models.Index(fields=["received_at"], condition=Q(handled_at__isnull=True), name="complaint_sms_waiting"),
            models.Index(fields=["sender_mark", "group"], name="complaint_sms_group"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Call(models.Model):
    """Somebody asked to be called. Statuses: open, reached, given up (tried three times on different days)."""

    class Status(models.TextChoices):
        OPEN = "open", _("To be called")
        REACHED = "reached", _("Reached")
        GIVEN_UP = "given_up", _("Not reached")

    class When(models.TextChoices):
        ANY = "any", _("at any time")
        MORNING = "morning", _("in the morning")
        AFTERNOON = "afternoon", _("in the afternoon")

    STATUS_TONES = {Status.OPEN: "info", Status.REACHED: "ok"}

    phone = SealedTextField(_("phone"))
    phone_mark = models.CharField(max_length=64, db_index=True, editable=False)
    name = SealedTextField(_("name"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="ar")
    wanted = models.CharField(_("when it suits"), max_length=9, choices=When, default=When.ANY)
    # Of a case, where they gave its code with the number of the case.
    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, blank=True, related_name="calls")
    asked_at = models.DateTimeField(_("asked at"))
    # A member of staff wrote the wish down.
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(_("to be called by"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    ended_at = models.DateTimeField(null=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call that was asked for")
        verbose_name_plural = _("calls that were asked for")
        ordering = ["due_on", "id"]
        permissions = [("answer_calls", "Can call people back")]
        constraints = [
            # Asked again, it is the same wish.
            models.UniqueConstraint(
                fields=["phone_mark"], condition=Q(status="open"), name="complaint_one_open_call_per_number"
            ),
            models.CheckConstraint(
                name="complaint_call_ended_at_a_time", condition=Q(status="open") ^ Q(ended_at__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(status="open"), name="complaint_calls_due")]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("complaints:call", args=[self.pk])


class CallTry(models.Model):
    """A call that was made."""

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        NO_ANSWER = "no_answer", _("No answer")
        BUSY = "busy", _("Busy or switched off")
        WRONG = "wrong", _("Wrong number")

    call = models.ForeignKey(Call, models.PROTECT, related_name="tries")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("call that was made")
        verbose_name_plural = _("calls that were made")
        ordering = ["at", "id"]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.call_id} · {self.outcome}"
