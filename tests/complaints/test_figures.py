"""Figures: what is published and what is hidden, how the offices stand, what is done about causes that repeat."""

import csv
import datetime as dt
import io

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone
from time_machine import travel

from complaints.models import Complaint, CorrectiveAction, Resolution
from complaints.queries import breakdowns, figures
from complaints.queries.letter import answer_letter
from complaints.secrets import first_pin
from complaints.services import actions, answers, care, casework, tracking
from ministry import reference
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry, DisclosureEntry
from tests.complaints.factories import answered, at, case, category, governorate, officer, staff, taken, unit
from tests.complaints.test_pages import signed_in

pytestmark = pytest.mark.django_db
PATHS = ["EG/"]


def a_month(number: int, received: int) -> figures.Month:
    return figures.Month(dt.date(2026, number, 1), received, received, received, 5, 9, 0, 0, 0, 0, 0)


class TestMonths:
    @pytest.mark.parametrize(
        ("received", "hidden"),
        [
            ([30, 20, 12], set()),
            # One small month would follow from the sum of the year: the next smallest goes with it.
            ([30, 4, 12], {4, 12}),
            ([30, 4, 3, 12], {4, 3}),
            ([0, 30, 12], set()),
        ],
    )
    def test_small_months_are_hidden_with_what_gives_them_away(self, received, hidden):
        found = [a_month(number + 1, count) for number, count in enumerate(received)]
        assert {month.received for month in found if month.month in figures.hidden_months(found)} == hidden

    def test_objections_found_justified_are_counted_when_answered(self):
        me, above = officer(), officer()
        with travel(at(5, 11), tick=False):
            complaint = answered(taken(case(at(4)), me), me, outcome="partly")
        with travel(at(6, 11), tick=False):
            answers.appeal_case(complaint=complaint, reason="لم يتغير شيء")
            complaint.refresh_from_db()
            answered(taken(complaint, above), above)
        (month,) = figures.months(dt.date(2026, 10, 1), dt.date(2026, 10, 31), "Africa/Cairo")
        assert (month.appeals, month.decided_again, month.upheld, month.upheld_share) == (1, 1, 1, 100)
        assert month.on_time == 0

    def test_page_and_file_say_the_same_and_hide_the_same(self, client):
        me = officer()
        last_month = timezone.now().replace(day=15) - dt.timedelta(days=31)
        for number in range(12):
            complaint = case(last_month)
            if number < 11:
                with travel(last_month + dt.timedelta(days=1), tick=False):
                    answered(taken(complaint, me), me)
        before = last_month - dt.timedelta(days=31)
        for _number in range(3):
            case(before)
        rows = b"".join(client.get("/data/complaints.csv").streaming_content).decode("utf-8-sig")
        by_month = {row["month"]: row for row in csv.DictReader(io.StringIO(rows))}
        # Three cases are few; the twelve of the other month go with them, as the year's sum is shown.
        assert by_month[f"{before:%Y-%m}"]["received"] == "<10"
        assert by_month[f"{last_month:%Y-%m}"]["received"] == ""
        assert not by_month[f"{before:%Y-%m}"]["closed"]
        table = client.get("/data/complaints/").context["tables"][0]
        shown = [row for row in table["rows"] if str(row[1]) == "12"]
        assert shown == []
        for _number in range(9):
            case(before)
        rows = b"".join(client.get("/data/complaints.csv").streaming_content).decode("utf-8-sig")
        by_month = {row["month"]: row for row in csv.DictReader(io.StringIO(rows))}
        assert by_month[f"{before:%Y-%m}"]["received"] == "12"
        assert by_month[f"{last_month:%Y-%m}"]["flow_percent"] == "92"


class TestBreakdowns:
    def test_by_office_category_and_channel(self):
        me, here = officer(), unit()
        with travel(at(20, 11), tick=False):
            late = case(at(4), area=here, channel="sms")
            in_time = case(at(18), area=here, category=category("card", name_ar="البطاقة"))
            answered(taken(in_time, me), me)
        with travel(at(25, 11), tick=False):
            (office,) = breakdowns.by("office", PATHS, me.pk)
            assert (office.name_ar, office.open, office.late, office.answered, office.on_time) == (
                here.name_ar,
                1,
                1,
                1,
                1,
            )
            assert office.on_time_share == 100
            assert {(one.name_ar, one.open, one.answered) for one in breakdowns.by("channel", PATHS, me.pk)} == {
                ("sms", 1, 0),
                ("web", 0, 1),
            }
            assert {one.name_ar for one in breakdowns.by("category", PATHS, me.pk)} == {"الصرف", "البطاقة"}
            assert [count for _first, _last, count in breakdowns.ages(PATHS, me.pk)] == [0, 0, 0, 1, 0]
        assert late.status == Complaint.Status.RECEIVED

    def test_only_of_ones_own_areas_and_without_what_names_one(self):
        me, here = officer(), unit()
        complaint = taken(case(area=here), me)
        named = officer()
        casework.name_official(complaint=complaint, staff=named, actor=me)
        assert breakdowns.by("office", PATHS, me.pk)
        assert breakdowns.by("office", PATHS, named.pk) == []
        assert breakdowns.by("office", [unit().path], me.pk) == []
        assert breakdowns.ages([], me.pk)[0][2] == 0

    def test_causes_that_repeat_beside_those_of_before_and_what_is_done(self):
        me = officer()
        for days, cause in ((100, "delay"), (5, "delay"), (4, "delay"), (3, "agent"), (2, "no_fault")):
            with travel(timezone.now() - dt.timedelta(days=days), tick=False):
                answered(taken(case(timezone.now()), me), me, cause=cause)
        planner = staff("complaints.plan_correction", "complaints.view_complaint")
        actions.plan_action(
            cause="delay",
            title_ar="موظف إضافي",
            owner=me,
            due_on=timezone.localdate() + dt.timedelta(days=30),
            actor=planner,
        )
        found = {
            row["cause"]: (row["lately"], row["before"], row["actions"]) for row in breakdowns.growing_causes(PATHS, 0)
        }
        assert found == {"delay": (2, 1, 1), "agent": (1, 0, 0)}

    def test_the_page_shows_them(self):
        me = officer()
        answered(taken(case(), me), me)
        case()
        page = signed_in(me).get("/desk/complaints/figures/")
        assert page.status_code == 200
        assert len(page.context["tables"]) >= 5


