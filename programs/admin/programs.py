"""Programmes, and their versions while they are written."""

from typing import Any

from django.contrib import admin
from django.db.models import Max
from django.forms import ModelForm
from django.http import HttpRequest

from ministry.admin.base import AuditedAdmin
from programs.admin.drafts import DraftAdmin, DraftInline
from programs.models import BenefitComponent, Condition, LadderRung, Program, ProgramVersion, RuleGroup


@admin.register(Program)
class ProgramAdmin(AuditedAdmin):
    """The catalogue of programmes. What is no longer used is switched off."""

    list_display = ("name", "code", "kind", "is_active")
    list_filter = ("is_active", "kind")
    search_fields = ("code", "name_ar", "name_en")
    fields = ("code", "name_ar", "name_en", "kind", "purpose_ar", "purpose_en", "legal_basis", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Program | None = None) -> tuple[str, ...]:
        # Addresses, files and commands name it.
        return ("code",) if obj else ()


class ComponentsOfVersion(DraftInline):
    model = BenefitComponent
    fields = ("name_ar", "name_en", "age_from", "age_to", "severity_from", "amount")
    version_lookup = ""

    def version_of(self, obj: Any) -> ProgramVersion | None:
        return obj


class ConditionsOfVersion(DraftInline):
    model = Condition
    fields = ("code", "name_ar", "name_en", "age_from", "age_to", "pregnant", "measure", "at_least", "months", "source")
    version_lookup = ""

    def version_of(self, obj: Any) -> ProgramVersion | None:
        return obj


class RungsOfVersion(DraftInline):
    model = LadderRung
    fields = ("position", "kind", "misses", "window_periods", "share_percent", "of_household", "months")
    version_lookup = ""

    def version_of(self, obj: Any) -> ProgramVersion | None:
        return obj


class GroupsOfVersion(DraftInline):
    model = RuleGroup
    fields = ("kind", "parent", "position")
    version_lookup = ""

    def version_of(self, obj: Any) -> ProgramVersion | None:
        return obj

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # On the group's own page, where its place is checked.
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ProgramVersion)
class ProgramVersionAdmin(DraftAdmin):
    """Versions: written here, submitted and put in force on the programme's pages, by two people."""

    list_display = ("program", "number", "status", "starts_on", "base_amount", "is_demonstration")
    list_filter = ("status", "program", "is_demonstration")
    list_select_related = ("program",)
    search_fields = ("program__code", "program__name_ar", "program__name_en")
    fields = (
        "program",
        "number",
        "status",
        "starts_on",
        "base_amount",
        "component_members_max",
        "misses_forgotten_after",
        "withheld_at_most",
        "recovered_at_most",
        "entry_by_days",
        "exit_by_days",
        "scoring_model",
        "source",
        "is_demonstration",
        "prepared_by",
        "submitted_by",
        "approved_by",
        "approved_at",
        "ends_on",
    )
    inlines = (ComponentsOfVersion, ConditionsOfVersion, RungsOfVersion, GroupsOfVersion)
    readonly_fields = (
        "number",
        "status",
        "prepared_by",
        "submitted_by",
        "approved_by",
        "approved_at",
        "ends_on",
    )
    version_lookup = ""

    def version_of(self, obj: Any) -> ProgramVersion | None:
        return obj

    def get_readonly_fields(self, request: HttpRequest, obj: ProgramVersion | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "program") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not change:
            # Numbers follow each other; two people at once meet at the lock.
            Program.objects.select_for_update().get(pk=obj.program_id)
            obj.number = (obj.program.versions.aggregate(last=Max("number"))["last"] or 0) + 1
            obj.prepared_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(BenefitComponent)
class BenefitComponentAdmin(DraftAdmin):
    """Amounts per member."""

    list_display = ("name", "version", "age_from", "age_to", "severity_from", "amount")
    list_filter = ("version__program", "version__status")
    list_select_related = ("version__program",)
    search_fields = ("name_ar", "name_en", "version__program__code")
    fields = ("version", "name_ar", "name_en", "age_from", "age_to", "severity_from", "amount")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "version":
            kwargs["queryset"] = ProgramVersion.objects.filter(status=ProgramVersion.Status.DRAFT)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
