"""Roles of the ministry and what each may do.

The core names the roles; each app grants its own permissions to them in its `roles.py`, so that whoever adds a
permission says beside it who holds it. Administrators may change roles; what they took away is not given back.
"""

from dataclasses import dataclass

from django.contrib.auth.models import Permission
from django.db.models import Q

from ministry.models import Role


@dataclass(frozen=True)
class RoleName:
    """A role as shipped."""

    code: str
    name_ar: str
    name_en: str
    # Duties one person must not hold together with this one.
    incompatible_with: tuple[str, ...] = ()


ROLES = (
    RoleName("caseworker", "باحث اجتماعي", "Caseworker"),
    RoleName("supervisor", "مشرف الوحدة الاجتماعية", "Supervisor"),
    RoleName("program_officer", "مسؤول البرامج", "Programme officer"),
    RoleName("finance_officer", "مسؤول مالي (إعداد الصرف)", "Finance officer (prepares)"),
    RoleName("finance_manager", "مدير مالي (اعتماد الصرف)", "Finance manager (approves)", ("finance_officer",)),
    RoleName("treasurer", "أمين الخزينة (إطلاق الصرف)", "Treasurer (releases)", ("finance_officer", "finance_manager")),
    RoleName("complaints_officer", "مسؤول الشكاوى", "Complaints officer"),
    RoleName("vault_officer", "مسؤول الحالات السرية", "Confidential cases officer"),
    RoleName("ngo_officer", "مسؤول الجمعيات الأهلية", "NGO officer"),
    RoleName("equality_officer", "مسؤول تكافؤ الفرص", "Equal-opportunity officer"),
    RoleName("auditor", "مراجع", "Auditor"),
    RoleName("ngo_user", "ممثل جمعية أهلية", "NGO representative"),
    RoleName("administrator", "مدير النظام", "Administrator"),
)

_grants: dict[str, set[str]] = {}


def grant(role: str, *permissions: str) -> None:
    """Give a shipped role some permissions ("app.codename"); called from an app's `roles` module in `ready()`."""
    _grants.setdefault(role, set()).update(permissions)


def load() -> int:
    """Create the shipped roles and give them what is granted and was not loaded before. Returns the rows changed.

    Raises:
        ValueError: a grant names a role or permission that does not exist.
    """
    unknown_roles = _grants.keys() - {role.code for role in ROLES}
    if unknown_roles:
        raise ValueError(f"Grants name unknown roles: {', '.join(sorted(unknown_roles))}")
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    changed = 0
    for shipped in ROLES:
        role, added = Role.objects.get_or_create(
            code=shipped.code, defaults={"name_ar": shipped.name_ar, "name_en": shipped.name_en}
        )
        granted = _grants.get(shipped.code, set())
        if missing := granted - known.keys():
            raise ValueError(f"Role {shipped.code} is granted unknown permissions: {', '.join(sorted(missing))}")
        new = granted - set(role.shipped_permissions)
        if new:
            role.permissions.add(*(known[name] for name in new))
            role.shipped_permissions = sorted(set(role.shipped_permissions) | granted)
            role.save(update_fields=["shipped_permissions"])
        if added and shipped.incompatible_with:
            role.incompatible_with.set(Role.objects.filter(Q(code__in=shipped.incompatible_with)))
        changed += int(added) + len(new)
    return changed


grant("auditor", "ministry.view_auditentry", "ministry.view_disclosureentry", "ministry.view_rowversion")
grant("auditor", "ministry.view_seal", "ministry.view_job", "ministry.view_user", "ministry.view_role")
grant("auditor", "ministry.view_staffassignment")
for _model in ("area", "areafigure", "calendar", "holiday", "legalbasis", "noticetemplate"):
    grant("administrator", *(f"ministry.{verb}_{_model}" for verb in ("view", "add", "change")))
grant("administrator", "ministry.delete_holiday", "ministry.view_notice", "ministry.view_document")
for _verb in ("view_partner", "add_partner", "change_partner", "view_partnertoken", "issue_partner_token"):
    grant("administrator", f"ministry.{_verb}")
for _model in ("user", "role", "staffassignment"):
    grant("administrator", *(f"ministry.{verb}_{_model}" for verb in ("view", "add", "change")))
grant("administrator", "ministry.view_job", "ministry.cancel_job", "ministry.view_auditentry", "ministry.view_seal")
for _model in ("periodictask", "crontabschedule", "intervalschedule"):
    grant("administrator", *(f"django_celery_beat.{verb}_{_model}" for verb in ("view", "add", "change")))
