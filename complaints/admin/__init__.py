"""What an administrator keeps: categories, terms, routes, help. Cases are on no page of the administration."""

from django.contrib import admin

from complaints.models import Category, HelpArticle, Route, SupportService, Term
from ministry.admin.base import AuditedAdmin


@admin.register(Category)
class CategoryAdmin(AuditedAdmin):
    list_display = ("name", "code", "asks_program", "position", "is_active")
    search_fields = ("code", "name_ar", "name_en")
    fields = (
        "code",
        "name_ar",
        "name_en",
        "hint_ar",
        "hint_en",
        "asks_program",
        "is_sensitive",
        "position",
        "is_active",
    )


@admin.register(Term)
class TermAdmin(AuditedAdmin):
    """Dated: what is owed to cases that arrive from a day on. Cases keep theirs."""

    list_display = ("kind", "starts_on", "days", "interim_days", "step_days", "appeal_days")
    list_filter = ("kind",)
    search_fields = ("kind",)


@admin.register(Route)
class RouteAdmin(AuditedAdmin):
    list_display = ("category", "program", "area", "office")
    search_fields = (
        "category__name_ar",
        "category__name_en",
        "program__name_ar",
        "program__name_en",
        "area__name_ar",
        "area__name_en",
    )
    autocomplete_fields = ("category", "program", "area", "office")


@admin.register(HelpArticle)
class HelpArticleAdmin(AuditedAdmin):
    list_display = ("name", "code", "category", "position", "is_active")
    search_fields = ("code", "name_ar", "name_en")
    autocomplete_fields = ("category",)


@admin.register(SupportService)
class SupportServiceAdmin(AuditedAdmin):
    """The directory of services people can be referred to. Which case led to which service is in the vault."""

    list_display = ("name", "kind", "area", "phone", "is_active")
    list_filter = ("kind",)
    search_fields = ("code", "name_ar", "name_en")
    autocomplete_fields = ("area",)
