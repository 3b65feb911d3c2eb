"""A confidential case: what lies in clear are marks, states and days; every word and contact is sealed."""

import datetime as dt
import json
import uuid
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from complaints.fields import SealedTextField
from complaints.models.complaint import Channel, Level
from complaints.models.reference import Category, Kind
from complaints.models.vault import guards
from complaints.secrets import mark, spaced, unseal_bytes

if TYPE_CHECKING:
    from ministry.models import User

OPEN = ("received", "in_progress", "closing")
# Shown to whoever holds the PIN in place of what the case is about: somebody may look over their shoulder.
NEUTRAL_CATEGORY = "other"


def code_mark(code: str) -> str:
    """Return what a case is found by: the code itself lies in the vault sealed."""
    return mark("vault-code", code)


def token_mark(token: uuid.UUID | str) -> str:
    """Return what an intake or a message sent again finds itself by."""
    return mark("vault-token", str(token))


class VaultQuerySet(models.QuerySet):
    """Confidential cases. The database shows none at all unless the vault was opened (`complaints.vault`)."""

    def visible_to(self, user: "User", permission: str = "complaints.view_vaultcase") -> Self:
        """Keep the cases in areas where the user holds the right, without those that name the user.

        A case about a member of staff goes past their office: only who is appointed above it finds the case.
        """
        paths = user.area_paths_with(permission)
        if not paths:
            return self.none()
        condition = Q()
        for number, path in enumerate(paths):
            name = f"_reach_{number}"
            # Annotated, because the prefix is the column here and the path the value.
            self = self.alias(**{name: Value(path)})
            past = Q(past_path="") | ~Q(**{f"{name}__startswith": F("past_path")})
            condition |= Q(area__path__startswith=path) & past
        return self.filter(condition).exclude(barred__contains=[user.pk])

    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def for_list(self) -> Self:
        return self.select_related("area", "officer")


