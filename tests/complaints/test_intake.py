"""Taking cases in, once; following them by code and PIN; nothing told to who guesses."""

import statistics
import threading
import time
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import close_old_connections, connection
from django.test import override_settings
from time_machine import travel

from complaints.models import Attempt, Complaint, Party
from complaints.queries.cases import people
from complaints.secrets import first_pin, new_code
from complaints.services import care, casework, tracking
from complaints.services.intake import Person, receive
from complaints.services.tracking import TooManyTries, look_up
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry, Notice, RowVersion
from tests.complaints.factories import STORY, answered, at, case, intake, officer, received, staff, taken

pytestmark = pytest.mark.django_db
PHONE = "+201001234567"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class TestReceive:
    def test_the_same_token_is_one_case_with_one_pin(self):
        sent = intake()
        first, second = receive(sent), receive(sent)
        assert (first.complaint, first.pin) == (second.complaint, second.pin)
        assert (first.is_new, second.is_new) == (True, False)
        assert Notice.objects.filter(template_code="complaint_received").count() == 1

    def test_the_message_names_code_and_day_and_nothing_of_the_matter(self):
        complaint = case(at(4))
        notice = Notice.objects.get(template_code="complaint_received")
        assert str(complaint) in notice.body
        assert "19" in notice.body
        assert STORY[:15] not in notice.body
        assert notice.recipient == PHONE

    def test_neither_pin_nor_contact_lies_open_in_the_database(self):
        receipt = received()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pin_mark FROM complaints_complaint")
            assert receipt.pin not in cursor.fetchone()[0]
            cursor.execute("SELECT name, phone, phone_mark FROM complaints_party")
            name, phone, mark = cursor.fetchone()
        assert "سعاد" not in name
        assert "1001234567" not in phone + mark
        party = Party.objects.get()
        assert (party.name, party.phone) == ("سعاد محمود", PHONE)

    def test_an_anonymous_case_keeps_nobody(self):
        case(privacy="anonymous", complainant=Person(name="لا أحد", phone=PHONE))
        assert not Party.objects.exists()
        assert not Notice.objects.filter(recipient=PHONE).exists()

    def test_what_looks_like_a_machine_is_held_and_its_clock_runs(self):
        complaint = case(trap="http://spam", seconds=1)
        assert (complaint.status, complaint.held_for) == ("held", "trap fast")
        assert complaint.due_on is not None
        assert complaint.public_status == Complaint(status="received").public_status
        reviewer = officer()
        assert not Complaint.objects.visible_to(reviewer).exists()
        casework.admit_held(complaint=complaint, actor=reviewer)
        assert Complaint.objects.visible_to(reviewer).exists()

    def test_set_aside_is_kept_with_its_reason(self):
        complaint = casework.set_aside_held(complaint=case(trap="x"), reason="إعلان", actor=officer())
        assert complaint.status == "set_aside"
        assert AuditEntry.objects.get(action="complaint.set_aside").note == "إعلان"
        with pytest.raises(TransitionNotAllowed):
            casework.admit_held(complaint=complaint, actor=officer())

    def test_many_from_one_address_are_held_and_none_refused(self):
        with override_settings(COMPLAINTS_PER_ADDRESS=2):
            found = [case(address="10.0.0.1").status for _ in range(4)]
        assert found == ["received", "received", "held", "held"]
        assert not Attempt.objects.filter(key__contains="10.0.0.1").exists()

    def test_an_empty_story_is_refused(self):
        with pytest.raises(RuleViolation):
            receive(intake(story=" \u200b "))

    def test_a_file_comes_with_it(self):
        complaint = case(files=[ContentFile(PDF, name="رسالة.pdf")])
        assert complaint.attachments.get().document.content_type == "application/pdf"


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_are_one_case():
    sent, barrier, codes = intake(), threading.Barrier(2), []

    def press() -> None:
        barrier.wait()
        codes.append(receive(sent).complaint.code)
        connection.close()

    presses = [threading.Thread(target=press) for _ in range(2)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    close_old_connections()
    assert len(codes) == 2
    assert len(set(codes)) == 1
    assert Complaint.objects.count() == 1


class TestLookUp:
    """Scenario 12."""

    def test_code_and_pin_open_the_case(self):
        receipt = received()
        assert look_up(code=receipt.complaint.code, pin=receipt.pin, address="a") == receipt.complaint

    def test_a_wrong_pin_and_an_unknown_code_are_one_answer(self):
        receipt = received()
        wrong = "000000" if receipt.pin != "000000" else "111111"
        assert look_up(code=receipt.complaint.code, pin=wrong, address="a") is None
        assert look_up(code=new_code(), pin=wrong, address="a") is None

    @pytest.mark.parametrize("exists", [True, False])
    def test_a_code_is_closed_after_some_tries_whether_it_exists_or_not(self, exists):
        receipt = received()
        code = receipt.complaint.code if exists else new_code()
        for number in range(5):
            assert look_up(code=code, pin=f"{number:06}", address=f"a{number}") is None
        with pytest.raises(TooManyTries) as refusal:
            look_up(code=code, pin=receipt.pin, address="b")
        assert "case" in refusal.value.message or refusal.value.message
        with travel(time.time() + 16 * 60, tick=False):
            assert (look_up(code=code, pin=receipt.pin, address="b") is not None) == exists

    def test_an_address_is_closed_after_more(self):
        receipt = received()
        with override_settings(COMPLAINTS_TRIES_PER_ADDRESS=3):
            for _try in range(3):
                look_up(code=new_code(), pin="000000", address="a")
            with pytest.raises(TooManyTries):
                look_up(code=receipt.complaint.code, pin=receipt.pin, address="a")
            assert look_up(code=receipt.complaint.code, pin=receipt.pin, address="b")

    def test_both_take_the_same_statements_and_the_same_time(self, django_assert_num_queries):
        receipt = received()
        wrong = "000000" if receipt.pin != "000000" else "111111"
        with override_settings(COMPLAINTS_TRIES_PER_CODE=10**6, COMPLAINTS_TRIES_PER_ADDRESS=10**6):
            for code in (receipt.complaint.code, new_code()):
                with django_assert_num_queries(9):
                    look_up(code=code, pin=wrong, address="a")
            times: dict[bool, list[float]] = {True: [], False: []}
            for number in range(400):
                known = number % 2 == 0
                code = receipt.complaint.code if known else new_code()
                started = time.perf_counter()
                look_up(code=code, pin=wrong, address=str(number))
                times[known].append(time.perf_counter() - started)
        # Not told apart: the chance that a known one takes longer than an unknown one is near one half.
        one, other = (sorted(times[known])[:180] for known in (True, False))
        longer = statistics.mean((a > b) + (a == b) / 2 for a in one for b in other)
        assert 0.2 < longer < 0.8, longer


class TestLostPin:
    def test_a_word_goes_to_the_number_given_and_makes_a_new_pin_once(self):
        receipt = received()
        code = receipt.complaint.code
        tracking.ask_for_new_pin(code=code, phone=PHONE, address="a")
        assert tracking.answer_pin_requests() == 1
        body = Notice.objects.get(template_code="complaint_new_pin").body
        word = next(part for part in body.split() if len(part) == 8 and part.isdigit())
        pin = tracking.make_new_pin(code=code, word=word, address="a")
        assert look_up(code=code, pin=pin, address="a") == receipt.complaint
        if pin != receipt.pin:
            assert look_up(code=code, pin=receipt.pin, address="a") is None
        assert tracking.make_new_pin(code=code, word=word, address="a") is None

    def test_another_number_gets_nothing_and_learns_nothing(self):
        receipt = received()
        tracking.ask_for_new_pin(code=receipt.complaint.code, phone="+201009999999", address="a")
        tracking.ask_for_new_pin(code=new_code(), phone=PHONE, address="a")
        assert tracking.answer_pin_requests() == 0
        assert not Notice.objects.filter(template_code="complaint_new_pin").exists()

    def test_the_word_is_good_for_half_an_hour(self):
        receipt = received()
        tracking.ask_for_new_pin(code=receipt.complaint.code, phone=PHONE, address="a")
        assert tracking.answer_pin_requests() == 1
        body = Notice.objects.get(template_code="complaint_new_pin").body
        word = next(part for part in body.split() if len(part) == 8 and part.isdigit())
        with travel(time.time() + 31 * 60, tick=False):
            assert tracking.make_new_pin(code=receipt.complaint.code, word=word, address="a") is None


class TestOnesOwnCase:
    def test_a_message_twice_is_one(self):
        complaint, token = case(), uuid.uuid4()
        for _press in range(2):
            tracking.add_message(complaint=complaint, text="أضيف", token=token)
        assert complaint.messages.count() == 1

    def test_a_withdrawn_case_is_over(self):
        complaint = tracking.withdraw(complaint=case())
        assert complaint.status == "withdrawn"
        with pytest.raises(RuleViolation):
            tracking.add_message(complaint=complaint, text="…", token=uuid.uuid4())
        with pytest.raises(TransitionNotAllowed):
            tracking.withdraw(complaint=complaint)

    def test_a_low_score_has_it_reviewed(self):
        me = officer()
        complaint = answered(taken(case(), me), me)
        tracking.rate(complaint=complaint, moment="closing", score=2, still_fixed=None, comment="لم يُحل شيء")
        complaint.refresh_from_db()
        assert complaint.needs_review

    def test_it_is_asked_again_after_thirty_days_once(self):
        me = officer()
        with travel(at(6), tick=False):
            answered(taken(case(at(4)), me), me)
        assert care.ask_again(at(4, month=11)) == 0
        assert care.ask_again(at(6, month=11)) == 1
        assert care.ask_again(at(6, month=11)) == 0
        assert Notice.objects.filter(template_code="complaint_ask_again").count() == 1


def test_a_confidential_name_is_seen_by_the_officer_in_charge_only():
    me, other = officer(None, "complaints.reveal_complainant"), officer(None, "complaints.reveal_complainant")
    complaint = taken(case(privacy="confidential"), me)
    assert "سعاد" in str(people(complaint, me)[0])
    rows, shown = people(complaint, other)
    assert "سعاد" not in str(rows)
    assert PHONE not in str(rows)
    assert shown == []


def test_former_versions_of_people_are_sealed_too():
    case()
    party = Party.objects.get()
    party.relation = "الأم"
    party.save()
    version = RowVersion.objects.get(table_name="complaints_party")
    assert "سعاد" not in str(version.row)


def test_a_clerk_without_the_right_writes_nothing_down():
    with pytest.raises(PermissionDenied):
        receive(intake(channel="counter"), actor=staff("complaints.view_complaint"))


def test_the_pin_of_a_token_is_always_the_same():
    token = uuid.UUID(int=7)
    assert first_pin(token) == first_pin(uuid.UUID(int=7))
    assert len(first_pin(token)) == 6
