from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from ministry.guards import AppendOnly, NoTruncate


class AuditEntry(models.Model):
    """A business verb somebody did: «payment cycle approved». Appended by services, never changed."""

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    action = models.CharField(_("action"), max_length=80, db_index=True)
    target_type = models.CharField(_("kind of record"), max_length=80)
    target_id = models.BigIntegerField(_("record"), null=True)
    area = models.ForeignKey("ministry.Area", models.PROTECT, null=True, related_name="+", verbose_name=_("area"))
    note = models.TextField(_("note"), blank=True)
    data = models.JSONField(_("details"), default=dict)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-id"]
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_target")]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.action} #{self.target_id}"


class DisclosureEntry(models.Model):
    """Somebody read personal data: who, whose, which fields, through which door and for what."""

    class Channel(models.TextChoices):
        PAGE = "page", _("Page")
        EXPORT = "export", _("Export")
        API = "api", _("Partner API")
        LETTER = "letter", _("Letter")

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("read by")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.PAGE)
    subject_type = models.CharField(_("kind of file"), max_length=80)
    subject_id = models.BigIntegerField(_("file"))
    fields = ArrayField(models.CharField(max_length=60), verbose_name=_("fields"), default=list)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosure log")
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="disclosure_subject")]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.subject_type} #{self.subject_id}"


class RowVersion(models.Model):
    """What a row held before it was changed or deleted; written by trigger (see `ministry.guards.keep_history`)."""

    table_name = models.CharField(_("table"), max_length=63)
    row_id = models.BigIntegerField(_("row"))
    operation = models.CharField(_("operation"), max_length=1, choices=[("U", _("changed")), ("D", _("deleted"))])
    changed_at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("by"), null=True)
    row = models.JSONField(_("former content"))

    class Meta:
        verbose_name = _("former version")
        verbose_name_plural = _("row history")
        ordering = ["-id"]
        indexes = [models.Index(fields=["table_name", "row_id"], name="rowversion_row")]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.table_name} #{self.row_id}"


class Seal(models.Model):
    """A link of the hash chain over one log: the entries up to `last_id` that no earlier seal covers.

    `row_hashes` holds the SHA-256 of the canonical text of each entry in `row_ids`, so that a changed, removed or
    inserted entry can be named; `digest` = SHA-256 over the previous digest, the range and these lists, so that the
    seals themselves cannot be exchanged. How it is computed is told in `ministry.sealing`.
    """

    log = models.CharField(_("log"), max_length=40)
    first_id = models.BigIntegerField(_("first entry"))
    last_id = models.BigIntegerField(_("last entry"))
    entries = models.IntegerField(_("entries"))
    previous = models.CharField(_("previous digest"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)
    # Which canonical text was hashed (see `ministry.sealing`).
    scheme = models.PositiveSmallIntegerField(_("scheme"), default=1)
    row_ids = ArrayField(models.BigIntegerField(), verbose_name=_("sealed entries"), default=list)
    row_hashes = ArrayField(models.BinaryField(), verbose_name=_("their hashes"), default=list)
    sealed_at = models.DateTimeField(_("sealed at"), auto_now_add=True)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["log", "-last_id"]
        constraints = [models.UniqueConstraint(fields=["log", "first_id"], name="seal_once_per_start")]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.log} {self.first_id}–{self.last_id}"


class SealMark(models.Model):
    """How far a log may be sealed once each transaction in `writers` has ended."""

    log = models.CharField(_("log"), max_length=40, unique=True)
    last_id = models.BigIntegerField(_("last entry"))
    # The transactions that were writing to the log when the last id was read, as Postgres names them.
    writers = ArrayField(models.CharField(max_length=40), verbose_name=_("open transactions"), default=list)
    taken_at = models.DateTimeField(_("taken at"), auto_now=True)

    class Meta:
        verbose_name = _("sealing mark")
        verbose_name_plural = _("sealing marks")
        ordering = ["log"]

    def __str__(self) -> str:
        return f"{self.log} {self.last_id}"
