"""The public's pages without an account and without scripts, and the desk's."""

import datetime as dt
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from time_machine import travel

from complaints.models import Complaint, IntakeDraft
from complaints.queries.figures import months
from complaints.services import answers, casework
from ministry import reference
from ministry.models import Area, DisclosureEntry, User
from tests.complaints.factories import STORY, answered, at, case, governorate, officer, received, taken, unit

pytestmark = pytest.mark.django_db
NEW = "complaints:intake_step"


@pytest.fixture
def visitor() -> Client:
    reference.load_all()
    return Client(headers={"accept-language": "en"})


def fill(visitor: Client, step: str, **data: object) -> str:
    """Answer a question and return where that leads."""
    path = reverse("complaints:intake_start") if step == "kind" else reverse(NEW, args=[step])
    response = visitor.post(path, data)
    assert response.status_code == 302, (step, response.context["form"].errors)
    return response["Location"]


def go_through(visitor: Client, **other: object) -> None:
    place = Area.objects.get(code="EG-AST")
    fill(visitor, "kind", kind="complaint", website="")
    fill(visitor, "category", category=other.get("category", "data"))
    fill(visitor, "place", place_governorate=place.pk, place_district="")
    fill(visitor, "story", story=other.get("story", STORY))
    fill(visitor, "files")
    fill(visitor, "privacy", privacy=other.get("privacy", "named"))
    if other.get("privacy") != "anonymous":
        fill(visitor, "contact", for_whom="self", name="سعاد محمود", phone="01001234567")


