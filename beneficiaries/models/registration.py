import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries.querysets import RegistrationQuerySet
from ministry.guards import keep_history


class Registration(models.Model):
    """A household's data as a caseworker takes them down, section by section, until a second person has verified them.

    Statuses: draft (being written; nobody else counts on it), submitted (the household is in the register and waits
    for a second person), returned (that person found something to put right), verified, discarded (given up; what had
    been typed is gone).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for verification")
        RETURNED = "returned", _("Sent back")
        VERIFIED = "verified", _("Verified")
        DISCARDED = "discarded", _("Discarded")

    STATUS_TONES = {"draft": "", "submitted": "info", "returned": "warn", "verified": "ok", "discarded": ""}

    # Printed on the receipt; becomes the household's file number.
    reference = models.CharField(_("reference"), max_length=20, unique=True)
    # Where the household lives, once the address is known; until then where the caseworker works.
    area = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("area"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    household = models.OneToOneField(
        "beneficiaries.Household", models.PROTECT, null=True, related_name="registration", verbose_name=_("household")
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("caseworker")
    )
    started_at = models.DateTimeField(_("started at"), db_default=Now(), editable=False)
    # When something was last saved: what the reminder of abandoned drafts goes by.
    changed_at = models.DateTimeField(_("last saved"), db_default=Now(), editable=False)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(_("verified at"), null=True)
    reminded_at = models.DateTimeField(null=True, editable=False)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="registration_submitted_has_household",
                condition=Q(status__in=["draft", "discarded"])
                | Q(household__isnull=False, submitted_by__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="registration_verified_by_a_second_person",
                condition=~Q(status="verified")
                | (Q(verified_by__isnull=False, verified_at__isnull=False) & ~Q(verified_by=F("submitted_by"))),
            ),
        ]
        indexes = [
            models.Index(fields=["area", "status", "-changed_at"], name="registration_area"),
            models.Index(fields=["started_by", "status"], name="registration_caseworker"),
        ]
        permissions = [("verify_registration", "Can verify registrations of others or send them back")]
        triggers = keep_history()

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:registration_detail", args=[self.reference])

    @property
    def is_open(self) -> bool:
        """Whether its sections can still be changed."""
        return self.status in {self.Status.DRAFT, self.Status.RETURNED}


class Answers(models.Model):
    """What was typed into one form of a registration, as typed, and which version of it this is.

    The form reads it again whenever it is looked at: what is complete, wrong or doubtful is never stored beside it.
    No history is kept of drafts: people who were never registered leave nothing behind when a draft is discarded.
    """

    # {name of the input: [typed, …]}
    typed = models.JSONField(default=dict)
    # {"column.reason code": why it is right all the same}
    reasons = models.JSONField(default=dict)
    # 1 with the first save; a save that builds on an older one is a conflict.
    version = models.PositiveIntegerField(default=1)
    # What the second person wants put right, and the version it was said of.
    note = models.TextField(blank=True)
    noted_version = models.PositiveIntegerField(null=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    @property
    def has_open_note(self) -> bool:
        """Whether a note stands against the version that is here now."""
        return bool(self.note) and self.noted_version == self.version


class RegistrationSection(Answers):
    """One section of a registration: consent, address, dwelling… (`beneficiaries.registration.sections`)."""

    registration = models.ForeignKey(Registration, models.CASCADE, related_name="sections")
    code = models.CharField(_("section"), max_length=20)

    class Meta:
        verbose_name = _("section of a registration")
        verbose_name_plural = _("sections of registrations")
        ordering = ["registration", "id"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "code"], name="registration_section_once"),
        ]

    def __str__(self) -> str:
        return f"#{self.registration_id} {self.code}"


class RegistrationPerson(Answers):
    """One person of a registration. `token` is made where the person is first typed, so that a repeated save is one."""

    class Move(models.TextChoices):
        WAITING = "waiting", _("Move to be decided")
        MOVED = "moved", _("Moved to this household")
        STAYS = "stays", _("Stays in the other household")

    registration = models.ForeignKey(Registration, models.CASCADE, related_name="people")
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    # Counts from 1 and is never given out again; the last part of the person's number in the register.
    number = models.PositiveSmallIntegerField()
    is_head = models.BooleanField(default=False)
    is_removed = models.BooleanField(default=False)
    # The row in the register: made by the submission, or the one this person was found to be.
    individual = models.ForeignKey("beneficiaries.Individual", models.PROTECT, null=True, related_name="+")
    # Found in the register while typing («this is the same person»).
    is_linked = models.BooleanField(default=False)
    # Where the linked person lived in another household at the submission: what the second person decided about it.
    move = models.CharField(max_length=8, choices=Move, blank=True)

    class Meta:
        verbose_name = _("person of a registration")
        verbose_name_plural = _("people of registrations")
        ordering = ["registration", "-is_head", "number"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "token"], name="registration_person_once"),
            models.UniqueConstraint(fields=["registration", "number"], name="registration_person_number_once"),
            models.UniqueConstraint(fields=["registration"], condition=Q(is_head=True), name="registration_one_head"),
            models.UniqueConstraint(
                fields=["registration", "individual"],
                condition=Q(is_removed=False, individual__isnull=False),
                name="registration_individual_once",
            ),
            models.CheckConstraint(name="registration_head_stays", condition=~Q(is_head=True, is_removed=True)),
            models.CheckConstraint(
                name="registration_link_has_individual", condition=Q(is_linked=False) | Q(individual__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.registration_id} {self.number}"
