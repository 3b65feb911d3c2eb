"""People, roles and who holds which role where."""

from typing import Any, cast

from allauth.account import admin as account_admin
from allauth.account.models import EmailAddress
from allauth.mfa import admin as mfa_admin
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ministry import audit
from ministry.admin.base import AuditedAdmin, ReadOnlyInline
from ministry.models import Role, StaffAssignment, User

# Accounts have one address, on the person; keys and codes are nobody's business but their owner's.
for _module, _model in ((account_admin, EmailAddress), (mfa_admin, Authenticator)):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class AssignmentsOfPerson(ReadOnlyInline):
    """The roles of the person, changed on their own pages."""

    model = StaffAssignment
    fields = ("role", "area", "starts_on", "ends_on")


@admin.register(User)
class PersonAdmin(AuditedAdmin, UserAdmin):
    """People who may sign in. They are deactivated, never deleted."""

    list_display = ("username", "full_name", "email", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "assignments__role", "language")
    search_fields = ("username", "full_name", "email", "phone")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "is_demo")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Person"), {"fields": ("full_name", "email", "phone", "language")}),
        (gettext_lazy("Access"), {"fields": ("is_active", "is_staff", "is_demo")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "full_name", "email", "phone", "language", "password1", "password2")}),
    )
    inlines = (AssignmentsOfPerson,)
    actions = ("reset_second_factor",)
    hidden_in_history = ("password",)

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        # Django's own relations of a user (groups, single permissions) are not used.
        return ()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            audit.record(
                actor=cast(User, request.user),
                action="user.password_set",
                target=self.get_object(request, id),
                note="admin",
            )
        return response

    @admin.action(description=gettext_lazy("Take away the second factor (lost phone)"), permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        people = list(queryset.exclude(pk=cast(User, request.user).pk))
        with transaction.atomic():
            Authenticator.objects.filter(user__in=people).delete()
            for person in people:
                audit.record(
                    actor=cast(User, request.user), action="user.second_factor_reset", target=person, note="admin"
                )
        count = len(people)
        text = ngettext(
            "{count} person sets up a new second factor at the next sign-in.",
            "{count} people set up a new second factor at the next sign-in.",
            count,
        )
        self.message_user(request, text.format(count=count), messages.SUCCESS)


@admin.register(Permission)
class PermissionAdmin(AuditedAdmin):
    """Only there so that roles can search permissions."""

    search_fields = ("name", "codename", "content_type__app_label")
    list_display = ("name", "content_type", "codename")
    list_select_related = ("content_type",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return request.user.has_perm("ministry.view_role")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Role)
class RoleAdmin(AuditedAdmin):
    """Named sets of permissions."""

    list_display = ("name", "code", "permission_count")
    search_fields = ("code", "name_ar", "name_en")
    fields = ("code", "name_ar", "name_en", "permissions", "incompatible_with")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(held=models.Count("permissions"))

    @admin.display(description=gettext_lazy("permissions"), ordering="held")
    def permission_count(self, role: Any) -> int:
        return role.held

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        # Code refers to roles by it.
        return ("code",) if obj else ()


class AssignmentForm(forms.ModelForm):
    """A role for a person, not for oneself."""

    # Set per request by the admin page.
    acting_user: User

    def clean_user(self) -> User:
        person = self.cleaned_data["user"]
        if person == self.acting_user:
            raise ValidationError(_("Nobody appoints themselves. Ask another administrator."))
        return person


@admin.register(StaffAssignment)
class StaffAssignmentAdmin(AuditedAdmin):
    """Who holds which role where and from when to when. Assignments end; they are not deleted."""

    form = AssignmentForm
    list_display = ("user", "role", "area", "starts_on", "ends_on")
    list_filter = ("role", "area__level", "starts_on", "ends_on")
    list_select_related = ("user", "role", "area")
    search_fields = ("user__username", "user__full_name", "area__name_ar", "area__name_en", "area__code")
    date_hierarchy = "starts_on"

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"acting_user": request.user})

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        if isinstance(obj, StaffAssignment) and obj.user_id == request.user.pk:
            return False
        return super().has_change_permission(request, obj)