class TestWritingToUs:
    def test_one_question_after_the_other_to_code_and_pin(self, visitor):
        go_through(visitor)
        check = visitor.get(reverse("complaints:intake_check"))
        assert STORY in check.content.decode()
        first = visitor.post(reverse("complaints:intake_check"))
        second = visitor.post(reverse("complaints:intake_check"))
        assert first["Location"] == second["Location"] == reverse("complaints:intake_done")
        complaint = Complaint.objects.get()
        page = visitor.get(reverse("complaints:intake_done")).content.decode()
        assert str(complaint) in page
        assert not IntakeDraft.objects.exists()

    def test_the_receipt_opens_the_case(self, visitor):
        go_through(visitor, privacy="anonymous")
        visitor.post(reverse("complaints:intake_check"))
        pin = visitor.get(reverse("complaints:intake_done")).context["pin"]
        opened = visitor.post(reverse("complaints:track"), {"code": Complaint.objects.get().code, "pin": pin})
        assert opened["Location"] == reverse("complaints:case")
        assert STORY in visitor.get(opened["Location"]).content.decode()

    def test_the_programme_is_asked_where_it_matters(self, visitor):
        fill(visitor, "kind", kind="complaint")
        assert fill(visitor, "category", category="payment") == reverse(NEW, args=["program"])
        assert fill(visitor, "program", program="") == reverse(NEW, args=["place"])

    def test_a_wrong_answer_is_said_and_what_was_typed_stays(self, visitor):
        fill(visitor, "kind", kind="complaint")
        response = visitor.post(reverse(NEW, args=["contact"]), {"for_whom": "other", "name": "منى", "phone": "12"})
        assert response.status_code == 422
        page = response.content.decode()
        assert 'value="منى"' in page
        assert "for example" in page

    def test_a_story_sent_after_the_draft_is_gone_is_not_lost(self, visitor):
        fill(visitor, "story", story=STORY)
        fill(visitor, "kind", kind="enquiry")
        page = visitor.get(reverse(NEW, args=["story"]))
        assert page["Location"] == reverse(NEW, args=["category"])
        fill(visitor, "category", category="other")
        fill(visitor, "place", place_governorate=Area.objects.get(code="EG-AST").pk, place_district="")
        assert STORY in visitor.get(reverse(NEW, args=["story"])).content.decode()

    def test_later_pages_lead_to_the_first_open_question(self, visitor):
        assert visitor.get(reverse(NEW, args=["privacy"]))["Location"] == reverse("complaints:intake_start")
        assert visitor.get(reverse("complaints:intake_check"))["Location"] == reverse("complaints:intake_start")
        assert visitor.get(reverse(NEW, args=["nonsense"])).status_code == 404

    def test_a_file_is_taken_away_again_by_its_sender_alone(self, visitor):
        fill(visitor, "kind", kind="complaint")
        upload = SimpleUploadedFile("receipt.pdf", b"%PDF-1.4\n%%EOF\n", content_type="application/pdf")
        assert fill(visitor, "files", file=upload, another="1") == reverse(NEW, args=["files"])
        kept = IntakeDraft.objects.get().files.get()
        away = reverse("complaints:draft_file_remove", args=[kept.pk])
        other = Client()
        fill(other, "kind", kind="complaint")
        assert other.post(away).status_code == 404
        assert visitor.post(away)["Location"] == reverse(NEW, args=["files"])
        assert not IntakeDraft.objects.filter(files__isnull=False).exists()
        assert visitor.post(away).status_code == 404

    def test_leaving_quickly_leaves_nothing(self, visitor):
        fill(visitor, "kind", kind="complaint")
        response = visitor.get(reverse("complaints:leave"))
        assert response["Location"].startswith("https://")
        assert not IntakeDraft.objects.exists()
        assert visitor.get(reverse("complaints:intake_check"))["Location"] == reverse("complaints:intake_start")

    def test_answers_on_the_way_lie_sealed(self, visitor):
        fill(visitor, "story", story=STORY)
        with connection.cursor() as cursor:
            cursor.execute("SELECT answers FROM complaints_intakedraft")
            assert STORY[:10] not in cursor.fetchone()[0]

    def test_help_is_found_by_words(self, visitor):
        page = visitor.get(reverse("complaints:public"), {"q": "card"}).content.decode()
        assert "I have lost my card" in page
        assert "We have moved" not in page

    @pytest.mark.parametrize(
        "story",
        [
            "<script>alert(1)</script>",
            "سطر\r\nX-Header: x\r\n\r\n<b>",
            "a\x00b" + "ي" * 50,
            "‮RTL" + "😀" * 40,
            "{{ 7|add:7 }}{% now %}",
            "ي" * 5000,
            "ي" * 5001,
            "=cmd|' /C calc'!A0",
        ],
    )
    def test_whatever_is_typed_is_kept_or_said_and_never_runs(self, visitor, story):
        fill(visitor, "kind", kind="complaint")
        response = visitor.post(reverse(NEW, args=["story"]), {"story": story})
        assert response.status_code in {302, 422}
        if response.status_code == 422:
            return
        go_through(visitor, story=story, privacy="anonymous")
        # A person takes longer than a test.
        IntakeDraft.objects.update(created_at=timezone.now() - dt.timedelta(minutes=3))
        assert visitor.post(reverse("complaints:intake_check")).status_code == 302
        kept = Complaint.objects.get()
        assert [c for c in kept.story if c.isalnum()] == [c for c in story if c.isalnum()]
        reader = signed_in(officer())
        page = reader.get(kept.get_absolute_url()).content.decode()
        assert "<script>alert" not in page
        assert kept.status == "received"
        assert escape(kept.story.split("\n")[0][:40]) in page


