"""What the admin pages of versions and their parts have in common: they are edited in draft, read afterwards."""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from ministry.admin.base import AuditedAdmin, AuditedInline
from ministry.models import User
from programs.models import ProgramVersion
from programs.services.rules.rows import sign
from programs.services.versions import country


class DraftMixin:
    """Adding, changing and deleting need the right for the whole country, and a version that is still a draft."""

    # Path from a row to its version.
    version_lookup = "version"

    def version_of(self, obj: models.Model | None) -> ProgramVersion | None:
        """Return the version a row belongs to; None where there is no row yet."""
        for name in self.version_lookup.split("__") if self.version_lookup else ():
            obj = getattr(obj, name, None)
        return obj if isinstance(obj, ProgramVersion) else None

    def _may_edit(self, request: HttpRequest, obj: models.Model | None) -> bool:
        version = self.version_of(obj)
        return version is None or version.status == ProgramVersion.Status.DRAFT

    def _has(self, request: HttpRequest, verb: str) -> bool:
        opts = self.opts  # type: ignore[attr-defined]
        return request.user.has_perm(f"{opts.app_label}.{verb}_{opts.model_name}", country())

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._has(request, "add") and self._may_edit(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._has(request, "change") and self._may_edit(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        # One by one: a selection could hold rows of versions in force.
        return obj is not None and self._has(request, "delete") and self._may_edit(request, obj)


class DraftAdmin(DraftMixin, AuditedAdmin):
    """A part of a version, on a page of its own. Who writes here has a hand in the version, as in the rule editor."""

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._sign(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._sign(request, obj)
        super().delete_model(request, obj)

    def _sign(self, request: HttpRequest, obj: Any) -> None:
        version = self.version_of(obj)
        if version is not None and isinstance(request.user, User):
            sign(version, request.user)

    def in_drafts(self, queryset: QuerySet, lookup: str) -> QuerySet:
        """Keep what belongs to drafts: rows of other versions are no choice."""
        return queryset.filter(**{f"{lookup}__status": ProgramVersion.Status.DRAFT})


class DraftInline(DraftMixin, AuditedInline):
    """Parts of a version on the page of what they belong to; `obj` is that record."""

    can_delete = True

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._has(request, "delete") and self._may_edit(request, obj)
