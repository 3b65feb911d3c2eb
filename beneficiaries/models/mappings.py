from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history


class ColumnMapping(models.Model):
    """How the files of one office or survey become the portal's, kept under a name to be used again.

    `layout` holds for each of the two files the sheet, heading → column, and what is written → code
    (`beneficiaries.imports.layout`). It says nothing about anybody.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    layout = models.JSONField(_("layout"), default=dict)
    is_active = models.BooleanField(_("offered"), default=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(_("saved at"), db_default=Now())

    class Meta:
        verbose_name = _("mapping of columns")
        verbose_name_plural = _("mappings of columns")
        ordering = ["name"]
        triggers = keep_history()

    def __str__(self) -> str:
        return self.name
