from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from programs.guards import groups_hang_together, only_drafts_of
from programs.models.program import ProgramVersion


class RuleGroup(models.Model):
    """A node of a version's rules: all, any or none of what it holds must be true. The root has no parent."""

    class Kind(models.TextChoices):
        ALL = "all", _("all of")
        ANY = "any", _("any of")
        NONE = "none", _("none of")

    version = models.ForeignKey(ProgramVersion, models.CASCADE, related_name="rule_groups")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="groups")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind, default=Kind.ALL)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("rule group")
        verbose_name_plural = _("rule groups")
        ordering = ["version", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(parent__isnull=True), name="rule_group_one_root_per_version"
            ),
        ]
        triggers = [*keep_history(), groups_hang_together(), only_drafts_of("SELECT {row}.version_id")]

    def __str__(self) -> str:
        return f"{self.version_id} · {self.kind}"


class Criterion(models.Model):
    """One condition on a fact of the household, or on the number of its members who meet some conditions."""

    class Subject(models.TextChoices):
        FACT = "fact", _("a fact of the household")
        MEMBER_COUNT = "member_count", _("the number of members who …")

    class Operator(models.TextChoices):
        EQ = "eq", _("is")
        NE = "ne", _("is not")
        LT = "lt", _("is less than")
        LTE = "lte", _("is at most")
        GT = "gt", _("is more than")
        GTE = "gte", _("is at least")
        IN = "in", _("is one of")
        NOT_IN = "not_in", _("is none of")

    class WhenUnknown(models.TextChoices):
        NEEDS_INFORMATION = "needs_information", _("more information is needed")
        FAILS = "fails", _("the condition counts as not met")
        PASSES = "passes", _("the condition counts as met")

    group = models.ForeignKey(RuleGroup, models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    subject = models.CharField(_("about"), max_length=12, choices=Subject, default=Subject.FACT)
    # Code of the fact catalogue; empty for member counts.
    fact = models.CharField(_("fact"), max_length=60, blank=True)
    operator = models.CharField(_("operator"), max_length=8, choices=Operator)
    # Typed by the fact: number, true/false, code; several codes separated by commas.
    value = models.CharField(_("value"), max_length=200)
    when_unknown = models.CharField(
        _("when unknown"), max_length=20, choices=WhenUnknown, default=WhenUnknown.NEEDS_INFORMATION
    )
    legal_basis = models.ForeignKey(
        "ministry.LegalBasis", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("legal basis")
    )
    # Why it stands as it does, e.g. why an unknown passes; shown to staff beside the rule.
    note_ar = models.CharField(_("note in Arabic"), max_length=300, blank=True)
    note_en = models.CharField(_("note in English"), max_length=300, blank=True)
    wording_ar = models.CharField(_("public wording in Arabic"), max_length=300)
    wording_en = models.CharField(_("public wording in English"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["group", "position", "id"]
        constraints = [
            models.CheckConstraint(
                name="criterion_names_a_fact_or_counts_members",
                condition=(Q(subject="fact") & ~Q(fact="")) | Q(subject="member_count", fact=""),
            ),
        ]
        triggers = [
            *keep_history(),
            only_drafts_of("SELECT g.version_id FROM programs_rulegroup g WHERE g.id = {row}.group_id"),
        ]

    def __str__(self) -> str:
        return self.wording

    @property
    def wording(self) -> str:
        return self.wording_en if self.wording_en and get_language() == "en" else self.wording_ar

    @property
    def note(self) -> str:
        return self.note_en if self.note_en and get_language() == "en" else self.note_ar


class MemberCondition(models.Model):
    """What a member must meet to be counted by a member-count criterion; all conditions of a criterion together."""

    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="member_conditions")
    # Code of the member fact catalogue: age, sex, pregnant, severity, formal_income…
    field = models.CharField(_("about the member"), max_length=60)
    operator = models.CharField(_("operator"), max_length=8, choices=Criterion.Operator)
    value = models.CharField(_("value"), max_length=200)

    class Meta:
        verbose_name = _("member condition")
        verbose_name_plural = _("member conditions")
        ordering = ["criterion", "id"]
        triggers = [
            *keep_history(),
            only_drafts_of(
                "SELECT g.version_id FROM programs_rulegroup g JOIN programs_criterion c ON c.group_id = g.id"
                " WHERE c.id = {row}.criterion_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {self.value}"
