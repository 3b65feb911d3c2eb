"""Partner systems and their tokens."""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ministry import partners
from ministry.admin.base import AuditedAdmin
from ministry.exceptions import DomainError
from ministry.models import Partner, PartnerToken

_LASTS = dt.timedelta(days=90)


@admin.register(Partner)
class PartnerAdmin(AuditedAdmin):
    list_display = ("name", "code", "contact", "is_active")
    search_fields = ("code", "name_ar", "name_en")
    actions = ("issue_token",)

    @admin.action(
        description=gettext_lazy("Issue an access token with all scopes, for ninety days"), permissions=["issue"]
    )
    def issue_token(self, request: HttpRequest, queryset: QuerySet[Partner]) -> None:
        for partner in queryset:
            try:
                _token, text = partners.issue_token(
                    partner=partner,
                    for_scopes=sorted(partners.scopes),
                    lasts=_LASTS,
                    actor=request.user,  # type: ignore[arg-type]
                )
            except DomainError as error:
                messages.error(request, error.message)
                continue
            messages.warning(
                request,
                _("Token of {partner}, shown this once: {token}").format(partner=partner, token=text),
            )

    def has_issue_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ministry.issue_partner_token")


@admin.register(PartnerToken)
class PartnerTokenAdmin(AuditedAdmin):
    list_display = ("prefix", "partner", "issued_at", "expires_at", "last_used_at", "revoked_at")
    search_fields = ("prefix", "partner__code")
    actions = ("revoke",)

    @admin.action(description=gettext_lazy("Revoke these tokens at once"), permissions=["issue"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[PartnerToken]) -> None:
        for token in queryset:
            partners.revoke_token(token=token, actor=request.user)  # type: ignore[arg-type]
        messages.success(request, _("They are no longer good."))

    def has_issue_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ministry.issue_partner_token")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
