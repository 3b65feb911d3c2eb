"""Funding sources are configured here; lines and entries belong to the pages with two people."""

from django.contrib import admin

from ministry.admin.base import AuditedAdmin
from programs.models import FundingSource


@admin.register(FundingSource)
class FundingSourceAdmin(AuditedAdmin):
    """Who gives the money."""

    list_display = ("code", "name_ar", "name_en", "kind", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("code", "name_ar", "name_en")
