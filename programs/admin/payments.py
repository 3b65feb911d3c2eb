"""Paying agents are configured here; cycles can be looked at, their steps belong to the pages with three people."""

from django.contrib import admin

from ministry.admin.base import AuditedAdmin, ReadOnlyAdmin
from programs.models import PaymentAgent, PaymentCycle


@admin.register(PaymentAgent)
class PaymentAgentAdmin(AuditedAdmin):
    """Who hands out the money."""

    list_display = ("code", "name_ar", "name_en", "kind", "country", "is_active")
    list_filter = ("kind", "country", "is_active")
    search_fields = ("code", "name_ar", "name_en", "account")


@admin.register(PaymentCycle)
class PaymentCycleAdmin(ReadOnlyAdmin):
    """Cycles, to look at with their history."""

    list_display = ("__str__", "status", "households", "lines", "total", "currency", "agent")
    list_filter = ("status", "program", "agent")
    list_select_related = ("program", "agent")
    search_fields = ("program__code", "program__name_ar")
    date_hierarchy = "period"
