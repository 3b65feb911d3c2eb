"""Households whose life changes, and the two people a change takes."""

import datetime as dt
import io
import itertools
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from PIL import Image

from beneficiaries.changes import KINDS
from beneficiaries.models import ChangeRequest, Household, Individual
from beneficiaries.services import change_requests as services
from ministry.models import Area, User
from ministry.text import name_key, name_skeletons, phone_key
from tests.beneficiaries.factories import household_of
from tests.ministry.factories import UserFactory

_numbers = itertools.count(1)
READ = [
    "beneficiaries.view_household",
    "beneficiaries.view_individual",
    "beneficiaries.view_changerequest",
]
WEDDING = dt.date(2026, 5, 1)


def district(of: str = "EG-T1") -> Area:
    """Return a district of a governorate of its own."""
    number = next(_numbers)
    governorate = Area.objects.get_or_create(
        code=of,
        defaults={
            "level": "governorate",
            "name_ar": "محافظة",
            "name_en": "Governorate",
            "parent": Area.objects.get_or_create(
                code="EG", defaults={"level": "country", "name_ar": "مصر", "name_en": "Egypt"}
            )[0],
        },
    )[0]
    return Area.objects.create(
        code=f"{of}-D{number}",
        level="district",
        name_ar=f"مركز {number}",
        name_en=f"District {number}",
        parent=governorate,
    )


def caseworker(area: Area | None = None) -> User:
    """Return somebody who may ask for changes."""
    return UserFactory(permissions=[*READ, "beneficiaries.add_changerequest"], permissions__area=area)


def supervisor(area: Area | None = None) -> User:
    """Return somebody who may approve them."""
    return UserFactory(
        permissions=[*READ, "beneficiaries.add_changerequest", "beneficiaries.approve_changerequest"],
        permissions__area=area,
    )


def person(name: str, **traits: Any) -> dict[str, Any]:
    """Return the traits of somebody with a name and the keys made of it."""
    return traits | {"full_name": name, "name_key": name_key(name), "name_skeletons": name_skeletons(name)}


def family(area: Area | None = None, **traits: Any) -> Household:
    """Return a couple with a son of 15 and a daughter of 8."""
    return household_of(
        person(
            "كمال حسن علي",
            sex="M",
            birth_date=dt.date(1980, 2, 3),
            marital_status="married",
            phone="01012345678",
            phone_key=phone_key("01012345678"),
        ),
        person("سعاد محمود", birth_date=dt.date(1984, 6, 15), marital_status="married", relationship="spouse"),
        person("يوسف كمال", sex="M", birth_date=dt.date(2011, 1, 9), in_school=True, marital_status="single"),
        person("مريم كمال", birth_date=dt.date(2018, 3, 1), in_school=True, marital_status="single"),
        area=area or district(),
        **{"income_monthly": 1200, "address": "شارع النيل 4", **traits},
    )


def member(household: Household, relationship: str, position: int = 0) -> Individual:
    """Return one of the members, by what they are to the head."""
    memberships = household.memberships.current().filter(relationship=relationship).order_by("pk")
    return memberships[position].individual


def picture(name: str = "paper.png") -> SimpleUploadedFile:
    """Return a small photograph of a paper."""
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/png")


def typed(kind: str, household: Household, reader: User, **answers: Any) -> Any:
    """Return the form of a kind as somebody has filled it in."""
    data = QueryDict(mutable=True)
    for name, value in {"effective_on": "1/5/2026", **answers}.items():
        if isinstance(value, list):
            data.setlist(name, [str(one) for one in value])
        else:
            data[name] = str(value)
    return KINDS[kind].form_class(data, household=household, reader=reader)


def draft(kind: str, household: Household, actor: User, **answers: Any) -> ChangeRequest:
    """Return a draft made the way the page makes it."""
    form = typed(kind, household, actor, **answers)
    assert form.is_valid(), form.errors.as_json(escape_html=False)
    return services.draft_change_request(
        household=household,
        kind=kind,
        effective_on=form.cleaned_data["effective_on"],
        answers=form.answers(),
        other_household_id=form.other_household_id(),
        note=form.cleaned_data["note"],
        actor=actor,
    )


def with_papers(request: ChangeRequest) -> ChangeRequest:
    """Attach every paper the kind needs."""
    for kind, _name in services.missing_papers(request):
        services.attach_evidence(request=request, kind=kind, upload=picture(), actor=request.requested_by)
    return request


def submitted(kind: str, household: Household, actor: User | None = None, **answers: Any) -> ChangeRequest:
    """Return a submitted request with its papers."""
    actor = actor or caseworker()
    return services.submit_change_request(request=with_papers(draft(kind, household, actor, **answers)), actor=actor)


def applied(kind: str, household: Household, **answers: Any) -> ChangeRequest:
    """Return a request that two people have brought into the register."""
    return services.approve_change_request(request=submitted(kind, household, **answers), actor=supervisor())
