"""What runs by the clock. Which schedules there are stands in the code; when they run is set here."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django_celery_beat import admin as beat_admin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    SolarSchedule,
)

from ministry.admin.base import AuditedAdmin

# Importing it registered its pages; these take their place.
for _model in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    if beat_admin.admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(PeriodicTask)
class ScheduleAdmin(AuditedAdmin):
    """When each kind of regular work runs, or that it does not."""

    list_display = ("name", "enabled", "interval", "crontab", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab")
    search_fields = ("name", "task", "description")
    fields = ("name", "description", "enabled", "interval", "crontab", "task", "last_run_at", "total_run_count")
    readonly_fields = ("name", "task", "last_run_at", "total_run_count")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PeriodicTask, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        PeriodicTasks.changed(obj)


@admin.register(CrontabSchedule)
class CrontabAdmin(AuditedAdmin):
    """Times of day, in the zone named beside them."""

    list_display = ("human_readable", "minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone")
    search_fields = ("minute", "hour")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(IntervalSchedule)
class IntervalAdmin(AuditedAdmin):
    """Every so many seconds, minutes, hours or days."""

    list_display = ("__str__", "every", "period")
    search_fields = ("every",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False
