"""Working time and holidays."""

from django.contrib import admin

from ministry.admin.base import AuditedAdmin, AuditedInline
from ministry.models import Calendar, Holiday


class HolidaysOfCalendar(AuditedInline):
    model = Holiday
    can_delete = True
    fields = ("on", "name_ar", "name_en", "source")


@admin.register(Calendar)
class CalendarAdmin(AuditedAdmin):
    """Weekend, hours and holidays on which deadlines are counted."""

    list_display = ("name", "code", "country", "opens_at", "closes_at", "time_zone")
    list_filter = ("country",)
    search_fields = ("code", "name_ar", "name_en")
    inlines = (HolidaysOfCalendar,)


@admin.register(Holiday)
class HolidayAdmin(AuditedAdmin):
    """Days on which offices are closed; one entered by mistake may be taken out again."""

    deletable = True
    list_display = ("name", "on", "calendar", "source")
    list_filter = ("calendar", "source", "on")
    list_select_related = ("calendar",)
    search_fields = ("name_ar", "name_en")
    date_hierarchy = "on"
