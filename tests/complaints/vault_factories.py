"""Confidential cases for tests, all invented."""

import datetime as dt
from typing import Any

from django.core.files.base import ContentFile

from complaints.models import Category, SupportService, VaultCase
from complaints.services.intake import Person, Receipt, receive
from complaints.services.vault import casework, referrals
from complaints.vault import KEEPER, opened
from complaints.views.vault import VERBS
from ministry.models import Area, User
from tests.complaints.factories import at, intake, staff
from tests.ministry.factories import country

RIGHTS = ("complaints.view_vaultcase", "complaints.work_vaultcase", "complaints.confirm_vaultcase")
PHONE = "+201007654321"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def focal_point(area: Area | None = None) -> User:
    """Return somebody who deals with confidential cases there (default: everywhere)."""
    return staff(*RIGHTS, area=area)


def matter(code: str = "violence") -> Category:
    return Category.objects.get_or_create(
        code=code, defaults={"name_ar": f"سري {code}", "name_en": f"Confidential {code}", "is_sensitive": True}
    )[0]


def told(when: dt.datetime | None = None, *, about: str = "violence", **values: Any) -> Receipt:
    """Take a confidential case in, as the web page does."""
    given: dict[str, Any] = {
        "category": matter(about),
        "privacy": "confidential",
        "story": "ما حدث",
        "complainant": Person(name="مها", phone=PHONE),
    }
    return receive(intake(**(given | values)), at=when or at(4))


def secret(when: dt.datetime | None = None, **values: Any) -> VaultCase:
    case = told(when, **values).complaint
    assert isinstance(case, VaultCase)
    return case


def service(code: str = "shelter", area: Area | None = None) -> SupportService:
    return SupportService.objects.get_or_create(
        code=code, defaults={"name_ar": "دار", "name_en": "House", "kind": "shelter", "area": area or country()}
    )[0]


def again(case: VaultCase) -> VaultCase:
    """Return a case as it stands."""
    with opened(KEEPER):
        return VaultCase.objects.select_related("area").get(pk=case.pk)


def worked(
    case: VaultCase, by: User, *, risk: str = VaultCase.Risk.MEDIUM, now: dt.datetime | None = None
) -> VaultCase:
    """Return a case somebody has taken and looked at."""
    casework.assign(case=case, officer=by, actor=by, now=now)
    return casework.assess(case=case, risk=risk, plan="خطة", actor=by, now=now)


def proposed(case: VaultCase, by: User, now: dt.datetime | None = None) -> VaultCase:
    return casework.propose_closing(
        case=worked(case, by, now=now), outcome="safe", reasons="في أمان", actor=by, now=now
    )


def asked(case: VaultCase, by: User, **values: Any) -> Any:
    given = {"service": service(), "purpose": "مأوى", "shares": ["name"]} | values
    return referrals.ask(case=case, actor=by, **given)


def a_world_of_the_vault(area: Area) -> dict[str, dict[str, Any]]:
    """Make confidential cases there, and return what the arguments of their addresses lead to."""
    me = focal_point(area)
    fresh, closing = secret(area=area), proposed(secret(area=area), me)
    mine = worked(secret(area=area, files=[ContentFile(PDF, name="a.pdf")]), me)
    asked(mine, me)
    with opened(me):
        file = mine.files.defer("content").get()
    casework.admit_file(file=file, reason="مستند", actor=me)
    leads_to = {"take": fresh, "assign": fresh, "name": fresh, "confirm": closing, "send_back": closing}
    return {
        "complaints:vault_case": {"ref": str(fresh.ref)},
        "complaints:vault_file": {"ref": str(mine.ref), "pk": file.pk},
        **{
            f"complaints:vault_verb[{verb}]": {"ref": str(leads_to.get(verb, mine).ref), "verb": verb} for verb in VERBS
        },
    }
