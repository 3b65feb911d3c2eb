"""The interface by its description, and the public form: no 5xx, no stored script, no split header, no lost text."""

import base64
import hashlib
import hmac
import itertools
import json
import time
import unicodedata
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints.api.schema import SCHEMA
from complaints.models import Complaint, IntakeDraft
from complaints.services import drafts
from ministry import reference
from tests.complaints.factories import partner_token
from tests.complaints.from_schema import ANYTHING, faults, text, values
from tests.complaints.test_api import SMS_URL, URL

pytestmark = pytest.mark.django_db
FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
KNOWN = {"category": ["data", "payment", "other"], "area": ["EG", "EG-AST", "EG-C"], "program": ["takaful"]}
_numbers = itertools.count(1)
_INTAKE = {"$ref": "#/components/schemas/Intake"}
_SMS = {"$ref": "#/components/schemas/Sms"}


@pytest.fixture
def token() -> str:
    reference.load_all()
    return partner_token()


def letters(words: object) -> list[str]:
    """Return what of a text is told: letters and digits, whatever the script, composed as they are kept."""
    return [one for one in unicodedata.normalize("NFC", str(words)) if one.isalnum()]


def holds(response: Any, path: str, method: str) -> dict[str, Any]:
    """Check an answer against the description, and return its body."""
    described = SCHEMA["paths"][path][method]["responses"]
    assert response.status_code < 500, response.content[:1000]
    assert str(response.status_code) in described, (response.status_code, response.content[:500])
    for name, value in response.headers.items():
        assert "\r" not in f"{name}{value}", (name, value)
        assert "\n" not in f"{name}{value}", (name, value)
    assert "Set-Cookie" not in response.headers
    (kind, content), *_more = described[str(response.status_code)]["content"].items()
    assert response["Content-Type"] == kind
    body = response.json()
    assert faults(body, content["schema"]) == []
    return body


def dumped(body: Any) -> bytes:
    return json.dumps(body).encode()


@FUZZ
@given(body=values(_INTAKE, KNOWN))
def test_whatever_fits_the_description_or_nearly_is_taken_in_whole_or_refused_with_a_reason(token, body):
    with transaction.atomic(), override_settings(COMPLAINTS_API_PER_MINUTE=10**6):
        response = Client(raise_request_exception=False).post(
            URL,
            dumped(body),
            content_type="application/json",
            headers={"authorization": f"Bearer {token}", "idempotency-key": f"k{next(_numbers)}"},
        )
        answer = holds(response, URL, "post")
        if response.status_code == 201:
            kept = Complaint.objects.get(code=answer["code"])
            assert letters(kept.story) == letters(body["story"])
            assert holds(
                Client().get(f"{URL}{kept.code}/", headers={"authorization": f"Bearer {token}"}),
                f"{URL}{{code}}/",
                "get",
            )
        elif response.status_code == 400:
            assert answer.get("errors") or answer["detail"]
        transaction.set_rollback(True)


def test_the_fuzz_takes_in_enough_to_mean_something(token):
    """Were everything refused, nothing would be shown: the description's own example is taken in."""
    body = {"kind": "praise", "category": "other", "area": "EG", "story": "شكرًا", "privacy": "anonymous"}
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "k"}
    response = Client().post(URL, dumped(body), content_type="application/json", headers=headers)
    assert response.status_code == 201
    assert faults({"code": "1"}, SCHEMA["components"]["schemas"]["Case"])


@FUZZ
@given(raw=st.one_of(st.binary(max_size=200), ANYTHING.map(dumped)), key=st.text(max_size=300))
def test_whatever_bytes_and_keys_are_answered(token, raw, key):
    key = key.encode("utf-8", "replace").decode("latin-1")
    with transaction.atomic(), override_settings(COMPLAINTS_API_PER_MINUTE=10**6):
        response = Client(raise_request_exception=False).post(
            URL,
            raw,
            content_type="application/json",
            headers={"authorization": f"Bearer {token}", "idempotency-key": key},
        )
        holds(response, URL, "post")
        transaction.set_rollback(True)


