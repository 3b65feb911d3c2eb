"""Areas and their published figures."""

from django.contrib import admin
from django.http import HttpRequest

from ministry.admin.base import AuditedAdmin, AuditedInline
from ministry.models import Area, AreaFigure


class FiguresOfArea(AuditedInline):
    model = AreaFigure


@admin.register(Area)
class AreaAdmin(AuditedAdmin):
    """The tree of areas. What is no longer used is switched off."""

    list_display = ("name", "code", "level", "parent", "is_active")
    list_filter = ("level", "is_active")
    list_select_related = ("parent",)
    search_fields = ("code", "name_ar", "name_en")
    fields = (
        "code",
        "name_ar",
        "name_en",
        "level",
        "parent",
        "path",
        "address",
        "phone",
        "boundary_credit",
        "is_active",
    )
    readonly_fields = ("path", "boundary_credit")
    inlines = (FiguresOfArea,)

    def get_readonly_fields(self, request: HttpRequest, obj: Area | None = None) -> tuple[str, ...]:
        # Paths of everything below are made of them.
        return (*self.readonly_fields, "code", "parent", "level") if obj else self.readonly_fields
