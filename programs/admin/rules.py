"""Rules of versions: groups, criteria, and which members a criterion counts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from programs.admin.drafts import DraftAdmin, DraftInline
from programs.admin.forms import CriterionForm, MemberConditionForm, RuleGroupForm
from programs.models import Criterion, MemberCondition, ProgramVersion, RuleGroup
from programs.queries.programs import criterion_in_words


class CriteriaOfGroup(DraftInline):
    model = Criterion
    fields = ("position", "wording_ar", "when_unknown")
    readonly_fields = ("position", "wording_ar", "when_unknown")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # On the criterion's own page, where it is checked as a whole.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RuleGroup)
class RuleGroupAdmin(DraftAdmin):
    """All of, any of, none of."""

    form = RuleGroupForm
    list_display = ("id", "version", "kind", "parent", "position")
    list_filter = ("version__program", "version__status", "kind")
    list_select_related = ("version__program", "parent")
    search_fields = ("version__program__code", "version__program__name_ar", "version__program__name_en")
    inlines = (CriteriaOfGroup,)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "version":
            kwargs["queryset"] = ProgramVersion.objects.filter(status=ProgramVersion.Status.DRAFT)
        if db_field.name == "parent":
            kwargs["queryset"] = self.in_drafts(RuleGroup.objects.all(), "version")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ConditionsOfCriterion(DraftInline):
    model = MemberCondition
    form = MemberConditionForm
    version_lookup = "group__version"
    show_change_link = False


@admin.register(Criterion)
class CriterionAdmin(DraftAdmin):
    """Conditions on facts, and on the number of members who meet some conditions."""

    form = CriterionForm
    list_display = ("wording", "asked", "program_version", "when_unknown")
    list_filter = ("group__version__program", "group__version__status", "subject", "when_unknown")
    list_select_related = ("group__version__program",)
    search_fields = ("wording_ar", "wording_en", "fact", "group__version__program__code")
    inlines = (ConditionsOfCriterion,)
    version_lookup = "group__version"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("member_conditions")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "group":
            kwargs["queryset"] = self.in_drafts(RuleGroup.objects.all(), "version")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("wording"))
    def wording(self, criterion: Criterion) -> str:
        return criterion.wording

    @admin.display(description=_("what is compared"))
    def asked(self, criterion: Criterion) -> str:
        return criterion_in_words(criterion)

    @admin.display(description=_("version"))
    def program_version(self, criterion: Criterion) -> ProgramVersion:
        return criterion.group.version
