"""`manage.py appoint USER ROLE AREA`: the first administrator of a new portal, and emergencies."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ministry import audit
from ministry.models import Area, Role, StaffAssignment, User


class Command(BaseCommand):
    """Give a person a role in an area from today on; in the portal administrators do this."""

    help = "Give USER the role ROLE within AREA from today on (administrators also need admin access: --admin)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user")
        parser.add_argument("role")
        parser.add_argument("area", help="Area code, e.g. EG or EG-AST")
        parser.add_argument("--admin", action="store_true", help="also let the person into the admin")

    def handle(self, *args: Any, **options: Any) -> None:
        user = self._get(User, "username", options["user"])
        assignment = StaffAssignment(
            user=user,
            role=self._get(Role, "code", options["role"]),
            area=self._get(Area, "code", options["area"]),
            starts_on=timezone.localdate(),
        )
        try:
            assignment.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        assignment.save()
        if options["admin"]:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
        audit.record(actor=None, action="staff_assignment.appointed", target=assignment, note="manage.py appoint")
        self.stdout.write(f"{user.username}: {assignment.role.code} in {assignment.area.code}")

    def _get(self, model: Any, field: str, value: str) -> Any:
        try:
            return model.objects.get(**{field: value})
        except model.DoesNotExist as error:
            known = ", ".join(model.objects.order_by(field).values_list(field, flat=True)[:30])
            raise CommandError(f"No {model._meta.verbose_name} {value!r}. Known: {known}") from error
