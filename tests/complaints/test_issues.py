"""Many voices: what looks alike, cases answered together, taken out again exactly; suggestions for everybody."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from complaints.models import ClockEvent, Complaint, Issue, IssueCase, Message, Resolution
from complaints.queries.likeness import alike
from complaints.services import answers, casework, clock, issues, suggestions, tracking
from complaints.services.intake import Person
from ministry.exceptions import RuleViolation
from ministry.models import AuditEntry, Notice
from tests.complaints.factories import STORY, answered, at, case, category, governorate, officer, taken, unit
from tests.complaints.test_pages import signed_in
from tests.programs.payment_factories import household

pytestmark = pytest.mark.django_db
S = Complaint.Status
MACHINE = "ماكينة الصرف في أبنوب معطلة منذ أسبوع ولم أستطع صرف المعاش"


def person(number: int) -> Person:
    return Person(name=f"شخص {number}", phone=f"+2010123456{number:02}")


def three(me) -> list[Complaint]:
    """Three people complain about one thing on three days; the second is being worked on, the third paused."""
    found = [case(at(4 + day), complainant=person(day), story=MACHINE) for day in range(3)]
    with travel(at(7, 9), tick=False):
        taken(found[1], me)
        taken(found[2], me)
        casework.pause_case(complaint=found[2], reason="visit", note="زيارة", actor=me)
    return [Complaint.objects.get(pk=one.pk) for one in found]


def as_it_stands(complaint: Complaint) -> tuple[object, ...]:
    """Return all there is about a case: its row, its clock, who has it."""
    row = model_to_dict(Complaint.objects.get(pk=complaint.pk))
    events = list(ClockEvent.objects.filter(complaint=complaint).order_by("pk").values())
    return row, events, list(complaint.assignments.order_by("pk").values())


class TestMerge:
    """Scenario 16: three people get the outcome; taking apart restores three clocks."""

    def test_three_people_get_the_outcome_each_by_their_own_clock(self):
        me = officer()
        first, second, third = three(me)
        with travel(at(11, 9), tick=False):
            issues.merge_cases(cases=[third, first, second], actor=me)
            taken(first, me)
        # Thursday 8 October is a holiday: by the 21st eleven working days are over since the 4th, ten since the 5th.
        with travel(at(21, 11), tick=False):
            answered(first, me, reasons="أُصلحت الماكينة.")
        found = list(Complaint.objects.order_by("pk"))
        assert [one.status for one in found] == [S.CLOSED] * 3
        assert [one.was_on_time for one in found] == [False, True, True]
        assert len({one.days_used for one in found}) == 3
        assert set(Resolution.objects.values_list("reasons", flat=True)) == {"أُصلحت الماكينة."}
        told = Notice.objects.filter(template_code="complaint_closed").values_list("recipient", flat=True)
        assert sorted(told) == [person(number).phone for number in range(3)]
        assert Issue.objects.get().status == Issue.Status.ANSWERED
        for one in found:
            assert one.surveys.count() == 1

    def test_each_may_object_for_themselves(self):
        me, above = officer(), officer()
        first, second, _third = three(me)
        issues.merge_cases(cases=[first, second], actor=me)
        answered(taken(first, me), me)
        second.refresh_from_db()
        appealed = answers.appeal_case(complaint=second, reason="لم تُصلح")
        assert (appealed.round, appealed.officer) == (2, above)
        assert issues.issue_of(appealed) is None
        first.refresh_from_db()
        assert first.status == S.CLOSED

    def test_taking_out_restores_each_case_and_clock_exactly(self):
        me = officer()
        found = three(me)
        before = [as_it_stands(one) for one in found]
        with travel(at(11, 9), tick=False):
            issue = issues.merge_cases(cases=found, actor=me)
        with travel(at(14, 9), tick=False):
            for one in reversed(found[1:]):
                issues.take_out(complaint=one, reason="ليست الحالة نفسها", actor=me)
        assert [as_it_stands(one) for one in found] == before
        issue.refresh_from_db()
        assert issue.status == Issue.Status.ENDED
        assert not IssueCase.objects.filter(left_at=None).exists()
        with travel(at(15, 9), tick=False):
            casework.resume_case(complaint=found[2], actor=me)
        assert Complaint.objects.get(pk=found[2].pk).due_on is not None

    def test_clocks_run_on_meanwhile_each_with_its_marks(self):
        me = officer()
        first, second, _third = three(me)
        with travel(at(11, 9), tick=False):
            issues.merge_cases(cases=[first, second], actor=me)
        clock.tick(at(19, 20))
        passed = {
            one.pk: set(one.clock.filter(what__in=["half", "most", "overdue"]).values_list("what", flat=True))
            for one in (first, second)
        }
        assert passed[first.pk] == {"half", "most", "overdue"}
        assert passed[second.pk] == {"half", "most"}

    def test_a_case_that_waits_for_another_gets_no_answer_of_its_own(self):
        me = officer()
        first, second, _third = three(me)
        issues.merge_cases(cases=[first, second], actor=me)
        with pytest.raises(RuleViolation):
            answered(second, me)
        issues.take_out(complaint=second, reason="…", actor=me)
        answered(second, me)
        first.refresh_from_db()
        assert first.status == S.RECEIVED

    def test_one_more_joins_a_merge_that_is_there(self):
        me = officer()
        first, second, third = three(me)
        issue = issues.merge_cases(cases=[first, second], actor=me)
        assert issues.merge_cases(cases=[first, third], actor=me) == issue
        assert sorted(issues.cases_of(issue)) == [first.pk, second.pk, third.pk]
        issues.merge_cases(cases=[first, third], actor=me)
        assert IssueCase.objects.count() == 3

    def test_if_the_one_that_leads_is_withdrawn_the_next_leads(self):
        me = officer()
        first, second, third = three(me)
        issue = issues.merge_cases(cases=[first, second, third], actor=me)
        tracking.withdraw(complaint=first)
        issue.refresh_from_db()
        assert issue.lead == second
        answered(second, me)
        third.refresh_from_db()
        assert third.status == S.CLOSED

    def test_work_on_a_file_goes_for_cases_of_that_household_only(self):
        me, area = officer(None, "beneficiaries.view_household"), governorate()
        first, second = (case(at(4, number + 9), complainant=person(number), area=area) for number in range(2))
        home = household(area=area)
        for one in (first, second):
            taken(one, me)
        casework.link_case(complaint=first, actor=me, household=home, program=None, payment=None)
        issues.merge_cases(cases=[first, second], actor=me)
        with pytest.raises(RuleViolation, match=str(second)):
            answered(first, me, remedy="reverify")
        casework.link_case(complaint=second, actor=me, household=home, program=None, payment=None)
        promised = answered(first, me, remedy="reverify")
        assert promised.status == S.REMEDY
        second.refresh_from_db()
        assert second.status == S.IN_PROGRESS
        doer = officer(None, "complaints.finish_register_remedy")
        answers.finish_task(task=promised.tasks.get(), note="تمت الزيارة", actor=doer)
        second.refresh_from_db()
        assert second.status == S.CLOSED

    def test_whom_one_of_them_names_does_not_answer_and_does_not_learn_which(self):
        me, other = officer(), officer()
        first, second, _third = three(other)
        taken(first, me)
        issues.merge_cases(cases=[first, second], actor=other)
        casework.name_official(complaint=second, staff=me, actor=other)
        with pytest.raises(RuleViolation) as refusal:
            answered(first, me)
        assert str(second) not in refusal.value.message
        first.refresh_from_db()
        assert first.status == S.IN_PROGRESS

    def test_a_merge_led_by_a_case_that_names_one_does_not_exist_for_them(self):
        me, named = officer(), officer()
        first, second, _third = three(me)
        taken(first, me)
        casework.name_official(complaint=first, staff=named, actor=me)
        issues.merge_cases(cases=[first, second], actor=me)
        assert not Issue.objects.visible_to(named).exists()
        page = signed_in(named).get(second.get_absolute_url()).content.decode()
        assert str(first) not in page

    def test_another_kind_needs_an_answer_of_its_own(self):
        me = officer()
        with pytest.raises(RuleViolation):
            issues.merge_cases(cases=[case(), case(kind="praise")], actor=me)
        assert not Issue.objects.exists()

    def test_no_case_is_in_two_issues_whoever_tries(self):
        me = officer()
        first, second, third = three(me)
        issue = issues.merge_cases(cases=[first, second], actor=me)
        with pytest.raises(RuleViolation):
            issues.open_issue(title="أخرى", complaint=second, actor=me)
        other = Issue.objects.create(
            title="x", category=third.category, area=third.area, opened_by=me, opened_at=at(11)
        )
        with pytest.raises(DatabaseError), transaction.atomic():
            IssueCase.objects.create(issue=other, complaint=second, by=me, at=at(11))
        Issue.objects.filter(pk=issue.pk).update(status="ended", ended_at=at(12))
        with pytest.raises(DatabaseError, match="only an open issue"), transaction.atomic():
            IssueCase.objects.create(issue=issue, complaint=third, by=me, at=at(11))


@pytest.mark.django_db(transaction=True)
def test_two_officers_merge_overlapping_cases_at_once():
    me = officer()
    first, second, third = (case(at(4, number + 9), complainant=person(number)) for number in range(3))
    barrier, refused = threading.Barrier(2), []

    def merge(*chosen: Complaint) -> None:
        barrier.wait()
        try:
            issues.merge_cases(cases=chosen, actor=me)
        except RuleViolation as error:
            refused.append(error)
        connection.close()

    threads = [threading.Thread(target=merge, args=pair) for pair in ((first, second), (third, second))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    close_old_connections()
    assert IssueCase.objects.filter(complaint=second, left_at=None).count() == 1
    assert len(refused) == 1


class TestIssueOfMany:
    """«The bank's machine in Abnoub is out of order»: one answer to all, each told in their own way."""

    def of_many(self, me, count: int = 5) -> tuple[Issue, list[Complaint]]:
        found = [case(at(4, 9, number), complainant=person(number), story=MACHINE) for number in range(count - 1)]
        found.append(case(at(4, 12), privacy="anonymous", complainant=None, story=MACHINE, language="en"))
        issue = issues.open_issue(title="ماكينة أبنوب", complaint=found[0], actor=me)
        for one in found[1:]:
            issues.add_case(issue=issue, complaint=one, actor=me)
        return issue, found

    def answer(self, issue: Issue, me, **values):
        given = {"outcome": "upheld", "remedy": "service", "cause": "agent", "reasons": "أُصلحت الماكينة اليوم."}
        return issues.answer_issue(issue=issue, actor=me, **(given | values))

    def test_one_answer_closes_all_and_tells_each(self):
        me = officer()
        issue, found = self.of_many(me)
        assert self.answer(issue, me) == 5
        assert set(Complaint.objects.values_list("status", flat=True)) == {S.CLOSED}
        told = Notice.objects.filter(template_code="complaint_closed")
        # Who stays anonymous reads it with code and PIN.
        assert sorted(told.values_list("recipient", flat=True)) == [person(number).phone for number in range(4)]
        assert found[-1].resolutions.get().reasons == "أُصلحت الماكينة اليوم."
        assert AuditEntry.objects.filter(action="complaint.closed").count() == 5

    def test_all_or_none_and_what_stands_in_the_way_is_named(self):
        me = officer()
        issue, _found = self.of_many(me)
        question = case(kind="enquiry")
        issues.add_case(issue=issue, complaint=question, actor=me)
        with pytest.raises(RuleViolation, match=str(question)):
            self.answer(issue, me)
        assert not Complaint.objects.filter(status=S.CLOSED).exists()
        issues.take_out(complaint=question, reason="سؤال", actor=me)
        assert self.answer(issue, me) == 5

    @pytest.mark.parametrize("values", [{"outcome": "dismissed", "remedy": "none"}, {"remedy": "pay_back"}])
    def test_turning_away_and_work_on_files_are_decided_case_by_case(self, values):
        me = officer()
        issue, _found = self.of_many(me)
        with pytest.raises(RuleViolation):
            self.answer(issue, me, **values)

    def test_word_of_how_it_stands_is_an_interim_reply_to_each_once(self):
        me = officer()
        issue, _found = self.of_many(me)
        token = uuid.uuid4()
        with travel(at(6, 9), tick=False):
            assert issues.tell_all(issue=issue, text="طلبنا قطعة الغيار.", token=token, actor=me) == 5
            assert issues.tell_all(issue=issue, text="طلبنا قطعة الغيار.", token=token, actor=me) == 0
        assert Message.objects.filter(is_interim=True).count() == 5
        assert Notice.objects.filter(template_code="complaint_message").count() == 4
        # It is owed after five working days, and nobody is owed one any more.
        clock.tick(at(12, 20))
        assert not ClockEvent.objects.filter(what="interim").exists()

    def test_somebody_of_one_office_sees_how_many_and_only_their_own(self):
        me, here, there = officer(), unit(), unit()
        mine, theirs = case(area=here, story=MACHINE), case(area=there, story=MACHINE)
        issue = issues.open_issue(title="ماكينة", complaint=mine, actor=me)
        issues.add_case(issue=issue, complaint=theirs, actor=me)
        local = officer(here)
        assert Issue.objects.visible_to(local).get() == issue
        assert list(Complaint.objects.visible_to(local).filter(memberships__issue=issue)) == [mine]
        assert not Issue.objects.visible_to(officer(unit())).exists()


