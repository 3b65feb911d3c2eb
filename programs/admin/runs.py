"""Checks, comparisons and enrolments, to be looked up; they are made and changed on the programme's pages."""

from django.contrib import admin

from ministry.admin.base import AuditedAdmin, ReadOnlyAdmin
from programs.models import EligibilityChange, EligibilityRun, Enrolment, EnrolmentReason, WhatIf


@admin.register(EligibilityRun)
class EligibilityRunAdmin(ReadOnlyAdmin):
    """Checks of eligibility with their counts."""

    list_display = ("id", "version", "on_date", "status", "eligible", "not_eligible", "needs_information")
    list_filter = ("status", "version__program")
    list_select_related = ("version__program",)
    search_fields = ("=id", "version__program__code")
    date_hierarchy = "on_date"


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin):
    """Who is in a programme, within the reader's areas."""

    list_display = ("household", "program", "status", "enrolled_on", "ended_on")
    list_filter = ("status", "program")
    list_select_related = ("program", "household")
    search_fields = ("=household__household_ref",)
    raw_id_fields = ("household", "run", "confirmed_by")


@admin.register(EnrolmentReason)
class EnrolmentReasonAdmin(AuditedAdmin):
    """Why enrolments are paused, resumed, completed and ended."""

    list_display = ("code", "verb", "name_ar", "name_en", "allows_appeal", "returns_after_months", "is_active")
    list_filter = ("verb", "is_active")
    search_fields = ("code", "name_ar", "name_en")


@admin.register(WhatIf)
class WhatIfAdmin(ReadOnlyAdmin):
    """Comparisons of versions."""

    list_display = ("id", "version", "base", "on_date", "started_by", "completed_at")
    list_filter = ("program",)
    list_select_related = ("version__program", "base__program", "started_by")
    search_fields = ("=id", "program__code")
    date_hierarchy = "on_date"


@admin.register(EligibilityChange)
class EligibilityChangeAdmin(ReadOnlyAdmin):
    """Who became or ceased to be eligible; decided on the programme's pages."""

    list_display = ("household", "program", "kind", "before", "after", "status", "found_at")
    list_filter = ("status", "kind", "program")
    list_select_related = ("program", "household")
    search_fields = ("=household__household_ref",)
    raw_id_fields = ("household", "enrolment")
