"""Confidential cases: closed to everybody who has not opened the vault, helped to the end by those who have."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.utils import InternalError
from django.urls import reverse
from time_machine import travel

from complaints.checks import role_is_held_by_row_security
from complaints.models import (
    Complaint,
    VaultAccused,
    VaultCase,
    VaultEvent,
    VaultFile,
    VaultMessage,
    VaultReferral,
)
from complaints.queries.vault import received_in_the_last_year
from complaints.secrets import new_code, seal, unseal
from complaints.services.intake import find_sent, receive
from complaints.services.tracking import find_own, look_up
from complaints.services.vault import casework, holder, intake, keeping, referrals
from complaints.vault import ERASING, HOLDER, KEEPER, opened
from ministry.documents.scanning import Verdict
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import Notice, User
from tests.complaints.factories import at, governorate, staff, unit
from tests.complaints.factories import intake as an_intake
from tests.complaints.vault_factories import (
    PDF,
    PHONE,
    again,
    asked,
    focal_point,
    matter,
    proposed,
    secret,
    service,
    told,
    worked,
)
from tests.complaints.vault_walls import ordinary_role, outside, whole_database
from tests.ministry.factories import AreaFactory, UserFactory

__all__ = ["ordinary_role"]
pytestmark = pytest.mark.django_db
PARTS = (VaultMessage, VaultFile, VaultAccused, VaultEvent, VaultReferral)


def full_case(me: User, **values) -> VaultCase:
    """Return a case with something in each of its tables."""
    case = worked(secret(files=[ContentFile(PDF, name="صورة.pdf")], **values), me)
    casework.write(case=case, verb="reply", text="نحن معك", token=uuid.uuid4(), actor=me)
    casework.name_accused(case=case, name="فلان", staff=None, actor=me)
    asked(case, me)
    return case


@pytest.mark.usefixtures("ordinary_role")
class TestTheDatabaseItself:
    def test_shows_no_row_of_any_table_until_the_vault_is_opened(self):
        me = focal_point()
        full_case(me)
        for model in (VaultCase, *PARTS):
            assert model.objects.count() == 0, model
            with opened(me):
                assert model.objects.count() >= 1, model
            assert model.objects.count() == 0, model

    def test_shows_nothing_to_whom_the_case_names_even_when_they_open_it(self):
        me, named = focal_point(), focal_point()
        case = full_case(me)
        with opened(named):
            assert VaultCase.objects.count() == 1
        casework.name_accused(case=case, name="", staff=named, actor=me)
        with opened(named):
            for model in (VaultCase, *PARTS):
                assert model.objects.count() == 0, model

    @pytest.mark.parametrize("reader", ["", "somebody", "0x1", "1; DROP TABLE x"])
    def test_opens_to_no_other_word(self, reader):
        secret()
        with opened(reader):
            assert VaultCase.objects.count() == 0

    def test_takes_in_and_changes_nothing_while_it_is_closed(self):
        case = secret()
        assert VaultCase.objects.filter(pk=case.pk).update(risk="1_low") == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            VaultEvent.objects.create(case_id=case.pk, what="opened", at=at(4))

    def test_is_closed_again_after_a_failure(self):
        secret()
        with pytest.raises(ZeroDivisionError), opened(KEEPER):
            raise ZeroDivisionError
        assert VaultCase.objects.count() == 0

    def test_gives_the_former_reader_back_after_another(self):
        me = focal_point()
        secret()
        with opened(KEEPER):
            with opened(""):
                assert VaultCase.objects.count() == 0
            assert VaultCase.objects.count() == 1
            assert me.pk


class TestGuards:
    """What no code can do, a superuser of the database included."""

    @pytest.fixture
    def case(self) -> VaultCase:
        return full_case(focal_point())

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE complaints_vaultcase SET story = ''",
            "UPDATE complaints_vaultcase SET received_at = received_at - interval '1 day'",
            "UPDATE complaints_vaultcase SET barred = ARRAY[officer_id]",
            "DELETE FROM complaints_vaultcase",
            "TRUNCATE complaints_vaultcase CASCADE",
            "UPDATE complaints_vaultcase SET status = 'closed', outcome = 'safe'",
            "UPDATE complaints_vaultcase SET erased_at = now()",
            "UPDATE complaints_vaultmessage SET text = 'x'",
            "DELETE FROM complaints_vaultmessage",
            "UPDATE complaints_vaultevent SET by_id = NULL",
            "DELETE FROM complaints_vaultevent",
            "UPDATE complaints_vaultfile SET content = ''",
            "UPDATE complaints_vaultfile SET scan = 'admitted'",
            "UPDATE complaints_vaultreferral SET sent_at = now(), sent_by_id = asked_by_id",
            "UPDATE complaints_vaultreferral SET consent = 'given'",
        ],
    )
    def test_refuse(self, case, statement):
        with pytest.raises(DatabaseError), opened(KEEPER), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_a_closing_by_one_person_is_refused(self, case):
        with pytest.raises(DatabaseError), opened(KEEPER):
            VaultCase.objects.filter(pk=case.pk).update(
                status="closed", outcome="safe", closed_at=at(5), erase_on=dt.date(2031, 1, 1),
                proposed_by=case.officer_id, confirmed_by=case.officer_id,
            )  # fmt: skip

    def test_a_service_is_told_no_more_than_was_agreed_to(self, case):
        with opened(KEEPER):
            referral = VaultReferral.objects.get()
        referrals.answer(referral=referral, agrees=True, actor=None)
        with pytest.raises(InternalError), opened(KEEPER):
            VaultReferral.objects.update(shares=["name", "phone", "story"])

    def test_a_no_is_not_turned_into_a_yes(self, case):
        with opened(KEEPER):
            referral = VaultReferral.objects.get()
        referrals.answer(referral=referral, agrees=False, actor=None)
        with pytest.raises(InternalError), opened(KEEPER):
            VaultReferral.objects.update(consent="given")


@pytest.mark.usefixtures("ordinary_role")
class TestIntake:
    def test_goes_straight_to_the_vault_and_changes_nothing_anywhere_else(self):
        me, other, shelter = focal_point(), focal_point(), service()
        matter()
        sent = an_intake(category=matter(), files=[ContentFile(PDF, name="a.pdf")])
        before = outside()
        receipt = receive(sent, at=at(4))
        case = receipt.complaint
        assert isinstance(case, VaultCase)
        assert look_up(code=case.code, pin=receipt.pin, address="10.0.0.9") == case
        worked(case, me)
        holder.add_message(case=case, text="لا أستطيع الكلام", token=uuid.uuid4(), files=[])
        referral = asked(case, me, service=shelter)
        referrals.answer(referral=referral, agrees=True, actor=None)
        referrals.send(referral=referral, actor=me)
        casework.propose_closing(case=case, outcome="safe", reasons="…", actor=me)
        casework.confirm_closing(case=case, answer="", actor=other)
        # No row, no number drawn, no notice, no audit entry, no former version.
        assert outside() == before

    def test_the_same_token_is_one_case_with_one_pin(self):
        sent = an_intake(category=matter())
        first, second = receive(sent), receive(sent)
        assert (first.complaint, first.pin, first.is_new) == (second.complaint, second.pin, True)
        assert second.is_new is False
        assert find_sent(sent.token) == first.complaint
        assert not Complaint.objects.exists()

    def test_a_story_is_not_asked_of_anybody(self):
        assert secret(story="").story == ""

    def test_an_anonymous_case_keeps_nobody(self):
        assert secret(privacy="anonymous").reach == {}

    def test_no_word_of_it_lies_in_the_database_in_clear(self):
        receipt = told(story="زعفران سري", safe_contact="بعد الفجر")
        case = receipt.complaint
        assert (case.story, case.reach["phone"], case.reach["safe"]) == ("زعفران سري", PHONE, "بعد الفجر")
        with opened(KEEPER):
            everything = whole_database()
        for word in ("زعفران", "مها", PHONE[3:], "الفجر", case.code, receipt.pin, "violence"):
            rows = [line for line in everything.splitlines() if word in line and "complaints_category" not in line]
            rows = [line for line in rows if not (word == "violence" and "سري" in line)]
            assert rows == [], word

    def test_nothing_is_sent_to_any_telephone(self):
        secret()
        assert not Notice.objects.exists()

    def test_dates_are_those_of_any_case_and_the_first_look_is_the_next_working_day(self):
        # 4 October 2026 is a Sunday; Thursday the 8th is a holiday, Friday and Saturday are free.
        case = secret(at(7))
        assert case.look_by == dt.date(2026, 10, 11)
        assert case.due_on == dt.date(2026, 10, 22)

    def test_a_picture_loses_where_it_was_taken_and_waits_for_somebody_to_let_it_in(self):
        me = focal_point()
        case = worked(secret(files=[ContentFile(PDF, name="a.pdf")]), me)
        with opened(me):
            file = case.files.get()
        assert file.scan == VaultFile.Scan.UNSCANNED
        with pytest.raises(RuleViolation):
            casework.open_file(file=file, actor=me)
        casework.admit_file(file=file, reason="مستند من المستشفى", actor=me)
        with opened(me):
            file.refresh_from_db()
        assert casework.open_file(file=file, actor=me) == PDF
        with opened(me):
            assert list(case.events.values_list("what", flat=True))[-2:] == ["file_admitted", "file_opened"]


class PassingScanner:
    """Finds what says EICAR."""

    immediate = False

    def scan(self, file):
        return Verdict(clean=b"EICAR" not in file.read(), note="found")


class TestScanning:
    def test_where_there_is_a_scanner_it_decides(self, settings):
        settings.DOCUMENT_SCANNER = "tests.complaints.test_vault.PassingScanner"
        me = focal_point()
        good, bad = ContentFile(PDF, name="a.pdf"), ContentFile(PDF + b"EICAR", name="b.pdf")
        case = secret(files=[good, bad])
        with opened(me):
            assert set(case.files.values_list("scan", flat=True)) == {"pending"}
        assert intake.scan_waiting() == 2
        with opened(me):
            assert list(case.files.values_list("scan", flat=True)) == ["clean", "refused"]


class TestScenarioThirteen:
    """A sensitive case: a superuser without the role finds nothing by search, address, export or count."""

    def test_a_survivor_is_helped_from_the_first_page_to_the_erasing(self, ordinary_role):
        with travel(at(4, 11), tick=False):
            me, other, boss = focal_point(), focal_point(), UserFactory(is_superuser=True, is_staff=True)
            receipt = told(story="لا أريد أن يعرف أحد", about="violence")
            case = receipt.complaint
            for permission in ("complaints.view_vaultcase", "complaints.work_vaultcase"):
                with opened(boss):
                    assert not VaultCase.objects.visible_to(boss, permission).exists()
            with pytest.raises(PermissionDenied):
                casework.assign(case=case, officer=boss, actor=boss)
        with travel(at(5, 9), tick=False):
            casework.assign(case=case, officer=me, actor=me)
            with pytest.raises(RuleViolation):
                casework.assess(case=case, risk=VaultCase.Risk.DANGER, plan=" ", actor=me)
            casework.assess(case=case, risk=VaultCase.Risk.HIGH, plan="عند أختها", actor=me)
            casework.write(case=case, verb="reply", text="هل نرتب مأوى؟", token=uuid.uuid4(), actor=me)
            referral = asked(case, me)
            with pytest.raises(RuleViolation):
                referrals.send(referral=referral, actor=me)
        with travel(at(6, 20), tick=False):
            assert look_up(code=case.code, pin=receipt.pin, address="a") == case
            referrals.answer(referral=referral, agrees=True, actor=None)
        with travel(at(7, 9), tick=False):
            with pytest.raises(RuleViolation):
                casework.propose_closing(case=case, outcome="safe", reasons="…", actor=me)
            referrals.send(referral=referral, actor=me)
            referrals.report(referral=referral, result="استقبلتها الدار", actor=me)
            casework.propose_closing(case=case, outcome="safe", reasons="في مأوى", actor=me)
            with pytest.raises(RuleViolation):
                casework.confirm_closing(case=case, answer="", actor=me)
        with travel(at(11, 9), tick=False):
            casework.confirm_closing(case=case, answer="سلامتك", actor=other)
        case = again(case)
        assert (case.status, case.closed_at, case.erase_on) == ("closed", at(11, 9), dt.date(2031, 10, 10))
        with opened(me):
            whats = list(case.events.values_list("what", flat=True))
        assert whats == [
            "received", "taken", "assessed", "wrote", "asked", "consented", "referred", "reported",
            "proposed", "closed",
        ]  # fmt: skip
        assert keeping.erase_due(dt.datetime(2031, 10, 9, 12, tzinfo=dt.UTC)) == 0
        assert keeping.erase_due(dt.datetime(2031, 10, 10, 12, tzinfo=dt.UTC)) == 1
        assert keeping.erase_due(dt.datetime(2031, 10, 10, 12, tzinfo=dt.UTC)) == 0
        gone = again(case)
        assert (gone.story, gone.code, gone.plan, gone.reach, gone.risk) == ("", "", "", {}, "3_high")
        with opened(me):
            assert {message.text for message in gone.messages.all()} == {""}
            assert {(one.purpose, one.result) for one in gone.referrals.all()} == {("", "")}


@pytest.mark.usefixtures("ordinary_role")
class TestConflictOfInterest:
    def test_whom_the_case_names_neither_finds_it_nor_is_given_it(self):
        me, named = focal_point(), focal_point()
        case = secret()
        casework.assign(case=case, officer=named, actor=me)
        casework.name_accused(case=case, name="", staff=named, actor=me)
        assert (again(case).officer, again(case).status) == (None, "received")
        with opened(named):
            assert not VaultCase.objects.visible_to(named).exists()
        with pytest.raises(RuleViolation):
            casework.assign(case=case, officer=named, actor=me)
        with pytest.raises((PermissionDenied, VaultCase.DoesNotExist)):
            casework.assign(case=case, officer=named, actor=named)

    def test_a_case_about_an_official_goes_past_the_directorate(self):
        there = governorate()
        local, above = focal_point(there), focal_point()
        case, violence = secret(about="staff_corruption", area=unit(there)), secret(area=unit(there))
        with opened(local):
            assert list(VaultCase.objects.visible_to(local)) == [violence]
        with opened(above):
            assert set(VaultCase.objects.visible_to(above)) == {case, violence}
        with pytest.raises(RuleViolation):
            casework.assign(case=case, officer=local, actor=above)

    def test_naming_an_official_takes_the_case_from_their_office(self):
        there = governorate()
        colleague, above, official = focal_point(there), focal_point(), staff("complaints.view_complaint", area=there)
        case = secret(area=there)
        casework.assign(case=case, officer=colleague, actor=colleague)
        casework.name_accused(case=case, name="", staff=official, actor=above)
        assert again(case).officer is None
        with opened(colleague):
            assert not VaultCase.objects.visible_to(colleague).exists()

    def test_nobody_names_themselves(self):
        me = focal_point()
        with pytest.raises(RuleViolation):
            casework.name_accused(case=secret(), name="", staff=me, actor=me)

    def test_outside_ones_area_there_is_nothing(self):
        elsewhere = focal_point(governorate())
        secret(area=unit(staff_area()))
        with opened(elsewhere):
            assert not VaultCase.objects.visible_to(elsewhere).exists()


def staff_area():
    return AreaFactory(code="EG-VLT")


@pytest.mark.usefixtures("ordinary_role")
class TestReferrals:
    def test_each_service_takes_a_consent_of_its_own(self):
        me = focal_point()
        case = worked(secret(), me)
        first, second = asked(case, me), asked(case, me, service=service("lawyer"))
        referrals.answer(referral=first, agrees=True, actor=None)
        with pytest.raises(RuleViolation):
            referrals.send(referral=second, actor=me)
        referrals.send(referral=first, actor=me)

    def test_a_consent_is_taken_back_until_the_service_was_told(self):
        me = focal_point()
        case = worked(secret(), me)
        one, other = asked(case, me), asked(case, me, service=service("lawyer"))
        for referral in (one, other):
            referrals.answer(referral=referral, agrees=True, actor=None)
        assert referrals.answer(referral=one, agrees=False, actor=me).consent == "withdrawn"
        with pytest.raises(RuleViolation):
            referrals.send(referral=one, actor=me)
        referrals.send(referral=other, actor=me)
        with pytest.raises(RuleViolation):
            referrals.answer(referral=other, agrees=False, actor=None)

    def test_the_same_answer_twice_is_one(self):
        me = focal_point()
        referral = asked(worked(secret(), me), me)
        first = referrals.answer(referral=referral, agrees=True, actor=None)
        assert referrals.answer(referral=referral, agrees=True, actor=None).consented_at == first.consented_at

    def test_a_service_of_another_place_is_refused(self):
        me = focal_point()
        case = worked(secret(area=governorate()), me)
        with pytest.raises(RuleViolation):
            asked(case, me, service=service("far", area=staff_area()))

    def test_the_same_service_is_not_asked_about_twice_at_once(self):
        me = focal_point()
        case = worked(secret(), me)
        asked(case, me)
        with pytest.raises(RuleViolation):
            asked(case, me)


@pytest.mark.usefixtures("ordinary_role")
class TestHolder:
    def test_messages_go_both_ways_once(self):
        case, token = secret(), uuid.uuid4()
        one = holder.add_message(case=case, text="أنا بخير", token=token)
        assert holder.add_message(case=case, text="أنا بخير", token=token) == one

    def test_withdraws_and_writes_no_more(self):
        case = holder.withdraw(case=secret(), now=at(5))
        assert (case.status, case.erase_on) == ("withdrawn", dt.date(2031, 10, 4))
        with pytest.raises(RuleViolation):
            holder.add_message(case=case, text="…", token=uuid.uuid4())
        with pytest.raises(TransitionNotAllowed):
            holder.withdraw(case=case)

    def test_an_unknown_code_opens_nothing(self):
        secret()
        assert find_own(new_code()) is None


class TestKeys:
    def test_without_a_key_nothing_is_sealed(self, settings):
        settings.VAULT_KEYS = []
        with pytest.raises(ImproperlyConfigured, match="VAULT_KEYS"):
            seal("x")

    def test_a_new_first_key_takes_everything_over_and_pins_stay(self, settings, ordinary_role):
        me = focal_point()
        receipt = told(story="باقٍ", files=[ContentFile(PDF, name="a.pdf")])
        case = worked(receipt.complaint, me)
        asked(case, me)
        old = list(settings.VAULT_KEYS)
        settings.VAULT_KEYS = ["a-new-key-of-at-least-forty-random-characters", *old]
        call_command("rotate_vault_keys")
        settings.VAULT_KEYS = ["a-new-key-of-at-least-forty-random-characters"]
        found = again(case)
        assert (found.story, found.plan, found.reach["phone"]) == ("باقٍ", "خطة", PHONE)
        with opened(me):
            assert found.files.get().bytes() == PDF
            assert found.referrals.get().purpose == "مأوى"
        settings.VAULT_KEYS = ["a-new-key-of-at-least-forty-random-characters", *old]
        assert look_up(code=found.code, pin=receipt.pin, address="a") == case
        before = list(keeping.rotate())
        assert {sealed for _table, sealed, _lost in before} == {0}

    def test_what_no_key_opens_is_said_and_left(self, settings):
        case = secret(story="باقٍ")
        settings.VAULT_KEYS = ["another-key-altogether-of-forty-characters-x"]
        with pytest.raises(CommandError, match="VAULT_KEYS"):
            call_command("rotate_vault_keys")
        settings.VAULT_KEYS = ["development-only-vault-key-never-used-in-production"]
        assert again(case).story == "باقٍ"
        assert unseal(seal("ok")) == "ok"


def test_erasing_before_the_day_is_refused_by_the_database():
    case = holder.withdraw(case=secret(), now=at(5))
    with pytest.raises(InternalError, match="kept for its time"), opened(ERASING):
        VaultCase.objects.filter(pk=case.pk).update(
            erased_at=at(6), story="", contact="", plan="", matter="", kind="", code=""
        )


def test_the_holder_of_a_pin_is_not_a_way_around_the_states():
    case = proposed(secret(), focal_point())
    with pytest.raises(TransitionNotAllowed):
        holder.withdraw(case=case)
    with opened(HOLDER):
        assert VaultCase.objects.get(pk=case.pk).status == "closing"


def test_the_check_of_a_deployment_names_a_role_that_passes_the_wall(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        is_superuser = cursor.fetchone()[0]
    assert bool(role_is_held_by_row_security(databases=["default"])) == is_superuser
    assert role_is_held_by_row_security(databases=None) == []


def test_the_check_is_silent_for_an_ordinary_role(ordinary_role):
    assert role_is_held_by_row_security(databases=["default"]) == []


class TestTheCountOutside:
    def test_is_of_a_year_that_is_over_and_hidden_when_small(self, client, ordinary_role):
        for _number in range(3):
            secret(at(4))
        with travel(at(20), tick=False):
            assert received_in_the_last_year(dt.date(2026, 10, 20)) == (2025, 0)
        assert received_in_the_last_year(dt.date(2027, 1, 1)) == (2026, 3)
        with travel(dt.datetime(2027, 1, 2, 9, tzinfo=dt.UTC), tick=False):
            page = client.get(reverse("complaints:public_figures"), headers={"accept-language": "en"})
        assert '2026: <bdi dir="ltr">&lt;10</bdi>' in page.content.decode()