class TestTracking:
    def test_unknown_code_and_wrong_pin_are_one_page(self, visitor):
        receipt = received()
        wrong = "000000" if receipt.pin != "000000" else "111111"
        pages = []
        for code in (receipt.complaint.code, "1234567897"):
            response = visitor.post(reverse("complaints:track"), {"code": code, "pin": wrong})
            assert response.status_code == 422
            body = response.content.decode()
            pages.append(body.replace(code, "").replace(response.wsgi_request.META.get("CSRF_COOKIE", "-"), ""))
        assert re.sub(r'value="[A-Za-z0-9]{64}"', "", pages[0]) == re.sub(r'value="[A-Za-z0-9]{64}"', "", pages[1])

    def test_too_many_tries_close_the_code_for_a_while(self, visitor):
        receipt = received()
        for number in range(5):
            visitor.post(reverse("complaints:track"), {"code": receipt.complaint.code, "pin": f"{number:06}"})
        response = visitor.post(reverse("complaints:track"), {"code": receipt.complaint.code, "pin": receipt.pin})
        assert response.status_code == 429
        assert "too many tries" in response.content.decode()

    def test_nobody_sees_a_case_without_its_pin(self, visitor):
        received()
        for path in (reverse("complaints:case"), reverse("complaints:case_verb", args=["withdraw"])):
            assert visitor.get(path)["Location"] == reverse("complaints:track")

    def test_notes_among_staff_are_never_shown(self, visitor):
        me, receipt = officer(), received()
        complaint = taken(receipt.complaint, me)
        for verb, text in (("note", "سر بيننا"), ("reply", "أهلًا بك")):
            casework.write_message(complaint=complaint, verb=verb, text=text, token=uuid.uuid4(), actor=me)
        visitor.post(reverse("complaints:track"), {"code": complaint.code, "pin": receipt.pin})
        page = visitor.get(reverse("complaints:case")).content.decode()
        assert "أهلًا بك" in page
        assert "سر بيننا" not in page

    def test_a_closed_case_is_rated_and_objected_to(self, visitor):
        me, receipt = officer(), received()
        officer()
        answered(taken(receipt.complaint, me), me)
        visitor.post(reverse("complaints:track"), {"code": receipt.complaint.code, "pin": receipt.pin})
        assert visitor.post(reverse("complaints:case_verb", args=["rate"]), {"score": "1"}).status_code == 302
        path = reverse("complaints:case_verb", args=["appeal"])
        assert visitor.post(path, {"reason": "لم يتغير شيء"}).status_code == 302
        assert visitor.post(path, {"reason": "لم يتغير شيء"}).status_code == 409
        assert Complaint.objects.get().round == 2


def signed_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    User.objects.filter(pk=user.pk).update(language="en")
    client.force_login(user)
    return client


