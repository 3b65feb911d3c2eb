"""Officers' verbs: who may, in which state, and what the database holds against all comers."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from time_machine import travel

from complaints.models import Assignment, Complaint, Resolution, Route
from complaints.services import answers, casework, clock, routing
from complaints.workflows import COMPLAINT
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import Notice, User
from tests.complaints.factories import answered, at, case, category, governorate, officer, staff, taken, unit
from tests.ministry.factories import AreaFactory, appoint
from tests.programs.payment_factories import cycle_of, enrol, household, prepared, program_in_force, sent

pytestmark = pytest.mark.django_db
S = Complaint.Status

TOGETHER = {"join", "leave", "tell_together", "answer_together"}
# From the regulation, by hand: which verbs each state allows.
ALLOWED = {
    S.HELD: {"admit", "set_aside", "withdraw"},
    S.RECEIVED: {"assign", "transfer", "escalate", "note", "link", "name_official", "withdraw", *TOGETHER},
    S.IN_PROGRESS: {
        *("assign", "transfer", "escalate", "pause", "reply", "interim", "note", "link", "name_official", "resolve"),
        *("promise", "propose_dismissal", "withdraw"),
        *TOGETHER,
    },
    S.PAUSED: {"resume", "reply", "note", "link", "name_official", "withdraw", *TOGETHER},
    S.DISMISSAL: {"note", "confirm_dismissal", "send_back"},
    S.REMEDY: {"reply", "note", "finish"},
    S.CLOSED: {"reopen", "review", "appeal", "publish"},
    S.WITHDRAWN: set(),
    S.SET_ASIDE: set(),
}


class Anybody:
    def has_perm(self, *_args: object) -> bool:
        return True


@pytest.mark.parametrize("status", S.values)
def test_every_verb_in_every_state(status):
    assert set(COMPLAINT.available(status=status, actor=Anybody())) == ALLOWED[S(status)]


def test_no_verb_closes_a_case_as_not_ours():
    to_closed = {transition.verb for transition in COMPLAINT if transition.target == S.CLOSED}
    assert to_closed == {"resolve", "confirm_dismissal", "finish", "answer_together"}


class TestRouting:
    def test_a_new_case_goes_to_the_nearest_office_and_whoever_has_least_to_do(self):
        here = unit()
        busy, free, _central = officer(here), officer(here), officer()
        case(area=here)
        assert case(area=here).officer in {busy, free}
        assert Complaint.objects.filter(officer=busy).count() == Complaint.objects.filter(officer=free).count() == 1

    def test_a_route_sends_a_category_elsewhere(self):
        here = unit()
        officer(here)
        central, cards = officer(), category("card")
        Route.objects.create(category=cards, office=governorate().parent)
        complaint = case(area=here, category=cards)
        assert (complaint.level, complaint.officer) == ("centre", central)

    def test_without_anybody_it_waits_for_all(self):
        complaint = case(area=unit())
        assert (complaint.status, complaint.officer) == (S.RECEIVED, None)

    def test_somebody_elsewhere_can_neither_see_nor_take_it(self):
        stranger, complaint = officer(unit()), case(area=unit())
        assert not Complaint.objects.visible_to(stranger).filter(pk=complaint.pk).exists()
        with pytest.raises(PermissionDenied):
            taken(complaint, stranger)


class TestConflictOfInterest:
    def test_a_named_official_loses_the_case_and_the_sight_of_it(self):
        here = unit()
        named, other = officer(here), officer(governorate())
        complaint = taken(case(area=here), named)
        complaint = casework.assign_case(complaint=complaint, officer=other, actor=other)
        casework.name_official(complaint=complaint, staff=named, actor=other)
        assert not Complaint.objects.visible_to(named).filter(pk=complaint.pk).exists()
        with pytest.raises(RuleViolation):
            casework.assign_case(complaint=complaint, officer=named, actor=other)

    def test_the_database_refuses_a_named_official_too(self):
        named, other = officer(), officer()
        complaint = taken(case(), other)
        casework.name_official(complaint=complaint, staff=named, actor=other)
        Assignment.objects.filter(complaint=complaint).update(ended_at=at(5))
        with pytest.raises(DatabaseError, match="named in a case"), transaction.atomic():
            Assignment.objects.create(complaint=complaint, officer=named, round=1, level=complaint.level, at=at(5))

    def test_whoever_decided_the_contested_benefit_cannot_deal_with_it(self):
        me, home, program = officer(), household(area=governorate()), program_in_force()
        more = ("beneficiaries.view_household",)
        other = officer(None, *more)
        enrol(program, home, by=me)
        complaint = taken(case(), other)
        complaint = casework.link_case(complaint=complaint, actor=other, household=home, program=program, payment=None)
        assert me.pk in routing.barred_officers(complaint)
        with pytest.raises(RuleViolation):
            taken(complaint, me)

    def test_whoever_finds_out_later_that_it_concerns_them_loses_it(self):
        me, other = officer(), officer()
        home, program = household(area=governorate()), program_in_force()
        enrol(program, home, by=me)
        complaint = taken(case(), me)
        complaint = casework.link_case(complaint=complaint, actor=me, household=home, program=program, payment=None)
        assert (complaint.status, complaint.officer) == (S.RECEIVED, other)


class TestTransfer:
    def test_it_goes_on_with_a_reason_a_hop_and_a_word_to_the_person(self):
        me, there = officer(), governorate()
        complaint = taken(case(at(4), area=unit()), me)
        due_on = complaint.due_on
        complaint = casework.transfer_case(complaint=complaint, office=there, reason="تخص المديرية", actor=me)
        assert (complaint.hops, complaint.office, complaint.level) == (1, there, "directorate")
        assert (complaint.status, complaint.due_on) == (S.RECEIVED, due_on)
        assert complaint.transfers.get().reason == "تخص المديرية"
        assert Notice.objects.filter(template_code="complaint_transferred").count() == 1

    def test_the_office_it_went_to_deals_with_it_wherever_the_matter_lies(self):
        elsewhere = AreaFactory(code="EG-ELSE")
        me, there = officer(), officer(elsewhere)
        complaint = casework.transfer_case(
            complaint=taken(case(area=unit()), me), office=elsewhere, reason="البرنامج يدار هناك", actor=me
        )
        assert complaint.officer == there
        assert Complaint.objects.visible_to(there).get() == complaint
        assert answered(taken(complaint, there), there).status == S.CLOSED

    def test_the_same_office_is_no_transfer(self):
        me = officer()
        complaint = taken(case(), me)
        with pytest.raises(RuleViolation):
            casework.transfer_case(complaint=complaint, office=complaint.office, reason="…", actor=me)


class TestMessages:
    def test_the_same_form_twice_is_one_message(self):
        me, token = officer(), uuid.uuid4()
        complaint = taken(case(), me)
        for _press in range(2):
            casework.write_message(complaint=complaint, verb="reply", text="أهلًا", token=token, actor=me)
        assert complaint.messages.count() == 1
        assert Notice.objects.filter(template_code="complaint_message").count() == 1

    def test_only_the_officer_in_charge_speaks_for_the_office(self):
        complaint = taken(case(), officer())
        with pytest.raises(RuleViolation):
            casework.write_message(complaint=complaint, verb="reply", text="…", token=uuid.uuid4(), actor=officer())


class TestAnswers:
    def test_an_answer_closes_the_case_in_time(self):
        me = officer()
        with travel(at(15), tick=False):
            complaint = answered(taken(case(at(4)), me), me)
        assert (complaint.status, complaint.days_used, complaint.was_on_time) == (S.CLOSED, 7, True)
        assert complaint.surveys.get().moment == "closing"
        assert Notice.objects.filter(template_code="complaint_closed").count() == 1

    def test_late_is_late(self):
        me = officer()
        with travel(at(20, 16), tick=False):
            complaint = answered(taken(case(at(4)), me), me)
        assert (complaint.days_used, complaint.was_on_time) == (11, False)

    def test_a_dismissal_takes_a_second_person(self):
        me, second = officer(), officer()
        complaint = answered(taken(case(), me), me, outcome="dismissed", remedy="explanation", cause="no_fault")
        assert complaint.status == S.DISMISSAL
        with pytest.raises(RuleViolation):
            answers.confirm_dismissal(complaint=complaint, actor=me)
        complaint = answers.confirm_dismissal(complaint=complaint, actor=second)
        assert complaint.status == S.CLOSED

    def test_the_database_refuses_a_dismissal_by_one(self):
        me = officer()
        complaint = answered(taken(case(), me), me, outcome="dismissed", remedy="none", cause="no_fault")
        with pytest.raises(DatabaseError), transaction.atomic():
            Resolution.objects.filter(complaint=complaint).update(status="final", confirmed_by=me)

    def test_sent_back_it_goes_on(self):
        me, second = officer(), officer()
        complaint = answered(taken(case(), me), me, outcome="dismissed", remedy="none", cause="no_fault")
        complaint = answers.send_back_dismissal(complaint=complaint, actor=second, note="اسأل مكتب البريد")
        assert complaint.status == S.IN_PROGRESS
        assert answered(complaint, me).status == S.CLOSED

    def test_an_outcome_that_does_not_fit_is_refused_with_those_that_do(self):
        me = officer()
        with pytest.raises(RuleViolation, match=r"محق|Justified"):
            answered(taken(case(), me), me, outcome="adopted")

    def test_the_database_closes_nothing_without_an_answer(self):
        me = officer()
        complaint = taken(case(), me)
        with pytest.raises(DatabaseError, match="only by an answer"), transaction.atomic():
            Complaint.objects.filter(pk=complaint.pk).update(
                status="closed", closed_at=at(9, month=12), days_used=1, was_on_time=True
            )


class TestRemedy:
    """Scenario 17: a payment complaint is closed only when the programme has done what was promised."""

    @pytest.fixture
    def promised(self):
        me = officer(None, "programs.view_payment", "beneficiaries.view_household")
        home, program = household(area=governorate()), program_in_force()
        enrol(program, home)
        with travel(at(1, month=11), tick=False):
            cycle = sent(cycle_of(program))
        payment = cycle.payments.get()
        complaint = taken(case(), me)
        complaint = casework.link_case(complaint=complaint, actor=me, household=home, program=None, payment=payment)
        assert complaint.program == program
        complaint = answered(complaint, me, remedy="recalculate", instruction="أعيدوا الحساب", cause="wrong_data")
        return complaint, program, me

    def test_it_stays_open_until_the_programme_has_a_record_of_it(self, promised):
        complaint, program, _me = promised
        assert complaint.status == S.REMEDY
        task, money = complaint.tasks.get(), staff("complaints.finish_money_remedy")
        with pytest.raises(RuleViolation):
            answers.finish_task(task=task, note="تم", actor=money)
        with pytest.raises(DatabaseError, match="remedy is done"), transaction.atomic():
            Complaint.objects.filter(pk=complaint.pk).update(
                status="closed", closed_at=at(9, month=12), days_used=1, was_on_time=True
            )
        prepared(cycle_of(program, period=at(1, month=12).date()))
        task = answers.finish_task(task=task, note="أُعيد الحساب وصُرف الفرق", actor=money)
        complaint.refresh_from_db()
        assert (task.status, complaint.status) == ("done", S.CLOSED)
        assert task.proof.startswith("entitlement ")

    def test_whoever_promised_it_does_not_confirm_it(self, promised):
        complaint, _program, me = promised
        appoint(me, permissions=["complaints.finish_money_remedy"]).save()
        with pytest.raises(RuleViolation, match=r"Whoever promised|من وعد"):
            answers.finish_task(task=complaint.tasks.get(), note="تم", actor=User.objects.get(pk=me.pk))

    def test_without_a_household_no_such_remedy(self):
        me = officer()
        with pytest.raises(RuleViolation):
            answered(taken(case(), me), me, remedy="pay_back")


class TestAppeal:
    def test_it_goes_one_level_up_and_never_to_who_answered(self):
        first, second = officer(), officer()
        complaint = answered(taken(case(), first), first)
        complaint = answers.appeal_case(complaint=complaint, reason="لم يتغير شيء")
        assert (complaint.round, complaint.officer) == (2, second)
        with pytest.raises(RuleViolation):
            taken(complaint, first)

    def test_not_after_its_days_are_over(self):
        me = officer()
        with travel(at(5), tick=False):
            complaint = answered(taken(case(at(4)), me), me)
        with pytest.raises(RuleViolation):
            answers.appeal_case(complaint=complaint, reason="…", now=at(21))
        answers.appeal_case(complaint=complaint, reason="…", now=at(20))

    def test_not_twice(self):
        me = officer()
        officer()
        complaint = answers.appeal_case(complaint=answered(taken(case(), me), me), reason="…")
        with pytest.raises(TransitionNotAllowed):
            answers.appeal_case(complaint=complaint, reason="…")


def test_reopening_counts_as_not_on_time_in_the_figures():
    me, other = officer(), officer()
    with travel(at(6), tick=False):
        complaint = answered(taken(case(at(4)), me), me)
    complaint = answers.reopen_case(complaint=complaint, reason="لم يُحل", actor=other)
    assert (complaint.round, complaint.status, complaint.first_on_time) == (2, S.RECEIVED, True)
    assert clock.moves_of(complaint)[0][1] == "start"