@FUZZ
@given(code=text())
def test_whatever_code_is_asked_for_is_not_found(token, code):
    path = reverse("complaints_api:complaint", args=["x"]).replace("/x/", "/{}/")
    with override_settings(COMPLAINTS_API_PER_MINUTE=10**6):
        answer = Client(raise_request_exception=False).get(
            path.format(code.encode("utf-8", "replace").decode("latin-1").replace("/", "").replace("?", "")),
            headers={"authorization": f"Bearer {token}"},
        )
    assert answer.status_code in {404, 405}


@FUZZ
@given(body=st.one_of(values(_SMS, {"from": ["+201001234567", "+201001234568"]}), ANYTHING))
def test_whatever_the_gateway_hands_in_is_answered_and_kept(token, body):
    raw = dumped(body)
    message_id, stamp = f"m{next(_numbers)}", str(int(time.time()))
    digest = hmac.new(b"secret", f"{message_id}.{stamp}.".encode() + raw, hashlib.sha256).digest()
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    with transaction.atomic(), override_settings(SMS_INBOUND_SECRETS=["secret"]):
        response = Client(raise_request_exception=False).post(
            SMS_URL, raw, content_type="application/json", headers=headers
        )
        holds(response, SMS_URL, "post")
        found = Complaint.objects.order_by("-pk").first()
        if found is not None and isinstance(body, dict):
            assert letters(found.story) == letters(body["text"])
        transaction.set_rollback(True)


class Danger(HTMLParser):
    """Finds what would run in a browser, besides the portal's own files."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            said = (value or "").strip().lower()
            if name.startswith("on") or said.startswith(("javascript:", "data:text")):
                self.found.append(f"{tag} {name}={value}")
            if tag == "script" and name == "src" and not said.startswith("/static/"):
                self.found.append(f"script from {value}")
        if tag == "script" and "src" not in dict(attrs) and dict(attrs).get("type") != "application/json":
            self.found.append("a script in the page")
        if tag in {"iframe", "object", "embed"}:
            self.found.append(tag)


def dangers(page: str) -> list[str]:
    parser = Danger()
    parser.feed(page)
    return parser.found


def test_the_search_for_scripts_finds_them():
    assert len(dangers('<script>x</script><img onerror="x"><a href=" javascript:x">')) == 3


STEPS: dict[str, dict[str, st.SearchStrategy[str]]] = {
    "kind": {"kind": st.sampled_from(["complaint", "enquiry"]) | text(), "website": text()},
    "category": {"category": st.sampled_from(["data", "payment"]) | text()},
    "program": {"program": text()},
    "place": {"place_governorate": text(), "place_district": text()},
    "story": {"story": text(5000)},
    "privacy": {"privacy": st.sampled_from(["named", "anonymous"]) | text()},
}


@pytest.mark.parametrize("step", STEPS)
@settings(FUZZ, max_examples=15)
@given(data=st.data())
def test_each_question_keeps_what_is_typed_or_says_what_is_wrong(token, step, data):
    # What no browser can send, halves of characters, is a question mark.
    drawn = {name: data.draw(strategy, label=name) for name, strategy in STEPS[step].items()}
    typed = {name: value.encode("utf-8", "replace").decode() for name, value in drawn.items()}
    path = reverse("complaints:intake_start") if step == "kind" else reverse("complaints:intake_step", args=[step])
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        response = client.post(path, typed)
        assert response.status_code in {302, 422}, response.content[:1000]
        assert not any(sign in value for value in response.headers.values() for sign in "\r\n")
        if response.status_code == 422:
            page = response.content.decode()
            assert dangers(page) == []
            # What was typed stands in the form again.
            for name, value in response.context["form"].data.items():
                assert name == "csrfmiddlewaretoken" or letters(value) == letters(typed[name])
        elif step == "story":
            kept = drafts.answers_of(IntakeDraft.objects.get())["story"]
            assert letters(kept) == letters(typed["story"])
        transaction.set_rollback(True)
