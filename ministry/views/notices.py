"""One's own notices in the portal."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ministry import notices
from ministry.models import Notice
from ministry.views.lists import Column, ListPage


class NoticeListView(ListPage):
    """What the portal told the person; POST marks all of it as read."""

    title = _("Notices")
    lead = _("What the portal has told you, newest first.")
    model = Notice
    columns = (
        Column("subject", _("Notice"), is_header=True),
        Column("at", _("When"), ("created_at",)),
        Column("read", _("Status")),
    )
    default_sort = "-at"
    row_template_name = "ministry/_notice_row.html"
    actions_template_name = "ministry/_notice_actions.html"
    empty_title = _("No notices yet")
    empty_text = _("When work that you started ends, you read it here.")
    empty_icon = "bell"

    def get_queryset(self) -> QuerySet:
        return Notice.objects.in_portal(self.request.user)

    def post(self, request: HttpRequest) -> HttpResponse:
        count = notices.mark_read(user=self.request.user)
        messages.success(
            request,
            ngettext("{count} notice marked as read.", "{count} notices marked as read.", count).format(count=count),
        )
        return redirect("notice_list")