class TestDesk:
    def test_a_list_takes_as_many_statements_for_fifty_as_for_two(self):
        client = signed_in(officer())
        counts = []
        for more in (2, 20):
            for _number in range(more):
                case()
            with CaptureQueriesContext(connection) as seen:
                assert client.get(reverse("complaints:list")).status_code == 200
            counts.append(len(seen))
        assert counts[0] == counts[1]

    @pytest.mark.parametrize("waiting", ["me", "nobody", "late", "second", "review", "open"])
    def test_each_filter_answers(self, waiting):
        case()
        client = signed_in(officer())
        response = client.get(reverse("complaints:list"), {"waiting": waiting, "q": "مبلغ"})
        assert response.status_code == 200

    def test_words_of_the_story_find_it_however_they_are_spelled(self):
        complaint, client = case(story="أُوقِفَت البطاقة منذ شهر"), signed_in(officer())
        for words in ("اوقفت البطاقه", str(complaint), complaint.code):
            assert str(complaint) in client.get(reverse("complaints:list"), {"q": words}).content.decode()

    def test_reading_who_complains_is_logged(self):
        me = officer()
        complaint = taken(case(), me)
        signed_in(me).get(complaint.get_absolute_url())
        assert DisclosureEntry.objects.get(subject_type="complaints.complaint").fields == ["name", "phone"]

    def test_a_whole_case_by_its_pages(self):
        me, second = officer(), officer()
        complaint = case()
        mine, theirs = signed_in(me), signed_in(second)

        def press(client: Client, verb: str, **data: object) -> int:
            return client.post(reverse("complaints:verb", args=[complaint.code, verb]), data).status_code

        assert press(mine, "take") == 302
        assert press(theirs, "reply", text="…", token=uuid.uuid4()) == 409
        assert press(mine, "interim", text="نعمل عليها", token=uuid.uuid4()) == 302
        assert press(mine, "pause", reason="visit", note="زيارة") == 302
        assert press(mine, "resume") == 302
        answer = {"outcome": "dismissed", "remedy": "explanation", "cause": "no_fault", "reasons": "صُرف في موعده"}
        assert press(mine, "resolve", **answer) == 302
        assert press(mine, "confirm_dismissal", note="") == 409
        assert press(theirs, "confirm_dismissal", note="") == 302
        complaint.refresh_from_db()
        assert complaint.status == "closed"

    def test_a_transfer_by_its_page(self):
        me, there = officer(), governorate()
        complaint = taken(case(area=unit()), me)
        response = signed_in(me).post(
            reverse("complaints:verb", args=[complaint.code, "transfer"]),
            {"office_governorate": there.pk, "office_district": "", "reason": "تخص المديرية"},
        )
        assert response.status_code == 302
        complaint.refresh_from_db()
        assert complaint.hops == 1

    def test_a_case_that_names_one_does_not_exist_for_them(self):
        me, named = officer(), officer()
        complaint = taken(case(), me)
        casework.name_official(complaint=complaint, staff=named, actor=me)
        client = signed_in(named)
        assert client.get(complaint.get_absolute_url()).status_code == 404
        assert str(complaint) not in client.get(reverse("complaints:list")).content.decode()

    def test_written_down_at_the_counter_twice_is_once_with_a_slip(self):
        reference.load_all()
        clerk = signed_in(officer())
        data = {
            "channel": "counter", "kind": "complaint", "category": "data", "privacy": "named",
            "place_governorate": Area.objects.get(code="EG-AST").pk, "place_district": "", "story": STORY,
            "name": "سعاد", "token": uuid.uuid4(),
        }  # fmt: skip
        for _press in range(2):
            assert clerk.post(reverse("complaints:enter"), data)["Location"] == reverse("complaints:slip")
        complaint = Complaint.objects.get()
        assert complaint.channel == "counter"
        assert str(complaint) in clerk.get(reverse("complaints:slip")).content.decode()
        assert clerk.get(reverse("complaints:slip"))["Location"] == reverse("complaints:enter")

    def test_the_held_box(self):
        complaint, client = case(trap="x"), signed_in(officer())
        assert str(complaint) in client.get(reverse("complaints:held")).content.decode()
        assert client.get(complaint.get_absolute_url()).status_code == 404
        assert client.post(reverse("complaints:held_admit", args=[complaint.code])).status_code == 302
        assert client.get(complaint.get_absolute_url()).status_code == 200


class TestFigures:
    def test_a_month_with_few_cases_says_only_that_there_were_few(self, visitor):
        me = officer()
        for _number in range(3):
            answered(taken(case(), me), me)
        page = visitor.get(reverse("complaints:public_figures"))
        assert page.status_code == 200
        rows = b"".join(visitor.get(reverse("complaints:public_csv")).streaming_content).decode()
        assert "<10" in rows
        assert ",3," not in rows

    def test_rates_and_days_of_a_month(self):
        me = officer()
        for number in range(4):
            complaint = case(at(4))
            if number < 3:
                with travel(at(5 + 6 * number + 1, 16), tick=False):
                    answered(taken(complaint, me), me)
        (month,) = months(dt.date(2026, 10, 1), dt.date(2026, 10, 31), "Africa/Cairo")
        assert (month.received, month.closed, month.on_time) == (4, 3, 3)
        assert (month.flow, month.cohort) == (75, 75)
        assert month.median == 5

    def test_a_reopened_case_is_no_longer_on_time(self):
        me, other = officer(), officer()
        complaint = answered(taken(case(timezone.now()), me), me)
        answers.reopen_case(complaint=complaint, reason="…", actor=other)
        today = timezone.localdate()
        (month,) = months(today, today, "Africa/Cairo")
        assert (month.received, month.on_time) == (1, 0)
