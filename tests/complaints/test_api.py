"""Partner systems: tokens, scopes, keys, problems; the SMS gateway: signatures, replays, parts, answers."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import threading
import time
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection
from django.test import Client, override_settings
from django.utils import timezone
from time_machine import travel

from complaints.models import Complaint, PartnerIntake, Party, SmsPart
from complaints.services import partners as intakes
from complaints.services import sms
from complaints.services.tracking import look_up
from ministry import reference
from ministry.models import Area, AuditEntry, Notice, Partner, PartnerToken
from ministry.partners import revoke_token, token_of
from tests.complaints.factories import STORY, answered, case, officer, partner_token, taken

pytestmark = pytest.mark.django_db
URL, SMS_URL = "/api/v1/complaints/", "/api/v1/sms/inbound/"
PHONE = "+201001234567"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@pytest.fixture
def data():
    reference.load_all()
    return {
        "kind": "complaint",
        "category": "data",
        "area": "EG-AST",
        "story": STORY,
        "complainant": {"name": "سعاد محمود", "phone": "0100 123 4567"},
    }


def post(body: object, token: str = "", key: str | None = None, **headers: str):
    given = {"authorization": f"Bearer {token}"} if token else {}
    if key is not None:
        given["idempotency-key"] = key
    raw = body if isinstance(body, str | bytes) else json.dumps(body)
    client = Client(raise_request_exception=False)
    return client.post(URL, raw, content_type="application/json", headers=given | headers)


def get(code: str, token: str):
    return Client(raise_request_exception=False).get(f"{URL}{code}/", headers={"authorization": f"Bearer {token}"})


def refused(response, status: int, code: str) -> dict:
    assert response.status_code == status, response.content[:500]
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code), body
    return body


class TestTakingIn:
    def test_a_case_with_code_pin_and_day(self, data):
        officer()
        response = post(data, partner_token(), "k-1")
        assert response.status_code == 201
        body = response.json()
        complaint = Complaint.objects.get()
        assert (complaint.channel, complaint.code, complaint.status) == ("api", body["code"], "received")
        assert look_up(code=body["code"], pin=body["pin"], address="a") == complaint
        assert body["due_on"] == complaint.due_on.isoformat()
        assert response["Location"].endswith(f"{URL}{complaint.code}/")
        assert Party.objects.get().phone == PHONE
        assert "no-store" in response["Cache-Control"]

    def test_the_same_key_is_the_same_case_and_the_same_answer(self, data):
        token = partner_token()
        first, second = post(data, token, "k-1"), post(data, token, "k-1")
        assert first.json() == second.json()
        assert second["Idempotent-Replayed"] == "true"
        assert Complaint.objects.count() == 1
        assert Notice.objects.filter(template_code="complaint_received").count() == 1

    def test_keys_of_two_partners_have_nothing_to_do_with_each_other(self, data):
        post(data, partner_token("one"), "k")
        post(data, partner_token("two"), "k")
        assert Complaint.objects.count() == 2

    def test_the_same_key_for_another_body_is_a_mistake(self, data):
        token = partner_token()
        post(data, token, "k-1")
        refused(post(data | {"story": "غير ذلك"}, token, "k-1"), 422, "key_reused")
        assert Complaint.objects.count() == 1

    @pytest.mark.parametrize(("key", "code"), [(None, "key_missing"), ("", "key_missing"), ("a b", "key_invalid")])
    def test_without_a_key_nothing_is_taken_in(self, data, key, code):
        refused(post(data, partner_token(), key), 400, code)

    def test_a_key_whose_body_was_refused_can_be_used_again(self, data):
        token = partner_token()
        refused(post(data | {"kind": "x"}, token, "k"), 400, "invalid")
        assert post(data, token, "k").status_code == 201

    def test_while_the_first_is_at_it_the_second_is_asked_to_wait_and_takes_over_when_it_died(self, data):
        token = partner_token()
        body_sha = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
        partner = Partner.objects.get()
        PartnerIntake.objects.create(partner=partner, key="k", body_sha256=body_sha, begun_at=timezone.now())
        response = post(data, token, "k")
        refused(response, 409, "in_flight")
        assert response["Retry-After"] == "1"
        PartnerIntake.objects.update(begun_at=timezone.now() - 2 * intakes.DEAD_AFTER)
        assert post(data, token, "k").status_code == 201

    def test_a_crash_between_case_and_answer_is_made_up(self, data, monkeypatch):
        token = partner_token()
        with monkeypatch.context() as broken:
            real = intakes.receive

            def dies_after(given):
                real(given)
                raise RuntimeError("power cut")

            broken.setattr(intakes, "receive", dies_after)
            assert post(data, token, "k").status_code == 500
        assert Complaint.objects.count() == 1
        PartnerIntake.objects.update(begun_at=timezone.now() - 2 * intakes.DEAD_AFTER)
        assert post(data, token, "k").json()["code"] == Complaint.objects.get().code

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"kind": "x"}, "kind", "invalid_choice"),
            ({"category": "nothing"}, "category", "does_not_exist"),
            ({"area": "EG-XX"}, "area", "does_not_exist"),
            ({"area": 5}, "area", "does_not_exist"),
            ({"area": ["EG-AST"]}, "area", "does_not_exist"),
            ({"story": ""}, "story", "blank"),
            ({"story": "\u200b \u202e"}, "story", "blank"),
            ({"story": "ي" * 5001}, "story", "max_length"),
            ({"story": "a\x00b"}, "story", "null_characters_not_allowed"),
            ({"story": "\ud800"}, "story", "half_character"),
            ({"complainant": {"name": "x", "phone": "12"}}, "complainant.phone", "phone"),
            ({"complainant": None}, "complainant", "required"),
            ({"privacy": "anonymous"}, "complainant", "anonymous"),
            ({"secret": 1}, "secret", "unknown"),
            ({"helper": {"relation": "أم"}}, "helper.name", "required"),
        ],
    )
    def test_a_wrong_field_is_named_with_its_reason(self, data, change, field, code):
        body = refused(post(data | change, partner_token(), "k"), 400, "invalid")
        assert (field, code) in [(one["field"], one["code"]) for one in body["errors"]]
        assert not Complaint.objects.exists()

    @pytest.mark.parametrize("body", ["", "{", "[]", "null", "5", '"x"', "[" * 100_000, b"\xff\xfe", "NaN"])
    def test_what_is_no_json_object_is_a_bad_request(self, data, body):
        assert post(body, partner_token(), "k").status_code == 400

    def test_too_large_is_said_before_it_is_read(self, data):
        refused(post(data | {"story": "x" * 300_000}, partner_token(), "k"), 413, "too_large")

    def test_another_kind_of_body_is_said(self, data):
        response = Client().post(
            URL, data={"kind": "x"}, headers={"authorization": f"Bearer {partner_token()}", "idempotency-key": "k"}
        )
        refused(response, 415, "unsupported_media_type")


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_with_one_key_are_one_case(data):
    token, barrier, statuses, codes = partner_token(), threading.Barrier(10), [], set()

    def send() -> None:
        barrier.wait()
        for _try in range(40):
            response = post(data, token, "same")
            if response.status_code != 409:
                break
            time.sleep(0.1)
        statuses.append(response.status_code)
        codes.add(response.json().get("code"))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(10)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    close_old_connections()
    assert statuses == [201] * 10
    assert codes == {Complaint.objects.get().code}


class TestAccess:
    def test_no_wrong_ended_or_revoked_token_gets_in(self, data):
        good = partner_token()
        for token in ("", "x", "spp_x", good[:-1], good + "x", "spp_é"):
            response = post(data, token, "k")
            assert response.status_code == 401, token
            assert response["WWW-Authenticate"].startswith("Bearer")
        with travel(timezone.now() + dt.timedelta(days=2), tick=False):
            refused(post(data, good, "k"), 401, "token_invalid")
        revoke_token(token=PartnerToken.objects.get(), actor=None)
        refused(post(data, good, "k"), 401, "token_invalid")
        assert not Complaint.objects.exists()

    def test_a_partner_out_of_use_is_out(self, data):
        token = partner_token()
        Partner.objects.update(is_active=False)
        refused(post(data, token, "k"), 401, "token_invalid")

    def test_each_call_needs_its_scope(self, data):
        reads, writes = partner_token("a", "complaints.read"), partner_token("b", "complaints.create")
        refused(post(data, reads, "k"), 403, "scope_missing")
        code = post(data, writes, "k").json()["code"]
        refused(get(code, writes), 403, "scope_missing")

    def test_a_person_signed_in_is_nobody_here(self, data, client):
        client.force_login(officer())
        assert client.post(URL, data, content_type="application/json").status_code == 401

    def test_a_token_lies_nowhere_in_clear(self):
        token = partner_token()
        assert token_of(token) is not None
        row = PartnerToken.objects.values_list("digest", "prefix").get()
        assert token not in row
        assert token[12:] not in str(list(AuditEntry.objects.values_list("data", flat=True)))

    def test_above_the_limit_it_is_said_when_to_come_again(self, data):
        token = partner_token()
        with override_settings(COMPLAINTS_API_PER_MINUTE=2):
            statuses = [get("1234567897", token).status_code for _ in range(3)]
            response = get("1234567897", token)
        assert statuses[-1] == 429
        assert 1 <= int(response["Retry-After"]) <= 61
        refused(response, 429, "throttled")

    def test_the_command_prints_a_token_in_development_only(self):
        Partner.objects.create(code="helpline", name_ar="خط")
        out = StringIO()
        call_command("issue_partner_token", "helpline", "--scope", "complaints.read", stdout=out)
        assert token_of(out.getvalue().strip()).scopes == ["complaints.read"]
        with pytest.raises(CommandError, match="no partner system"):
            call_command("issue_partner_token", "nobody")
        with override_settings(DEMO=False), pytest.raises(CommandError, match="Refused"):
            call_command("issue_partner_token", "helpline")


class TestStatus:
    def test_a_partner_sees_its_own_cases_and_learns_of_no_other(self, data):
        one, two = partner_token("one"), partner_token("two")
        code = post(data, one, "k").json()["code"]
        body = get(code, one).json()
        assert (body["status"], body["kind"]) == ("received", "complaint")
        assert "pin" not in body
        assert STORY not in json.dumps(body, ensure_ascii=False)
        foreign = refused(get(code, two), 404, "not_found")
        unknown = refused(get(case().code, one), 404, "not_found")
        assert foreign["detail"] == unknown["detail"]

    def test_that_it_looked_doubtful_or_is_about_to_be_dismissed_is_ours(self, data):
        me, token = officer(), partner_token()
        code = post(data, token, "k").json()["code"]
        complaint = taken(Complaint.objects.get(), me)
        answered(complaint, me, outcome="dismissed", remedy="none")
        assert get(code, token).json()["status"] == "in_progress"


def signed(body: bytes, message_id: str, *, stamp: int | None = None, secret: bytes = b"0123456789abcdef" * 2) -> dict:
    stamp = int(time.time()) if stamp is None else stamp
    digest = hmac.new(secret, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def text_in(text: str, sender: str = PHONE, message_id: str = "", headers: dict | None = None, **more: object):
    body = json.dumps({"from": sender, "text": text, **more}, ensure_ascii=False).encode()
    headers = headers if headers is not None else signed(body, message_id or uuid.uuid4().hex)
    client = Client(raise_request_exception=False)
    return client.post(SMS_URL, body, content_type="application/json", headers=headers)


def replies(template: str) -> list[str]:
    return list(Notice.objects.filter(template_code=template).order_by("pk").values_list("body", flat=True))


@pytest.fixture
def gateway(settings):
    settings.SMS_INBOUND_SECRETS = [SECRET]
    reference.load_all()
    officer()


@pytest.mark.usefixtures("gateway")
class TestSms:
    def test_a_message_becomes_a_case_and_is_answered_with_code_and_without_pin(self):
        response = text_in("ماكينة الصرف في أسيوط معطلة منذ أسبوع", sender="01001234567")
        assert response.status_code == 202
        complaint = Complaint.objects.get()
        assert (complaint.channel, complaint.area, complaint.status) == (
            "sms",
            Area.objects.get(code="EG-AST"),
            "received",
        )
        (body,) = replies("complaint_received_sms")
        assert str(complaint) in body
        assert Party.objects.get().phone == PHONE
        assert not Notice.objects.filter(template_code="complaint_received").exists()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda headers: headers | {"webhook-signature": "v1,AAAA"},
            lambda headers: headers | {"webhook-signature": ""},
            lambda headers: headers | {"webhook-id": "other"},
            lambda headers: headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)},
            lambda headers: {},
            lambda headers: headers | {"webhook-timestamp": "٣"},
            lambda headers: headers | {"webhook-signature": "v1," + "é" * 44},
        ],
    )
    def test_one_sign_changed_and_it_is_refused(self, spoil):
        body = json.dumps({"from": PHONE, "text": STORY}, ensure_ascii=False).encode()
        response = text_in(STORY, headers=spoil(signed(body, "m-1")))
        assert response.status_code == 401
        assert not SmsPart.objects.exists()

    @pytest.mark.parametrize("seconds", [-301, 301])
    def test_too_old_or_from_the_future_it_is_refused(self, seconds):
        body = json.dumps({"from": PHONE, "text": STORY}, ensure_ascii=False).encode()
        stamp = int(time.time()) + seconds
        assert text_in(STORY, headers=signed(body, "m-1", stamp=stamp)).status_code == 401

    def test_without_a_secret_nothing_comes_in(self, settings):
        settings.SMS_INBOUND_SECRETS = []
        assert text_in(STORY).status_code == 401

    def test_two_secrets_while_one_replaces_the_other(self, settings):
        settings.SMS_INBOUND_SECRETS = ["a-new-secret", SECRET]
        assert text_in(STORY).status_code == 202
        body = json.dumps({"from": PHONE, "text": "ثانية"}, ensure_ascii=False).encode()
        assert text_in("ثانية", headers=signed(body, "m", secret=b"a-new-secret")).status_code == 202

    def test_handed_in_again_nothing_happens(self):
        for _time in range(2):
            assert text_in(STORY, message_id="m-1").status_code == 202
        assert Complaint.objects.count() == 1
        assert len(replies("complaint_received_sms")) == 1

    def test_the_same_words_from_one_thumb_on_one_day_are_one_case(self):
        text_in(STORY)
        text_in(f"{STORY} ")
        assert Complaint.objects.count() == 1
        text_in(STORY, sender="+201001234568")
        assert Complaint.objects.count() == 2

    @pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
    def test_parts_are_joined_in_whatever_order_they_come(self, order):
        parts = {1: "لم أستلم المبلغ ", 2: "منذ ثلاثة أشهر ", 3: "وذهبت للبريد مرارًا"}
        for number in order:
            text_in(parts[number], group="g-7", part=number, parts=3)
        assert Complaint.objects.get().story == "".join(parts.values())
        assert set(SmsPart.objects.values_list("outcome", flat=True)) == {"new"}

    def test_a_part_that_never_comes_does_not_lose_the_others(self):
        text_in("لم أستلم المبلغ ", group="g", part=1, parts=3)
        text_in("وذهبت للبريد", group="g", part=3, parts=3)
        assert sms.take_in_what_waits() == 0
        later = timezone.now() + dt.timedelta(minutes=11)
        assert sms.take_in_what_waits(later) == 1
        assert sms.take_in_what_waits(later) == 0
        assert sms.MISSING in Complaint.objects.get().story

    def test_parts_of_two_senders_are_not_mixed(self):
        text_in("أ", group="g", part=1, parts=2)
        text_in("ب", sender="+201001234568", group="g", part=2, parts=2)
        assert not Complaint.objects.exists()

    def test_the_status_is_told_to_the_number_of_the_case_only(self):
        text_in(STORY)
        complaint = Complaint.objects.get()
        for words in (f"حالة {complaint.code}", f"حاله {complaint}", complaint.code, f"status {complaint.code}"):
            text_in(words)
        told = replies("complaint_sms_status")
        assert len(told) == 4
        assert all(str(complaint) in body for body in told)
        text_in(f"حالة {complaint.code}", sender="+201001234568")
        text_in("حالة 1234567897")
        first, second = replies("complaint_sms_unknown")
        assert first == second
        assert complaint.code not in first
        assert Complaint.objects.count() == 1

    def test_a_message_with_the_code_is_added_to_the_case(self):
        text_in(STORY)
        complaint = Complaint.objects.get()
        text_in(f"ما زلت أنتظر الرد بخصوص {complaint.code}")
        assert complaint.messages.get().text.startswith("ما زلت أنتظر")
        assert Complaint.objects.count() == 1
        text_in(f"ما زلت أنتظر الرد بخصوص {complaint.code}", sender="+201001234568")
        assert Complaint.objects.count() == 2

    @pytest.mark.parametrize("text", ["", "   ", "مساعدة", "؟", "help"])
    def test_help_is_one_message(self, text):
        text_in(text)
        assert not Complaint.objects.exists()
        assert len(replies("complaint_sms_help")) == 1

    def test_what_is_no_persons_number_is_kept_and_not_answered(self):
        text_in("عرض خاص!", sender="PROMO")
        assert SmsPart.objects.get().outcome == "ignored"
        assert not Notice.objects.exists()

    def test_very_many_from_one_number_are_held_and_none_is_lost(self):
        with override_settings(COMPLAINTS_PER_ADDRESS=2):
            for number in range(4):
                text_in(f"رسالة رقم {number} عن أمر مختلف")
        assert sorted(Complaint.objects.values_list("status", flat=True)) == ["held", "held", "received", "received"]

    def test_number_and_text_lie_sealed(self):
        text_in(STORY)
        with connection.cursor() as cursor:
            cursor.execute("SELECT sender, text, sender_mark FROM complaints_smspart")
            row = " ".join(cursor.fetchone())
        assert "1001234567" not in row
        assert STORY[:12] not in row

    @pytest.mark.parametrize(
        ("more", "field"),
        [({"part": 3, "parts": 2, "group": "g"}, "part"), ({"part": 1, "parts": 2}, "group"), ({"part": 0}, "part")],
    )
    def test_a_wrong_field_is_named(self, more, field):
        response = text_in("نص", **more)
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == field
