"""Registrations for tests, filled in through the services as a caseworker does; all invented."""

import uuid
from typing import Any

from beneficiaries.models import Disability, Registration
from beneficiaries.services import registrations as services
from ministry.models import Area, User

HEAD_ANSWERS = {
    "full_name": "سعاد محمود عبد الله",
    "mother_name": "نعمات حسن",
    "national_id": "",
    "birth_date": "15/6/1988",
    "sex": "F",
    "marital_status": "married",
    "phone": "01012345678",
    "years_schooling": "9",
    "in_school": "0",
}
CHILD_ANSWERS = HEAD_ANSWERS | {
    "full_name": "يوسف كمال حسن",
    "relationship": "child",
    "birth_date": "3/2/2015",
    "sex": "M",
    "marital_status": "single",
    "phone": "",
    "years_schooling": "4",
    "in_school": "1",
}


def answers(area: Area, people: int = 2) -> dict[str, dict[str, str]]:
    """Return answers to every section but the people, as a browser sends them."""
    health = {f"any_{number}": "0" for number in range(1, people + 1)} | {"pregnant_1": "0"}
    health |= {f"{domain}_{number}": "" for domain in Disability.Domain.values for number in range(1, people + 1)}
    return {
        "consent": {
            "basis": "consent", "register": "yes", "sharing": "no", "given_by": "سعاد محمود", "method": "signed",
            "given_on": "1/2/2025",
        },
        "address": {
            "area_governorate": str(area.pk), "area_district": "", "address": "شارع النيل، منزل 4", "urban": "1",
            "phone": "01012345678",
        },
        "members": {"count": str(people), "complete": "on"},
        "dwelling": {
            "tenure": "rented", "monthly_rent": "١٬٢٠٠", "rooms": "3", "bedrooms": "1", "wall": "brick",
            "floor": "cement", "roof": "concrete", "water": "piped_inside", "sanitation": "sewer",
            "electricity": "grid", "cooking_fuel": "gas", "waste": "?",
        },
        "work": {"income_monthly": "2,500.50"} | {f"works_{number}": "0" for number in range(1, people + 1)},
        "health": health,
        "assets": {
            "refrigerator": "1", "television": "1", "computer": "0", "mobile_phone": "1", "mobile_phones": "2",
            "tablets": "",
        },
        "documents": {"seen": "identity"},
        "declaration": {
            "declared_by": "سعاد محمود", "declared_on": "1/2/2025", "read_out": "on", "declared": "on",
        },
    }  # fmt: skip


def typed(values: dict[str, Any]) -> dict[str, list[str]]:
    """Return answers as the services keep them."""
    return {name: [value] for name, value in values.items()}


def filled(*, area: Area, actor: User, head: dict[str, str] | None = None, **changed: dict[str, str]) -> Registration:
    """Return a registration of a head and a child with every section done; `changed` replaces answers of sections."""
    registration = services.start_registration(area=area, actor=actor)
    common = {"registration": registration, "reasons": {}, "version": 0, "actor": actor}
    services.save_person(token=uuid.uuid4(), typed=typed(HEAD_ANSWERS | (head or {})), is_head=True, **common)
    services.save_person(token=uuid.uuid4(), typed=typed(CHILD_ANSWERS), **common)
    for code, values in answers(area).items():
        services.save_section(code=code, typed=typed(values | changed.get(code, {})), **common)
    registration.refresh_from_db()
    return registration
