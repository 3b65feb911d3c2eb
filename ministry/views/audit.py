"""The auditor's pages: what was done, what was read, whether the logs are intact."""

import datetime as dt
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from ministry import sealing
from ministry.models import AuditEntry, DisclosureEntry
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import StaffPageMixin, Text


class _LogFilter(django_filters.FilterSet):
    """What both logs are searched by: a record, days."""

    record = django_filters.NumberFilter(label=_("Record number"), min_value=1, max_value=2**63 - 1)
    since = django_filters.DateFilter(label=_("From day"), method="from_day")
    until = django_filters.DateFilter(label=_("Until day"), method="until_day")

    def from_day(self, queryset: QuerySet, name: str, value: dt.date) -> QuerySet:
        return queryset.filter(at__gte=_midnight(value))

    def until_day(self, queryset: QuerySet, name: str, value: dt.date) -> QuerySet:
        return queryset.filter(at__lt=_midnight(value + dt.timedelta(days=1)))


class AuditFilter(_LogFilter):
    """Searches the audit trail; `q` is the user name of whoever did it."""

    q = django_filters.CharFilter(
        label=_("User name of who did it"), field_name="actor__username", lookup_expr="iexact"
    )
    action = django_filters.CharFilter(label=_("Deed"), lookup_expr="istartswith", max_length=80)
    target_type = django_filters.CharFilter(label=_("Kind of record"), lookup_expr="iexact", max_length=80)
    record = django_filters.NumberFilter(
        label=_("Record number"), field_name="target_id", min_value=1, max_value=2**63 - 1
    )

    class Meta:
        model = AuditEntry
        fields = ("q", "action", "target_type", "record", "since", "until")


class DisclosureFilter(_LogFilter):
    """Searches the disclosure log; `q` is the user name of whoever read."""

    q = django_filters.CharFilter(
        label=_("User name of the reader"), field_name="reader__username", lookup_expr="iexact"
    )
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), empty_label=_("All"), choices=DisclosureEntry.Channel.choices
    )
    subject_type = django_filters.CharFilter(label=_("Kind of file"), lookup_expr="iexact", max_length=80)
    record = django_filters.NumberFilter(
        label=_("Record number"), field_name="subject_id", min_value=1, max_value=2**63 - 1
    )

    class Meta:
        model = DisclosureEntry
        fields = ("q", "channel", "subject_type", "record", "since", "until")


class _LogListView(ListPage):
    """A log: long, so it is leafed through by key."""

    keyset = True
    actions_template_name = "ministry/_audit_actions.html"
    empty_icon = "shield"

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return (
            []
            if self.request.path == reverse("audit_list")
            else [(_("Audit"), reverse("audit_list")), (self.title, "")]
        )


class AuditListView(_LogListView):
    """Who did what to which record, and when."""

    permission_required = "ministry.view_auditentry"
    title = _("Audit")
    lead = _("Every deed with its actor, newest first. Nothing here can be changed.")
    model = AuditEntry
    filterset_class = AuditFilter
    columns = (
        Column("number", _("Number"), ("pk",), is_header=True),
        Column("at", _("When")),
        Column("actor", _("Who")),
        Column("action", _("Deed")),
        Column("target", _("Record")),
        Column("area", _("Area")),
        Column("note", _("Note")),
    )
    default_sort = "-number"
    row_template_name = "ministry/_audit_row.html"
    empty_text = _("What people decide and change is recorded here by itself.")

    def get_queryset(self) -> QuerySet:
        # An auditor looks at the whole ministry; there is no area to keep to.
        return AuditEntry.objects.select_related("actor", "area")


class DisclosureListView(_LogListView):
    """Who read whose data, and why."""

    permission_required = "ministry.view_disclosureentry"
    title = _("Disclosures")
    lead = _("Every reading of a personal file, newest first. Nothing here can be changed.")
    model = DisclosureEntry
    filterset_class = DisclosureFilter
    columns = (
        Column("number", _("Number"), ("pk",), is_header=True),
        Column("at", _("When")),
        Column("reader", _("Who")),
        Column("channel", _("Channel")),
        Column("subject", _("File")),
        Column("fields", _("What was read")),
        Column("purpose", _("Purpose")),
    )
    default_sort = "-number"
    row_template_name = "ministry/_disclosure_row.html"
    empty_text = _("When somebody opens a personal file, it is recorded here by itself.")

    def get_queryset(self) -> QuerySet:
        return DisclosureEntry.objects.select_related("reader")


class SealView(StaffPageMixin, TemplateView):
    """How far the logs are sealed, and on request whether every seal holds."""

    permission_required = "ministry.view_seal"
    template_name = "ministry/seals.html"
    title = _("Seals")
    lead = _("Each log is sealed every minute. A sealed entry that is changed, removed or inserted later shows here.")

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(_("Audit"), reverse("audit_list")), (_("Seals"), "")]

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Verify now: a read over the whole of the logs, so it is asked for and not done on every visit."""
        faults = [
            {"words": str(_FAULTS[fault.kind]).format(id=fault.id), "log": _LOG_NAMES[fault.log], "seal": fault.seal_id}
            for fault in sealing.broken_seals()
        ]
        return self.render_to_response(self.get_context_data(verified=True, faults=faults))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        states = [{"name": _LOG_NAMES[state.log], "state": state} for state in sealing.states()]
        return super().get_context_data(states=states, **kwargs)


_LOG_NAMES = {
    "auditentry": _("Audit trail"),
    "disclosureentry": _("Disclosure log"),
    "rowversion": _("Row history"),
}
_FAULTS = {
    "changed": _("Entry {id} was changed after it was sealed."),
    "missing": _("Entry {id} was removed after it was sealed."),
    "inserted": _("Entry {id} was inserted among sealed ones."),
    "seal_changed": _("Seal {id} was changed."),
    "seal_missing": _("A seal before seal {id} was removed or exchanged."),
}


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
