"""Mappings of columns: renamed, or no longer offered. They are made on the page of an import."""

from django.contrib import admin
from django.http import HttpRequest

from beneficiaries.models import ColumnMapping
from ministry.admin.base import AuditedAdmin


@admin.register(ColumnMapping)
class ColumnMappingAdmin(AuditedAdmin):
    """How files of other layouts become the portal's."""

    list_display = ("name", "is_active", "saved_by", "saved_at")
    list_filter = ("is_active",)
    list_select_related = ("saved_by",)
    search_fields = ("name",)
    fields = ("name", "is_active", "layout", "saved_by", "saved_at")
    readonly_fields = ("layout", "saved_by", "saved_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