class TestActions:
    def plan(self, actor, owner, **values):
        given = {"cause": "delay", "title_ar": "موظف إضافي في وحدة أبنوب", "due_on": timezone.localdate()}
        return actions.plan_action(actor=actor, owner=owner, **(given | values))

    def test_planned_by_who_may_and_finished_by_its_owner(self, client):
        planner, owner, other = staff("complaints.plan_correction"), officer(), officer()
        with pytest.raises(PermissionDenied):
            self.plan(other, owner)
        action = self.plan(planner, owner)
        assert self.plan(planner, owner) == action
        with pytest.raises(PermissionDenied):
            actions.finish_action(action=action, result="تم", actor=other)
        assert "موظف إضافي" in client.get("/data/complaints/").content.decode()
        actions.finish_action(action=action, result="عُيّن موظف", actor=owner)
        with pytest.raises(TransitionNotAllowed):
            actions.finish_action(action=action, result="تم", actor=owner)
        page = client.get("/data/complaints/").content.decode()
        assert "عُيّن موظف" in page
        assert str(owner) not in page

    def test_a_day_that_is_over_is_refused(self):
        planner = staff("complaints.plan_correction")
        with pytest.raises(RuleViolation):
            self.plan(planner, planner, due_on=timezone.localdate() - dt.timedelta(days=1))

    def test_done_without_a_result_is_refused_by_the_table(self):
        planner = staff("complaints.plan_correction")
        action = self.plan(planner, planner)
        with pytest.raises(DatabaseError), transaction.atomic():
            CorrectiveAction.objects.filter(pk=action.pk).update(status="done", done_at=timezone.now())


class TestSatisfaction:
    """Asked on closing and after thirty days; a low score opens a review."""

    def test_asked_twice_and_a_low_score_opens_a_review_that_must_be_answered(self):
        me, other = officer(), officer()
        with travel(at(5, 11), tick=False):
            complaint = answered(taken(case(at(4)), me), me)
            tracking.rate(complaint=complaint, moment="closing", score=5, still_fixed=None, comment="")
        assert not Complaint.objects.get().needs_review
        assert care.ask_again(at(4, 10, month=11)) == 0
        assert care.ask_again(at(5, 12, month=11)) == 1
        assert care.ask_again(at(5, 13, month=11)) == 0
        tracking.rate(complaint=complaint, moment="later", score=4, still_fixed=False, comment="عاد الأمر كما كان")
        assert Complaint.objects.get().needs_review
        answers.end_review(complaint=complaint, reason="اتصلنا به", actor=other)
        assert not Complaint.objects.get().needs_review
        assert Resolution.objects.count() == 1


class TestLetter:
    def closed(self, me, **values):
        return answered(taken(case(**values), me), me, reasons="راجعنا مكتب البريد.\nتم الصرف، ونعتذر.")

    def test_the_office_prints_it_in_both_languages_and_that_is_noted(self):
        me = officer()
        complaint, client = self.closed(me), signed_in(me)
        for query in ("", "?language=en"):
            response = client.get(f"{complaint.get_absolute_url()}letter.pdf{query}")
            assert response.status_code in {200, 409}
            if response.status_code == 409:
                pytest.skip("no Arabic font on this machine")
            assert response.content.startswith(b"%PDF")
            assert "no-store" in response["Cache-Control"]
        assert AuditEntry.objects.filter(action="complaint_letter.exported").count() == 2
        assert DisclosureEntry.objects.filter(channel="letter").count() == 2

    def test_it_says_what_why_and_how_to_object_and_names_no_official(self):
        me, second = officer(), officer()
        complaint = taken(case(), me)
        complaint = answered(complaint, me, outcome="dismissed", remedy="explanation", reasons="صُرف في موعده.")
        complaint = answers.confirm_dismissal(complaint=complaint, actor=second)
        letter = answer_letter(
            Complaint.objects.get(pk=complaint.pk),
            appeal_until=answers.appeal_until(complaint),
            track_url="https://portal.example/complaints/track/",
        )
        said = " ".join(str(part) for part in [*letter.paragraphs, *letter.closing, *letter.rows])
        assert "صُرف في موعده." in said
        assert "سعاد محمود" in said
        assert "15044" in said
        assert str(me) not in said
        assert str(second) not in said
        assert complaint.code not in letter.qr

    def test_an_open_case_has_none(self):
        me = officer()
        complaint = taken(case(), me)
        assert signed_in(me).get(f"{complaint.get_absolute_url()}letter.pdf").status_code == 404

    def test_by_code_and_pin_one_prints_ones_own_and_nobody_without(self, client):
        reference.load_all()
        me = officer()
        complaint = self.closed(me, area=governorate())
        path = "/complaints/track/case/letter.pdf"
        assert client.get(path).status_code == 302
        client.post("/complaints/track/", {"code": complaint.code, "pin": first_pin(complaint.token)})
        assert client.get(path).status_code in {200, 409}
