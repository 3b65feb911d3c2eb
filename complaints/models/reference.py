"""What complaints are about, what they are owed, where they go: rows an administrator keeps."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models import Bilingual


class Kind(models.TextChoices):
    """What somebody writes to us: each has its own term and its own kind of answer."""

    COMPLAINT = "complaint", _("Complaint")
    APPEAL = "appeal", _("Objection to a decision")
    WRONGDOING = "wrongdoing", _("Report of wrongdoing")
    ENQUIRY = "enquiry", _("Enquiry")
    SUGGESTION = "suggestion", _("Suggestion")
    PRAISE = "praise", _("Praise")


class Category(Bilingual):
    """What a complaint is about. Of a sensitive one nothing is kept outside the confidential cases."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    hint_ar = models.CharField(_("Arabic hint"), max_length=300, blank=True)
    hint_en = models.CharField(_("English hint"), max_length=300, blank=True)
    # Whether the next question is which programme it is about.
    asks_program = models.BooleanField(_("asks for the programme"), default=False)
    is_sensitive = models.BooleanField(_("goes to the confidential cases"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("category of complaints")
        verbose_name_plural = _("categories of complaints")
        ordering = ["position", "code"]
        triggers = keep_history()

    @property
    def hint(self) -> str:
        return self.hint_en if self.hint_en and get_language() == "en" else self.hint_ar


class Term(models.Model):
    """What a kind of case is owed from a day on. Cases keep the term that was in force when they arrived."""

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    starts_on = models.DateField(_("for cases received from"))
    days = models.PositiveSmallIntegerField(_("working days to the answer"))
    interim_days = models.PositiveSmallIntegerField(_("working days to an interim reply (0: none)"), default=0)
    step_days = models.PositiveSmallIntegerField(_("working days on each further rung"), default=5)
    appeal_days = models.PositiveSmallIntegerField(_("working days in which to object to the answer"), default=15)
    legal_source = models.CharField(_("legal source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("term of answer")
        verbose_name_plural = _("terms of answer")
        ordering = ["kind", "-starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "starts_on"], name="complaint_term_once_per_day"),
            models.CheckConstraint(
                name="complaint_term_in_order",
                condition=Q(days__gt=0, step_days__gt=0, interim_days__lt=models.F("days")),
            ),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.starts_on:%Y-%m-%d}"


class Route(models.Model):
    """Which office deals with what. Empty means any; the row that says most about a case counts."""

    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, verbose_name=_("category"))
    program = models.ForeignKey(
        "programs.Program", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("programme")
    )
    area = models.ForeignKey(
        "ministry.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("matters in")
    )
    office = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("go to the office of"))

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "program", "area"], nulls_distinct=False, name="complaint_route_once"
            )
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.pk}"


class HelpArticle(Bilingual):
    """An answer to a frequent question, offered before somebody writes."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    text_ar = models.TextField(_("Arabic text"))
    text_en = models.TextField(_("English text"), blank=True)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="articles", verbose_name=_("category")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("help article")
        verbose_name_plural = _("help articles")
        ordering = ["position", "code"]
        triggers = keep_history()

    @property
    def text(self) -> str:
        return self.text_en if self.text_en and get_language() == "en" else self.text_ar
