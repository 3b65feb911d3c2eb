"""People, areas and rights for tests."""

from collections.abc import Iterable
from typing import Any

import factory
from django.contrib.auth.models import Permission
from factory.django import DjangoModelFactory

from ministry.models import Area, Role, StaffAssignment, User


class AreaFactory(DjangoModelFactory):
    """A governorate directly under the root of the country."""

    class Meta:
        model = Area
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"EG-T{n}")
    level = Area.Level.GOVERNORATE
    name_ar = factory.LazyAttribute(lambda area: f"محافظة {area.code}")
    name_en = factory.LazyAttribute(lambda area: f"Governorate {area.code}")
    parent = factory.LazyFunction(lambda: country())


def country() -> Area:
    """Return the root of the area tree."""
    return Area.objects.get_or_create(
        code="EG", defaults={"level": Area.Level.COUNTRY, "name_ar": "مصر", "name_en": "Egypt"}
    )[0]


def permission(name: str) -> Permission:
    """Return the permission "app.codename"."""
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


class UserFactory(DjangoModelFactory):
    """Someone who may sign in; `permissions` are held within `area` (default: the whole country)."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    full_name = factory.Sequence(lambda n: f"موظف {n}")
    password = factory.django.Password("a-long-test-password")

    @factory.post_generation
    def permissions(self: User, create: bool, names: Iterable[str] | None, **options: Any) -> None:  # type: ignore[misc]
        if names:
            appoint(self, permissions=names, area=options.get("area"))


def appoint(user: User, *, permissions: Iterable[str], area: Area | None = None) -> StaffAssignment:
    """Give `user` a role of their own with `permissions` within `area`."""
    role = Role.objects.create(code=f"role-of-{user.username}-{Role.objects.count()}", name_ar="دور", name_en="Role")
    role.permissions.set([permission(name) for name in permissions])
    if hasattr(user, "_current_assignments"):
        del user._current_assignments
    return StaffAssignment.objects.create(user=user, role=role, area=area or country())
