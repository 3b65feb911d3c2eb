import http.server
import json
import smtplib
import threading
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ministry import jobs, notices
from ministry.models import Notice, NoticeTemplate
from ministry.notices import registry, services, sms
from ministry.tasks import send_notice, tell_job_ended
from tests.ministry.factories import AreaFactory, UserFactory
from tests.ministry.job_kinds import counting

pytestmark = pytest.mark.django_db

S = Notice.Status


@pytest.fixture(autouse=True)
def _test_message(monkeypatch):
    monkeypatch.setattr(registry, "_messages", dict(registry._messages))
    notices.register(
        "enrolled",
        blanks=("program", "amount"),
        wordings={
            "sms": notices.Wording("تم قبولكم في {program} بمبلغ {amount}", "You are in {program} with {amount}"),
            "email": notices.Wording("نص {program}", "Text {program}", "قبول\r\nBcc: x@y.z", "Admission"),
        },
    )
    sms.MemoryBackend.outbox.clear()


def sms_to(recipient="+201001234567", key="k1", **options):
    options = {"context": {"program": "تكافل", "amount": "325"}} | options
    return notices.notify("enrolled", channel="sms", recipient=recipient, key=key, **options)


class TestNotify:
    def test_renders_in_the_persons_language(self):
        assert sms_to().body == "تم قبولكم في تكافل بمبلغ 325"
        assert sms_to(key="k2", language="en").body == "You are in تكافل with 325"
        english = UserFactory(language="en", phone="+20111")
        notice = sms_to("", "k3", user=english, context={"program": gettext_lazy("Waiting"), "amount": 1})
        assert (notice.body, notice.recipient) == ("You are in Waiting with 1", "+20111")

    def test_the_same_key_writes_and_sends_once(self, django_capture_on_commit_callbacks):
        first = sms_to()
        assert sms_to(context={"program": "كرامة", "amount": "1"}).pk == first.pk
        assert services.send(first.pk)
        assert not services.send(first.pk)
        with django_capture_on_commit_callbacks() as callbacks:
            sms_to()
        assert not callbacks
        assert len(sms.MemoryBackend.outbox) == 1

    def test_what_the_admin_worded_goes_out(self):
        registry.load()
        NoticeTemplate.objects.filter(code="enrolled", channel="sms").update(body_ar="مبروك {program}")
        assert registry.load() == 0
        assert sms_to().body == "مبروك تكافل"

    def test_wordings_cannot_reach_into_what_is_filled_in(self):
        registry.load()
        NoticeTemplate.objects.filter(code="enrolled", channel="sms").update(
            body_ar="{program.__class__} {program!r} {x}"
        )
        assert sms_to().body == "{program.__class__} {program!r} {x}"

    def test_a_blank_nobody_fills_in_is_refused_when_worded(self):
        registry.load()
        template = NoticeTemplate.objects.get(code="enrolled", channel="sms")
        template.full_clean()
        template.body_ar = "مرحبا {name}"
        with pytest.raises(ValidationError, match="name"):
            template.full_clean()

    def test_without_an_address_it_is_kept_as_failed(self):
        notice = sms_to("", user=UserFactory(phone=""))
        assert notice.status == S.FAILED
        assert notice.error

    def test_a_message_without_wording_is_a_fault_of_the_code(self):
        with pytest.raises(LookupError):
            notices.notify("unheard_of", channel="sms", recipient="1", key="k")


