"""Every address under attack: missing tokens, repeated deeds, pretended methods, borrowed sessions, foreign hosts."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.forms import BooleanField
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from beneficiaries.models import ImportBatch
from ministry.models import Area, AuditEntry, Job, StaffAssignment, User
from tests.audiences import AUDIENCES
from tests.ministry.factories import UserFactory
from tests.visitors import Visitor, as_lines, is_sent_to_sign_in, nobody
from tests.world import GOVERNORATE, path_of

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-test-password"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "http:///evil.example",
]
# Addresses that do the same again when asked again, and may: they look, export, sign out or sign in.
REPEATABLE = (
    *("account_", "mfa_", "language_switch", "session_extend", "seals", "notice_list"),
    "beneficiaries:household_reveal",
)


def one_who_may(line: str, method: str, visitors: dict[str, Visitor]) -> Visitor | None:
    return next((visitor for visitor in visitors.values() if visitor.may(line, method)), None)


def form_of(response: HttpResponse) -> Any:
    return response.context.get("form") if response.context is not None else None


def filled(form: Any) -> dict[str, Any]:
    """Return what a person would send with this form: what it offers, and a word where it asks for one."""
    data = {}
    for name, field in (form.fields if form is not None else {}).items():
        initial = form.get_initial_for_field(field, name)
        choices = [value for value, _label in getattr(field, "choices", []) if value not in ("", None)]
        if choices:
            data[name] = str(choices[-1])
        elif isinstance(field, BooleanField):
            data[name] = "on"
        else:
            data[name] = "word" if initial is None else initial
    return data


def test_a_form_without_its_token_is_refused_everywhere(world, visitors):
    wrong = []
    for line, arguments in world.items():
        who = one_who_may(line, "post", visitors)
        if who is None:
            continue
        strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
        strict.cookies = who.client.cookies.copy()
        response = Visitor(strict).visit("post", path_of(line, arguments))
        if response.status_code not in {403, 405}:
            wrong.append((line, response.status_code))
    assert wrong == [], as_lines(wrong)


def test_reading_changes_nothing_whatever_method_it_pretends(world, visitors):
    wrong = []
    for line, arguments in world.items():
        who = one_who_may(line, "get", visitors)
        if who is None:
            continue
        with transaction.atomic():
            before = deeds()
            headers = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "DELETE", "X-Method-Override": "POST"}
            response = who.client.get(path_of(line, arguments), {"_method": "POST", "reason": "x"}, headers=headers)
            if response.status_code >= 500 or deeds() != before:
                wrong.append((line, response.status_code))
            transaction.set_rollback(True)
    assert wrong == [], as_lines(wrong)


def deeds() -> tuple[int, int]:
    """Return how many deeds are recorded, and how many jobs there are; an export is noted, but changes nothing."""
    return AuditEntry.objects.exclude(action__endswith=".exported").count(), Job.objects.count()


def test_what_is_confirmed_twice_is_done_once(world, visitors):
    wrong, done = [], 0
    for line, arguments in world.items():
        who = one_who_may(line, "post", visitors)
        if who is None or line.startswith(REPEATABLE):
            continue
        path = path_of(line, arguments)
        data = filled(form_of(who.visit("get", path)))
        with transaction.atomic():
            start = deeds()
            first = who.client.post(path, data)
            between = deeds()
            second = who.client.post(path, data)
            if max(first.status_code, second.status_code) >= 500 or deeds() != between:
                wrong.append((line, first.status_code, second.status_code))
            done += between != start
            transaction.set_rollback(True)
    assert wrong == [], as_lines(wrong)
    assert done > 15  # the forms were filled in well enough to do something


def test_what_is_shown_to_people_is_kept_nowhere(world, visitors):
    wrong = []
    for line, arguments in world.items():
        for visitor in {visitor.may(line, "get"): visitor for visitor in visitors.values()}.values():
            response = visitor.visit("get", path_of(line, arguments))
            kept = response.get("Cache-Control", "")
            if "no-store" not in kept or "private" not in kept:
                wrong.append((line, response.status_code, kept))
    assert wrong == [], as_lines(wrong)


def test_an_area_of_others_is_refused_in_a_form(world, strangers):
    before = ImportBatch.objects.count()
    foreign = Area.objects.get(code=GOVERNORATE)
    response = strangers["caseworker"].visit("post", reverse("beneficiaries:import_create"), data={"area": foreign.pk})
    assert response.status_code == 422
    assert response.context["form"].errors["area"]
    assert ImportBatch.objects.count() == before


class TestRightsThatEnd:
    def test_are_gone_with_the_next_page(self, world, visitors):
        visitor, path = visitors["caseworker"], reverse("beneficiaries:household_list")
        held = StaffAssignment.objects.filter(user__username__startswith="caseworker-")
        with transaction.atomic():
            assert visitor.client.get(path).status_code == 200
            yesterday = timezone.localdate() - dt.timedelta(days=1)
            held.update(starts_on=yesterday, ends_on=yesterday)
            assert visitor.client.get(path).status_code == 403
            transaction.set_rollback(True)

    def test_somebody_who_was_deactivated_is_signed_out(self, world, visitors):
        with transaction.atomic():
            User.objects.filter(username__startswith="caseworker-").update(is_active=False)
            assert is_sent_to_sign_in(visitors["caseworker"].client.get(reverse("desk")))
            transaction.set_rollback(True)


class TestSessions:
    @pytest.fixture
    def person(self, world) -> User:
        return UserFactory(username="somebody", email="somebody@example.org")

    def sign_in(self, client: Client, **extra: str) -> HttpResponse:
        return client.post(reverse("account_login"), {"login": "somebody", "password": PASSWORD, **extra})

    def test_a_session_planted_before_the_sign_in_is_worth_nothing_after_it(self, person):
        victim, thief = Client(), Client()
        session = victim.session
        session["planted"] = "x"
        session.save()
        victim.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        thief.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        assert self.sign_in(victim).status_code == 302
        assert victim.get(reverse("desk")).status_code == 200
        assert is_sent_to_sign_in(thief.get(reverse("desk")))

    def test_a_copied_session_ends_with_the_sign_out(self, person):
        owner, thief = Client(), Client()
        self.sign_in(owner)
        thief.cookies = owner.cookies.copy()
        assert thief.get(reverse("desk")).status_code == 200
        owner.post(reverse("account_logout"))
        assert is_sent_to_sign_in(thief.get(reverse("desk")))

    def test_a_copied_session_ends_with_the_password(self, person):
        thief = Client()
        self.sign_in(thief)
        person.set_password("another-long-password")
        person.save()
        assert is_sent_to_sign_in(thief.get(reverse("desk")))

    @pytest.mark.parametrize("target", ELSEWHERE)
    def test_signing_in_leads_to_no_other_site(self, person, target):
        response = self.sign_in(Client(), next=target)
        assert response.status_code == 302
        assert response["Location"].startswith("/desk/")

    @pytest.mark.parametrize("target", ELSEWHERE)
    def test_signing_out_and_extending_lead_to_no_other_site(self, person, target):
        client = Client()
        self.sign_in(client)
        for address in ("session_extend", "account_logout"):
            response = client.post(reverse(address), {"next": target})
            assert response.status_code == 302
            assert response["Location"] == "/"


class TestForeignHosts:
    @pytest.fixture(autouse=True)
    def _one_host(self, settings):
        settings.ALLOWED_HOSTS = ["portal.example"]

    def test_are_refused_on_every_public_page(self, world):
        wrong = []
        for line in (line for line in AUDIENCES if nobody().may(line, "get")):
            response = nobody().visit("get", path_of(line, world[line]), headers={"Host": "evil.example"})
            if response.status_code != 400 or b"evil.example" in response.content:
                wrong.append((line, response.status_code))
        assert wrong == [], as_lines(wrong)

    def test_do_not_get_into_the_mail_that_resets_a_password(self, world):
        UserFactory(username="forgetful", email="forgetful@example.org")
        for headers in ({"Host": "portal.example", "X-Forwarded-Host": "evil.example"}, {"Host": "evil.example"}):
            Client().post(reverse("account_reset_password"), {"email": "forgetful@example.org"}, headers=headers)
        assert len(mail.outbox) == 1
        assert "evil.example" not in mail.outbox[0].body
        assert "portal.example" in mail.outbox[0].body
