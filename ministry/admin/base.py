"""What all admin pages have in common: nothing audited is deleted, and every change leaves an audit entry."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from ministry import audit
from ministry.history import history_of
from ministry.models import AuditEntry, User


class CappedPaginator(Paginator):
    """Counts no further than ten thousand rows: nobody leafs on, and counting millions takes seconds."""

    LIMIT = 10_000

    @cached_property
    def count(self) -> int:
        return cast(QuerySet, self.object_list).order_by()[: self.LIMIT].count()


class _AutocompleteMixin:
    """Gives every relation to a searchable record a search field instead of a list of everything."""

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        named = super().get_autocomplete_fields(request)  # type: ignore[misc]
        left_out = {*getattr(self, "raw_id_fields", ()), *getattr(self, "radio_fields", {})}
        found = [
            field.name
            for field in (*self.opts.fields, *self.opts.many_to_many)  # type: ignore[attr-defined]
            if field.is_relation and field.name not in left_out and self._is_searchable(field.related_model)
        ]
        return tuple(dict.fromkeys([*named, *found]))

    def _is_searchable(self, model: type[models.Model]) -> bool:
        related = self.admin_site._registry.get(model)  # type: ignore[attr-defined]
        return bool(related and related.search_fields)


class AuditedAdmin(_AutocompleteMixin, admin.ModelAdmin):
    """Base of the portal's admin pages.

    Adding and changing write an `AuditEntry` («area.changed», with the fields); the history page shows what the row
    held before. Nothing can be deleted unless `deletable` says so. Rows are those visible to the person, where the
    model's queryset knows.
    """

    deletable = False
    # Fields of which the history tells only that they changed.
    hidden_in_history: tuple[str, ...] = ()
    # Names of personal data shown on the page of one record: opening it is noted in the disclosure log.
    discloses: tuple[str, ...] = ()
    list_per_page = 50
    paginator = CappedPaginator
    show_full_result_count = False
    save_on_top = False
    object_history_template = "ministry/admin/history.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset = super().get_queryset(request)
        return queryset.visible_to(request.user) if hasattr(queryset, "visible_to") else queryset

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.deletable and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._record(request, obj, "changed" if change else "added", form.changed_data)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        for gone in getattr(formset, "deleted_forms", []):
            if gone.instance.pk:
                self._record(request, gone.instance, "deleted", [])
        super().save_formset(request, form, formset, change)
        for new in formset.new_objects:
            self._record(request, new, "added", [])
        for changed, fields in formset.changed_objects:
            self._record(request, changed, "changed", fields)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        self._record(request, obj, "deleted", [])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for obj in queryset:
            self._record(request, obj, "deleted", [])
        super().delete_queryset(request, queryset)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        if self.discloses and request.method == "GET" and response.status_code == 200:
            subject = self.get_object(request, unquote(object_id))
            if subject is not None:
                audit.disclose(reader=cast(User, request.user), subject=subject, fields=self.discloses, purpose="admin")
        return response

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what the row held before and which verbs were done to it."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        entries = AuditEntry.objects.filter(target_type=self.opts.label_lower, target_id=obj.pk).select_related("actor")
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of {record}").format(record=obj),
            "subtitle": None,
            "opts": self.opts,
            "object": obj,
            "module_name": str(self.opts.verbose_name_plural),
            "versions": history_of(obj, hidden=self.hidden_in_history),
            "entries": entries[:100],
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)

    def _record(self, request: HttpRequest, obj: models.Model, deed: str, fields: list[str]) -> None:
        # Names of fields only: what they held is in the row history, sealed like this log.
        audit.record(
            actor=cast(User, request.user),
            action=f"{obj._meta.model_name}.{deed}",
            target=obj,
            data={"fields": fields},
            note="admin",
        )


class ReadOnlyAdmin(AuditedAdmin):
    """For logs and records that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class AuditedInline(_AutocompleteMixin, admin.TabularInline):
    """Base of rows edited on the page of the record they belong to."""

    extra = 0
    show_change_link = True
    can_delete = False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.can_delete and super().has_delete_permission(request, obj)


class ReadOnlyInline(AuditedInline):
    """Rows shown beside the record they belong to."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
