"""Laws and circulars."""

from django.contrib import admin

from ministry.admin.base import AuditedAdmin
from ministry.models import LegalBasis


@admin.register(LegalBasis)
class LegalBasisAdmin(AuditedAdmin):
    """What rules and deadlines rest on. Repealed ones stay: decisions of their time cite them."""

    list_display = ("name", "code", "article", "country", "in_force_on", "repealed_on")
    list_filter = ("country", "in_force_on")
    search_fields = ("code", "name_ar", "name_en", "article")