class TestSend:
    def test_by_sms(self):
        send_notice(sms_to().pk)
        assert sms.MemoryBackend.outbox == [
            {"recipient": "+201001234567", "text": "تم قبولكم في تكافل بمبلغ 325", "key": "k1"}
        ]
        assert Notice.objects.get().status == S.SENT

    def test_by_email_without_letting_headers_in(self):
        person = UserFactory(email="a@example.org")
        notice = notices.notify("enrolled", channel="email", user=person, key="k1", context={"program": "تكافل"})
        assert services.send(notice.pk)
        (message,) = mail.outbox
        assert (message.to, message.subject, message.body) == (["a@example.org"], "قبول Bcc: x@y.z", "نص تكافل")
        assert message.extra_headers["Message-ID"].endswith("@localhost>")

    def test_a_failure_is_tried_again_later_and_later_and_in_the_end_given_up(self, monkeypatch):
        monkeypatch.setattr(sms.MemoryBackend, "send", raising(sms.DeliveryFailed("gateway down")))
        notice = sms_to()
        now = timezone.now()
        waits = []
        for attempt in range(1, 7):
            with time_machine.travel(now, tick=False):
                assert services.due() == [notice.pk]
                assert not services.send(notice.pk)
                assert not services.send(notice.pk)
                assert services.due() == []
                notice.refresh_from_db()
                assert (notice.attempts, notice.error) == (attempt, "gateway down")
                if notice.status == S.QUEUED:
                    waits.append(notice.next_attempt_at - now)
                    now = notice.next_attempt_at
        assert waits == [timedelta(minutes=n) for n in (1, 5, 30, 120, 360)]
        assert notice.status == S.FAILED

    def test_a_refused_address_is_not_tried_again(self, monkeypatch):
        monkeypatch.setattr("django.core.mail.EmailMessage.send", raising(smtplib.SMTPRecipientsRefused({})))
        notice = notices.notify("enrolled", channel="email", recipient="gone@example.org", key="k1")
        assert not services.send(notice.pk)
        notice.refresh_from_db()
        assert notice.status == S.FAILED

    def test_a_sender_that_died_leaves_it_to_the_next(self):
        notice = sms_to()
        Notice.objects.update(attempts=1, next_attempt_at=timezone.now() + timedelta(minutes=2))
        assert services.due() == []
        with time_machine.travel(timezone.now() + timedelta(minutes=3)):
            assert services.send(notice.pk)

    def test_files_hold_a_line_for_each(self, settings, tmp_path):
        settings.DATA_DIR = tmp_path
        settings.SMS_BACKEND = "ministry.notices.sms.FileBackend"
        for number in range(2):
            services.send(sms_to(key=f"k{number}").pk)
        (file,) = (tmp_path / "sms").iterdir()
        assert [json.loads(line)["key"] for line in file.read_text().splitlines()] == ["k0", "k1"]
        assert file.stat().st_mode & 0o077 == 0


class Gateway(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.headers["Authorization"], self.headers["Idempotency-Key"], body))
        self.send_response(self.server.answer)
        if self.server.answer == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def gateway(settings):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.seen, server.answer = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_BACKEND = "ministry.notices.sms.HttpGateway"
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{server.server_address[1]}/send"
    settings.SMS_GATEWAY_TOKEN = "token"
    settings.SMS_SENDER = "MOSS"
    yield server
    server.shutdown()
    server.server_close()


class TestGateway:
    def test_posts_the_message_with_its_key(self, gateway):
        assert services.send(sms_to().pk)
        assert gateway.seen == [
            (
                "Bearer token",
                "k1",
                {"to": "+201001234567", "from": "MOSS", "text": "تم قبولكم في تكافل بمبلغ 325", "reference": "k1"},
            )
        ]

    @pytest.mark.parametrize(("answer", "status"), [(503, S.QUEUED), (429, S.QUEUED), (400, S.FAILED), (302, S.FAILED)])
    def test_what_the_gateway_answers_decides(self, gateway, answer, status):
        gateway.answer = answer
        assert not services.send(sms_to().pk)
        assert Notice.objects.get().status == status
        # A redirect is not followed.
        assert len(gateway.seen) == 1

    def test_out_of_reach_it_is_tried_again(self, gateway, settings):
        settings.SMS_GATEWAY_URL = "http://127.0.0.1:1/send"
        services.send(sms_to().pk)
        assert Notice.objects.get().status == S.QUEUED

    def test_numbers_never_travel_unencrypted(self, gateway, settings):
        settings.SMS_GATEWAY_URL = "http://sms.example.org/send"
        services.send(sms_to().pk)
        assert not gateway.seen
        assert "https" in Notice.objects.get().error


class TestJobs:
    def test_who_started_a_job_learns_that_it_has_ended(self):
        starter = UserFactory(language="en")
        job = jobs.run_now(jobs.start(kind="test.counting", params=counting(AreaFactory()), actor=starter))
        tell_job_ended(job.pk)
        tell_job_ended(job.pk)
        (notice,) = Notice.objects.in_portal(starter)
        assert notice.subject == "Finished: Counting"
        assert notice.url == f"/desk/jobs/{job.pk}/"
        assert notice.status == S.SENT
        assert notices.mark_read(user=starter) == 1
        assert notices.mark_read(user=starter) == 0

    def test_a_job_of_the_clock_tells_nobody(self):
        tell_job_ended(jobs.run_now(jobs.start(kind="test.growing", actor=None)).pk)
        assert not Notice.objects.exists()


def raising(error):
    def fail(*args, **kwargs):
        raise error

    return fail
