"""The demo's staff: one person for each role."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from ministry import audit
from ministry.models import Area, Role, StaffAssignment, User


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who signs in to look around: name, role, and the area whose affairs they see."""

    username: str
    full_name: str
    role: str
    area: str


PEOPLE = (
    DemoPerson("caseworker", "هناء عبد الرحيم سيد", "caseworker", "EG-AST"),
    DemoPerson("supervisor", "محمود فتحي عبد العال", "supervisor", "EG-AST"),
    DemoPerson("program_officer", "نجلاء إبراهيم الشافعي", "program_officer", "EG"),
    DemoPerson("finance_officer", "عماد صبحي ميخائيل", "finance_officer", "EG"),
    DemoPerson("finance_manager", "إيمان حسن الجندي", "finance_manager", "EG"),
    DemoPerson("treasurer", "طارق عبد المنعم شلبي", "treasurer", "EG"),
    DemoPerson("complaints_officer", "سماح رضا الدسوقي", "complaints_officer", "EG"),
    DemoPerson("vault_officer", "وفاء كمال حجازي", "vault_officer", "EG"),
    # A second one, who looks at what the first proposes.
    DemoPerson("vault_reviewer", "سلوى أنور عبد الحكيم", "vault_officer", "EG"),
    DemoPerson("ngo_officer", "أيمن السيد درويش", "ngo_officer", "EG"),
    DemoPerson("equality_officer", "منى عبد الله الشرقاوي", "equality_officer", "EG"),
    DemoPerson("auditor", "حسام الدين علي سلامة", "auditor", "EG"),
    DemoPerson("ngo_user", "مريم جرجس تادرس", "ngo_user", "EG"),
    DemoPerson("admin", "ياسر محمد غنيم", "administrator", "EG"),
)


def everybody_is_there() -> bool:
    """Tell whether each of the demo's people exists with an assignment."""
    known = StaffAssignment.objects.filter(user__is_demo=True).values_list("user__username", flat=True)
    return {person.username for person in PEOPLE} <= set(known)


@transaction.atomic
def appoint_everybody(on: dt.date) -> int:
    """Create the people who are missing and give each their role; return how many were created.

    They are marked as demo people: a production process refuses to start while one of them can sign in.
    """
    created = 0
    roles = {role.code: role for role in Role.objects.all()}
    areas = {area.code: area for area in Area.objects.filter(code__in={person.area for person in PEOPLE})}
    # One hash for all: the password is public, and hashing it for each would only take time.
    password = make_password(settings.DEMO_PASSWORD)
    for person in PEOPLE:
        user, added = User.objects.get_or_create(
            username=person.username,
            defaults={
                "full_name": person.full_name,
                "password": password,
                "is_demo": True,
                # Administrators work in the admin pages.
                "is_staff": person.role == "administrator",
            },
        )
        created += added
        if user.is_demo and not user.assignments.exists():
            assignment = StaffAssignment.objects.create(
                user=user,
                role=roles[person.role],
                area=areas[person.area],
                # Long enough ago for everything the demo lets them do.
                starts_on=on.replace(day=1) - dt.timedelta(days=365),
            )
            audit.record(actor=None, action="staff_assignment.appointed", target=assignment, note="manage.py demo")
    return created


def sign_ins() -> list[tuple[str, str, str, str]]:
    """Return sign-in name, full name, role and area of the demo's people, in the reader's language."""
    assignments = (
        StaffAssignment.objects.filter(user__is_demo=True, user__is_active=True)
        .select_related("user", "role", "area")
        .order_by("user_id")
    )
    return [
        (assignment.user.username, assignment.user.full_name, assignment.role.name, assignment.area.name)
        for assignment in assignments
    ]
