from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Bilingual(models.Model):
    """Something named in Arabic and English; `name` is the one of the reader's language."""

    name_ar = models.CharField(_("Arabic name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        return self.name_en if self.name_en and get_language() == "en" else self.name_ar

    def __str__(self) -> str:
        return self.name