class TestAlike:
    def test_words_in_any_spelling_place_number_household_and_payment_speak_for_it(self):
        me, here = officer(), unit()
        one = case(area=here, story="الماكينة فى أبنوب مُعطَّلة من أسبوع ومش عارفة أصرف المعاش", complainant=person(1))
        near = case(area=here, story="ماكينه ابنوب معطله من اسبوع مش عارفه اصرف المعاش", complainant=person(2))
        far = case(area=unit(), story="أشكر الأستاذة هناء على حسن المعاملة", complainant=person(3))
        same = case(area=here, story="أريد تغيير العنوان", complainant=person(1), category=category("card"))
        found = {each.complaint.pk: each for each in alike(one, me)}
        assert far.pk not in found
        assert [str(reason) for reason in found[near.pk].reasons]
        assert near.pk in found
        assert same.pk in found
        assert found[near.pk].strength > LEAST
        assert len(found[same.pk].reasons) == 2

    def test_the_number_of_a_confidential_case_links_it_to_nothing(self):
        me = officer()
        one = case(complainant=person(1), privacy="confidential", story="قصة أولى عن البطاقة")
        other = case(complainant=person(1), story="شكوى مختلفة تمامًا بشأن المدرسة والغياب")
        assert [each.complaint for each in alike(one, me)] == []
        assert [each.complaint for each in alike(other, me)] == []

    def test_only_what_the_reader_may_see(self):
        here, there = unit(), unit()
        one, _other = case(area=here, story=MACHINE), case(area=there, story=MACHINE)
        assert alike(one, officer(here)) == []

    def test_takes_as_many_statements_for_twenty_as_for_two(self):
        me, counts = officer(), []
        one = case(story=MACHINE)
        alike(one, me)
        for more in (2, 18):
            for number in range(more):
                case(story=MACHINE, complainant=person(number))
            with CaptureQueriesContext(connection) as seen:
                assert alike(one, me)
                [each.complaint.category.name for each in alike(one, me)]
            counts.append(len(seen))
        assert counts[0] == counts[1]


