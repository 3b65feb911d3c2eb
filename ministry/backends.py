"""Rights from assignments: a permission holds where, and as long as, a role that carries it is assigned."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend

from ministry.models import Area, User


class AssignmentBackend(BaseBackend):
    """Answers `user.has_perm(name)` (anywhere) and `user.has_perm(name, area)` (in that area).

    `is_superuser` gives nothing here: administrators hold roles like everybody else.
    """

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        if obj is not None and not isinstance(obj, Area):
            obj = getattr(obj, "area", None)
        return {
            name
            for assignment in user_obj.current_assignments()
            if obj is None or obj.path.startswith(assignment.area.path)
            for name in assignment.role.permission_names()
        }

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(name.startswith(f"{app_label}.") for name in self.get_all_permissions(user_obj))


class SignInBackend(AuthenticationBackend):
    """Checks user name and password; gives no rights of its own (Django's would give superusers all of them)."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return False
