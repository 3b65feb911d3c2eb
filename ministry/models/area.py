from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models.bilingual import Bilingual
from ministry.querysets import AreaQuerySet


class Area(Bilingual):
    """A node of the country's tree: country → governorate → district → unit.

    `path` joins the codes from the root, each followed by a slash (`EG/EG-AST/EG-AST-03/`), so that a subtree is one
    range of the index on it.
    """

    class Level(models.TextChoices):
        COUNTRY = "country", _("Country")
        GOVERNORATE = "governorate", _("Governorate")
        DISTRICT = "district", _("District")
        UNIT = "unit", _("Social unit")

    code = models.CharField(_("code"), max_length=40, unique=True)
    level = models.CharField(_("level"), max_length=12, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    path = models.CharField(_("path"), max_length=200, unique=True, editable=False)
    # GeoJSON geometry in WGS84, for thematic maps only.
    boundary = models.JSONField(_("boundary"), null=True, blank=True)
    boundary_credit = models.CharField(_("boundary credit"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["path"]
        indexes = [models.Index(OpClass("path", name="text_pattern_ops"), name="area_path_prefix")]
        triggers = keep_history()

    def save(self, *args, **kwargs) -> None:
        self.path = f"{self.parent.path if self.parent else ''}{self.code}/"
        super().save(*args, **kwargs)


class AreaFigure(models.Model):
    """A published figure about an area (population, poverty rate), with its source and date."""

    class Kind(models.TextChoices):
        POPULATION = "population", _("Population")
        POVERTY_RATE = "poverty_rate", _("Poverty rate (%)")

    area = models.ForeignKey(Area, models.CASCADE, related_name="figures", verbose_name=_("area"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2)
    period = models.CharField(_("period"), max_length=20)
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("area figure")
        verbose_name_plural = _("area figures")
        ordering = ["area", "kind", "-period"]
        constraints = [
            models.UniqueConstraint(fields=["area", "kind", "period"], name="area_figure_once_per_period"),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"{self.area} · {self.get_kind_display()} · {self.period}"