LEAST = 0.35


class TestSuggestions:
    def decided(self, me, outcome: str = "adopted") -> Complaint:
        idea = case(kind="suggestion", story="أقترح موظفًا يعرف لغة الإشارة، كلموني على 01001234567")
        return answered(taken(idea, me), me, outcome=outcome, remedy="procedure", reasons="اعتُمد المقترح.")

    def words(self, **values):
        given = {"text_ar": "موظف يعرف لغة الإشارة في كل وحدة", "answer_ar": "يبدأ الشهر القادم في عشر وحدات"}
        return given | {"nobody_is_known": True} | values

    def test_a_decided_one_is_published_in_words_a_person_has_read(self, client):
        me = officer()
        idea = self.decided(me)
        with pytest.raises(RuleViolation):
            suggestions.publish(complaint=idea, actor=me, **self.words(nobody_is_known=False))
        suggestions.publish(complaint=idea, actor=me, **self.words())
        suggestions.publish(complaint=idea, actor=me, **self.words())
        assert AuditEntry.objects.filter(action="complaint.suggestion_published").count() == 1
        page = client.get("/suggestions/").content.decode()
        assert "لغة الإشارة في كل وحدة" in page
        assert "01001234567" not in page
        assert str(idea) not in page
        assert "لغة الإشارة في كل وحدة" not in client.get("/suggestions/?outcome=declined").content.decode()

    def test_hidden_or_opened_again_it_is_gone(self, client):
        me, other = officer(), officer()
        published = suggestions.publish(complaint=self.decided(me), actor=me, **self.words())
        suggestions.hide(published=published, actor=me)
        assert "لغة الإشارة" not in client.get("/suggestions/").content.decode()
        suggestions.publish(complaint=published.complaint, actor=me, **self.words())
        assert "لغة الإشارة" in client.get("/suggestions/").content.decode()
        answers.reopen_case(complaint=published.complaint, reason="…", actor=other)
        assert "لغة الإشارة" not in client.get("/suggestions/").content.decode()

    def test_a_complaint_is_not_published_whoever_tries(self):
        me = officer()
        complaint = answered(taken(case(story=STORY), me), me)
        with pytest.raises(RuleViolation):
            suggestions.publish(complaint=complaint, actor=me, **self.words())
        with pytest.raises(DatabaseError, match="only a decided suggestion"), transaction.atomic():
            complaint.memberships.model._meta.apps.get_model("complaints.PublishedSuggestion").objects.create(
                complaint=complaint, text_ar="x", answer_ar="y", by=me, at=at(11) + dt.timedelta(days=1)
            )
