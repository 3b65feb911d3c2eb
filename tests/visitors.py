"""People who go through the portal's addresses; whatever a visit changes is undone after it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from ministry.models import Area, Role, StaffAssignment
from ministry.roles import ROLES
from tests.audiences import PUBLIC, audience_of
from tests.ministry.factories import AreaFactory, UserFactory
from tests.world import Arguments, build_world

ROLE_CODES = [role.code for role in ROLES]
WITHOUT_MEMORY = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


@dataclass(frozen=True)
class Visitor:
    """Somebody who goes through the addresses; whatever a visit changes is undone after it."""

    client: Client
    granted: frozenset[str] = frozenset()
    is_signed_in: bool = True

    def visit(self, method: str, path: str, **options: object) -> HttpResponse:
        cookies = self.client.cookies.copy()
        with transaction.atomic():
            response = getattr(self.client, method)(path, **options)
            if response.streaming:
                b"".join(response.streaming_content)
            transaction.set_rollback(True)
        self.client.cookies = cookies
        return response

    def may(self, line: str, method: str) -> bool:
        audience = audience_of(line, method)
        if isinstance(audience, str):
            return audience == PUBLIC or self.is_signed_in
        if isinstance(audience, frozenset):
            return self.granted >= audience
        return bool(self.granted & set(audience))


def nobody() -> Visitor:
    return Visitor(Client(raise_request_exception=False), is_signed_in=False)


def somebody(role_code: str, area: Area, *, is_staff: bool = False) -> Visitor:
    role = Role.objects.get(code=role_code)
    user = UserFactory(username=f"{role_code}-{area.code}-{is_staff}", language="en", is_staff=is_staff)
    StaffAssignment.objects.create(user=user, role=role, area=area)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x", "used_mask": 0})
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return Visitor(client, frozenset(role.permission_names()))


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[dict[str, Arguments]]:
    """Build one world for all visitors, which is gone afterwards. Limits of attempts would stop the walk."""
    options = {"CACHES": WITHOUT_MEMORY, "MEDIA_ROOT": tmp_path_factory.mktemp("media")}
    with django_db_blocker.unblock(), override_settings(**options), transaction.atomic():
        yield build_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def visitors(world) -> dict[str, Visitor]:
    """One of each role, appointed for the whole country."""
    country = Area.objects.get(code=settings.COUNTRY)
    return {code: somebody(code, country) for code in ROLE_CODES}


@pytest.fixture(scope="module")
def strangers(world) -> dict[str, Visitor]:
    """One of each role, appointed in a governorate in which nothing of the world lies."""
    elsewhere = AreaFactory(code="EG-ELSEWHERE")
    return {code: somebody(code, elsewhere) for code in ROLE_CODES}


def is_sent_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith(reverse("account_login"))


def as_lines(wrong: list[tuple[object, ...]]) -> str:
    return "\n".join(" ".join(str(part) for part in case) for case in wrong)
