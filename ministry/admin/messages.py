"""Wordings of messages, and the messages sent."""

from django.contrib import admin

from ministry.admin.base import AuditedAdmin, ReadOnlyAdmin
from ministry.models import Notice, NoticeTemplate


@admin.register(NoticeTemplate)
class NoticeTemplateAdmin(AuditedAdmin):
    """The wording of each kind of message, by channel and language."""

    list_display = ("code", "channel", "subject_ar", "subject_en")
    list_filter = ("channel",)
    search_fields = ("code", "subject_ar", "subject_en", "body_ar", "body_en")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Messages sent and waiting, without their text: that is between the ministry and the person."""

    list_display = ("template_code", "channel", "language", "status", "attempts", "created_at", "sent_at")
    list_filter = ("status", "channel", "template_code", "created_at")
    search_fields = ("key", "template_code")
    date_hierarchy = "created_at"
    exclude = ("body", "recipient", "subject")
