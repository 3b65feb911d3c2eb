"""How often households are visited again, by area."""

from django.contrib import admin

from beneficiaries.models import RecertificationPeriod
from ministry.admin.base import AuditedAdmin


@admin.register(RecertificationPeriod)
class RecertificationPeriodAdmin(AuditedAdmin):
    """A period for the country, and others for areas that differ. It counts for days given from now on."""

    list_display = ("area", "months", "source")
    list_select_related = ("area",)
    search_fields = ("area__code", "area__name_ar", "area__name_en")
    fields = ("area", "months", "source")
