from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_backends
from django.contrib.auth.models import AbstractUser, Permission
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ministry.guards import keep_history
from ministry.models.area import Area
from ministry.models.bilingual import Bilingual
from ministry.querysets import StaffAssignmentQuerySet


class User(AbstractUser):
    """Someone who signs in. Rights come only from assignments: a role, within an area, for a time."""

    full_name = models.CharField(_("full name"), max_length=200, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("ar", _("Arabic")), ("en", _("English"))], default="ar"
    )
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    # Marks people of the demo; production refuses to start while one of them is active.
    is_demo = models.BooleanField(_("demo person"), default=False, editable=False)

    class Meta(AbstractUser.Meta):
        ordering = ["username"]
        triggers = keep_history()

    def __str__(self) -> str:
        return self.full_name or self.username

    # SECURITY: Django lets superusers pass every check; here nobody sees or does what no role gives them.
    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_active and any(backend.has_perm(self, perm, obj) for backend in get_backends())

    def has_perms(self, perm_list: Iterable[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and any(name.startswith(f"{app_label}.") for name in self.get_all_permissions())

    def current_assignments(self) -> "list[StaffAssignment]":
        """Return today's assignments with role and area, read once per instance (that is, per request)."""
        if not hasattr(self, "_current_assignments"):
            self._current_assignments = list(
                self.assignments.current(timezone.localdate()).select_related("role", "area")
            )
        return self._current_assignments

    def area_paths_with(self, permission: str) -> list[str]:
        """Return the paths of the areas in which the user holds `permission` ("app.codename")."""
        if not self.is_active:
            return []
        return sorted(
            {
                assignment.area.path
                for assignment in self.current_assignments()
                if permission in assignment.role.permission_names()
            }
        )


class Role(Bilingual):
    """A named set of permissions, e.g. caseworker."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    permissions = models.ManyToManyField(Permission, blank=True, verbose_name=_("permissions"))
    # Roles that must not be held together by one person (incompatible duties), e.g. preparing and approving payments.
    incompatible_with = models.ManyToManyField("self", blank=True, verbose_name=_("incompatible with"))

    # What was loaded with the product, so that a permission an administrator took away is not given back.
    shipped_permissions = ArrayField(models.CharField(max_length=120), default=list, blank=True, editable=False)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["code"]
        triggers = keep_history()

    def permission_names(self) -> frozenset[str]:
        """Return the role's permissions as "app.codename"."""
        if not hasattr(self, "_permission_names"):
            self._permission_names = frozenset(
                f"{app}.{codename}"
                for app, codename in self.permissions.values_list("content_type__app_label", "codename")
            )
        return self._permission_names


class _Range(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class StaffAssignment(models.Model):
    """A person holds a role within an area's subtree, both days included (no end: until further notice)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="assignments", verbose_name=_("person"))
    role = models.ForeignKey(Role, models.PROTECT, related_name="assignments", verbose_name=_("role"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="assignments", verbose_name=_("area"))
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = StaffAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("staff assignment")
        verbose_name_plural = _("staff assignments")
        ordering = ["user", "starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="assignment_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            ExclusionConstraint(
                name="assignment_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    (_Range("starts_on", "ends_on", models.Value("[]")), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"{self.user_id} · {self.role} · {self.area}"

    def clean(self) -> None:
        super().clean()
        if self.ends_on and self.starts_on and self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": _("The end must not lie before the start.")})
        if self.user_id and self.role_id and self.starts_on:
            self._refuse_incompatible_role()

    def _refuse_incompatible_role(self) -> None:
        others = (
            StaffAssignment.objects.filter(
                Q(ends_on__isnull=True) | Q(ends_on__gte=self.starts_on),
                Q(role__incompatible_with=self.role_id),
                user_id=self.user_id,
            )
            .exclude(pk=self.pk)
            .select_related("role")
        )
        if self.ends_on:
            others = others.filter(starts_on__lte=self.ends_on)
        if other := others.first():
            raise ValidationError(
                {
                    "role": _(
                        "This person holds the role {role}, which must not be held together with this one."
                    ).format(role=other.role)
                }
            )