class VaultCase(models.Model):
    """A case of violence, abuse, a child in danger or a corrupt official, from arrival to the end of its keeping.

    Statuses: received (nobody has it yet), in progress, closing (one officer proposes to close it, another looks at
    it first), closed, withdrawn (by whoever wrote it). Erased is a closed case whose words were deleted when the time
    for keeping them was over; its days and states stay for the count.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received")
        IN_PROGRESS = "in_progress", _("In progress")
        CLOSING = "closing", _("Closing proposed")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Risk(models.TextChoices):
        UNKNOWN = "0_unknown", _("Not assessed yet")
        LOW = "1_low", _("Low")
        MEDIUM = "2_medium", _("Medium")
        HIGH = "3_high", _("High")
        DANGER = "4_danger", _("Danger now")

    class Outcome(models.TextChoices):
        SAFE = "safe", _("Safe, with services in place")
        INVESTIGATED = "investigated", _("Handed to those who investigate")
        NOT_WISHED = "not_wished", _("The person wished no more")
        UNREACHED = "unreached", _("The person could not be reached")
        UNFOUNDED = "unfounded", _("Nothing was found")

    STATUS_TONES = {Status.RECEIVED: "warn", Status.IN_PROGRESS: "info", Status.CLOSING: "warn", Status.CLOSED: "ok"}
    RISK_TONES = {Risk.UNKNOWN: "warn", Risk.MEDIUM: "info", Risk.HIGH: "bad", Risk.DANGER: "bad"}

    # In addresses of the desk: says nothing, and is no code.
    ref = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    code_mark = models.CharField(max_length=64, unique=True, editable=False)
    pin_mark = models.CharField(max_length=64, editable=False)
    token_mark = models.CharField(max_length=64, unique=True, editable=False)
    code = SealedTextField(editable=False)
    kind = SealedTextField(_("kind"))
    # Code of the category.
    matter = SealedTextField(_("about"))
    story = SealedTextField(_("what happened"), blank=True)
    # JSON: name, phone, national_id, sex, relation, helper_name, safe (when and how it is safe to be in touch).
    contact = SealedTextField(_("contact"), blank=True)
    plan = SealedTextField(_("safety plan"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="ar")
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.WEB)
    area = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("place"))
    # Path of the office a case about a member of staff goes past; empty for all others.
    past_path = models.CharField(max_length=255, blank=True, editable=False)
    # Members of staff whom the case names: the database itself hides it from them.
    barred = ArrayField(models.BigIntegerField(), default=list, editable=False)
    received_at = models.DateTimeField(_("received at"))
    due_on = models.DateField(_("answer due"))
    # The first look at what may be a danger does not wait for the answer.
    look_by = models.DateField(_("first look by"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.RECEIVED)
    risk = models.CharField(_("risk"), max_length=12, choices=Risk, default=Risk.UNKNOWN)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("officer")
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True)
    erase_on = models.DateField(_("kept until"), null=True)
    erased_at = models.DateTimeField(null=True, editable=False)

    objects = VaultQuerySet.as_manager()

    class Meta:
        verbose_name = _("confidential case")
        verbose_name_plural = _("confidential cases")
        ordering = ["-id"]
        default_permissions = ()
        permissions = [
            ("view_vaultcase", "Can see confidential cases"),
            ("work_vaultcase", "Can deal with confidential cases"),
            ("confirm_vaultcase", "Can take the second look at confidential cases"),
        ]
        constraints = [
            models.CheckConstraint(
                name="vault_closed_by_two_people",
                condition=~Q(status="closed")
                | Q(proposed_by__isnull=False, confirmed_by__isnull=False) & ~Q(proposed_by=F("confirmed_by")),
            ),
            models.CheckConstraint(
                name="vault_over_with_a_day_of_erasing",
                condition=~Q(status__in=["closed", "withdrawn"]) | Q(closed_at__isnull=False, erase_on__isnull=False),
            ),
            models.CheckConstraint(
                name="vault_closed_with_an_outcome", condition=~Q(status__in=["closing", "closed"]) | ~Q(outcome="")
            ),
            models.CheckConstraint(
                name="vault_work_has_an_officer",
                condition=~Q(status__in=["in_progress", "closing"]) | Q(officer__isnull=False),
            ),
            models.CheckConstraint(
                name="vault_erased_is_empty",
                condition=Q(erased_at__isnull=True) | Q(story="", contact="", plan="", matter="", kind="", code=""),
            ),
        ]
        triggers = guards.CASE

    def __str__(self) -> str:
        return spaced(self.code) if self.code else "—"

    def get_absolute_url(self) -> str:
        return reverse("complaints:vault_case", args=[self.ref])

    # Pages that promise what is done with other cases ask for this.
    is_confidential = True

    @property
    def is_final(self) -> bool:
        return self.status in (self.Status.CLOSED, self.Status.WITHDRAWN)

    @property
    def about(self) -> str:
        """What it is about, for those who deal with it."""
        found = Category.objects.filter(code=self.matter).first() if self.matter else None
        return found.name if found else "—"

    @property
    def reach(self) -> dict[str, Any]:
        """How to reach whoever wrote it."""
        return json.loads(self.contact) if self.contact else {}

    # What follows is what the page for code and PIN asks of every case, and tells of this one as of any other.

    @property
    def public_status(self) -> str:
        told = {self.Status.CLOSING: self.Status.IN_PROGRESS}
        return str(self.Status(told.get(self.Status(self.status), self.status)).label)

    @property
    def category(self) -> Category | None:
        return Category.objects.filter(code=NEUTRAL_CATEGORY).first()

    def get_kind_display(self) -> str:
        return str(Kind(self.kind).label) if self.kind else "—"

    def get_level_display(self) -> str:
        return str(Level.CENTRE.label)

    def first_look_is_late(self, today: dt.date) -> bool:
        return self.status == self.Status.RECEIVED and self.look_by < today


class _Part(models.Model):
    """Something of a case, seen by whoever sees the case."""

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.pk}"


class VaultMessage(_Part):
    """What was said: to us, by us, or among those who deal with the case."""

    class Direction(models.TextChoices):
        IN = "in", _("From the complainant")
        OUT = "out", _("To the complainant")
        NOTE = "note", _("Note among staff")

    case = models.ForeignKey(VaultCase, models.PROTECT, related_name="messages")
    direction = models.CharField(_("direction"), max_length=4, choices=Direction)
    text = SealedTextField(_("text"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    token_mark = models.CharField(max_length=64, unique=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)

    class Meta(_Part.Meta):
        verbose_name = _("message in a confidential case")
        verbose_name_plural = _("messages in confidential cases")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                name="vault_message_from_somebody", condition=Q(direction="in") | Q(by__isnull=False)
            )
        ]
        triggers = guards.MESSAGE


class VaultFile(_Part):
    """A file that came with a case, sealed. It is handed out when a scanner or a named person let it in."""

    class Scan(models.TextChoices):
        PENDING = "pending", _("Waiting for scan")
        UNSCANNED = "unscanned", _("Not scanned")
        CLEAN = "clean", _("Clean")
        ADMITTED = "admitted", _("Let in by a person")
        REFUSED = "refused", _("Refused")

    case = models.ForeignKey(VaultCase, models.PROTECT, related_name="files")
    name = SealedTextField(_("file name"))
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    scan = models.CharField(_("scan"), max_length=10, choices=Scan, default=Scan.PENDING)
    added_at = models.DateTimeField()
    admitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    admitted_at = models.DateTimeField(null=True)
    admitted_for = SealedTextField(blank=True)

    class Meta(_Part.Meta):
        verbose_name = _("file in a confidential case")
        verbose_name_plural = _("files in confidential cases")
        ordering = ["id"]
        triggers = guards.FILE

    @property
    def may_be_opened(self) -> bool:
        return self.scan in (self.Scan.CLEAN, self.Scan.ADMITTED)

    def bytes(self) -> bytes:
        return unseal_bytes(bytes(self.content))


class VaultAccused(_Part):
    """Whom a case names; a member of staff never sees it and never deals with it."""

    case = models.ForeignKey(VaultCase, models.PROTECT, related_name="accused")
    name = SealedTextField(_("name"), blank=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("official")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta(_Part.Meta):
        verbose_name = _("person named in a confidential case")
        verbose_name_plural = _("people named in confidential cases")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "staff"], name="vault_names_an_official_once")]
        triggers = guards.ACCUSED


class VaultEvent(_Part):
    """What was done to a case and who opened it: the vault's own trail, which no other log knows of."""

    class What(models.TextChoices):
        RECEIVED = "received", _("Received")
        OPENED = "opened", _("Opened")
        FILE_OPENED = "file_opened", _("File opened")
        FILE_ADMITTED = "file_admitted", _("File let in")
        REVEALED = "revealed", _("Contact looked up")
        TAKEN = "taken", _("Given to an officer")
        WROTE = "wrote", _("Message to the complainant")
        NOTED = "noted", _("Note")
        ANSWERED = "answered", _("Message from the complainant")
        ASSESSED = "assessed", _("Risk assessed")
        NAMED = "named", _("Person named")
        ASKED = "asked", _("Consent asked for")
        CONSENTED = "consented", _("Consent given")
        REFUSED = "refused", _("Consent refused")
        REFERRED = "referred", _("Referred")
        REPORTED = "reported", _("Service reported back")
        PROPOSED = "proposed", _("Closing proposed")
        SENT_BACK = "sent_back", _("Sent back")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        ERASED = "erased", _("Words erased")

    case = models.ForeignKey(VaultCase, models.PROTECT, related_name="events")
    what = models.CharField(max_length=14, choices=What)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Numbers and codes only.
    data = models.JSONField(default=dict)

    class Meta(_Part.Meta):
        verbose_name = _("event of a confidential case")
        verbose_name_plural = _("events of confidential cases")
        ordering = ["id"]
        triggers = guards.EVENT
