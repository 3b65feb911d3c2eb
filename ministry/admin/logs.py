"""Logs and records that only the portal itself writes: to be read, never changed."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from ministry.admin.base import ReadOnlyAdmin
from ministry.models import AuditEntry, DisclosureEntry, Document, Job, Seal


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "target_type", "target_id", "area")
    list_filter = ("at", "target_type")
    list_select_related = ("actor", "area")
    search_fields = ("=action", "=target_id", "actor__username", "=request_id")
    date_hierarchy = "at"


@admin.register(DisclosureEntry)
class DisclosureEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "reader", "channel", "subject_type", "subject_id", "purpose")
    list_filter = ("channel", "at", "subject_type")
    list_select_related = ("reader",)
    search_fields = ("=subject_id", "reader__username", "=request_id")
    date_hierarchy = "at"


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    list_display = ("log", "first_id", "last_id", "entries", "sealed_at")
    list_filter = ("log", "sealed_at")
    search_fields = ("=digest", "=first_id", "=last_id")
    exclude = ("row_ids", "row_hashes")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        # Forty bytes an entry, of use to the verification only.
        return super().get_queryset(request).defer("row_ids", "row_hashes")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "scope", "status", "started_by", "created_at", "finished_at")
    list_filter = ("status", "kind", "created_at")
    list_select_related = ("started_by",)
    search_fields = ("kind", "scope", "=id")
    date_hierarchy = "created_at"


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    """What is kept and whether it was scanned; contents are downloaded only where the record allows it."""

    list_display = ("filename", "content_type", "size", "scan", "subject_type", "uploaded_by", "uploaded_at")
    list_filter = ("scan", "content_type", "subject_type", "uploaded_at")
    list_select_related = ("uploaded_by",)
    search_fields = ("filename", "=sha256", "=subject_id")
    date_hierarchy = "uploaded_at"
    exclude = ("file",)
