import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.guards import NoTruncate


def storage_name(document: "Document", filename: str) -> str:
    """Return where a file lies: by random name, so that nothing typed by a person becomes a path."""
    return f"documents/{uuid.uuid4().hex}"


class Document(models.Model):
    """A private file: what it is by content, its hash, whether it was scanned. Served only through a permission check.

    Quarantined files are kept but not served until the scan is clean.
    """

    class Scan(models.TextChoices):
        PENDING = "pending", _("Waiting for scan")
        CLEAN = "clean", _("Clean")
        REFUSED = "refused", _("Refused")

    file = models.FileField(_("file"), upload_to=storage_name, max_length=200)
    filename = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    scan = models.CharField(_("scan"), max_length=10, choices=Scan, default=Scan.PENDING)
    scan_note = models.CharField(_("scan note"), max_length=300, blank=True)
    # What the file belongs to, e.g. ("beneficiaries.importbatch", 12); asked by the permission check of that kind.
    subject_type = models.CharField(_("belongs to"), max_length=80)
    subject_id = models.BigIntegerField(_("record"), null=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="document_subject")]
        triggers = [
            pgtrigger.Protect(name="kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="content_stays",
                fields=["file", "filename", "content_type", "size", "sha256", "uploaded_by", "uploaded_at"],
            ),
            NoTruncate(),
        ]

    def get_absolute_url(self) -> str:
        return reverse("document_download", args=[self.pk])

    def __str__(self) -> str:
        return f"{self.content_type} #{self.pk}"
