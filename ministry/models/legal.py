from django.db import models
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models.bilingual import Bilingual


class LegalBasis(Bilingual):
    """A law, decree or circular on which rules and deadlines rest; cited on decisions and letters."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    country = models.CharField(_("country"), max_length=2)
    article = models.CharField(_("article"), max_length=100, blank=True)
    text_ar = models.TextField(_("Arabic text"), blank=True)
    text_en = models.TextField(_("English text"), blank=True)
    in_force_on = models.DateField(_("in force from"), null=True, blank=True)
    repealed_on = models.DateField(_("repealed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("legal basis")
        verbose_name_plural = _("legal bases")
        ordering = ["code"]
        triggers = keep_history()
