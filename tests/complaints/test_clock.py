"""A case's clock in the database: events, marks, the ladder, a changed calendar."""

import datetime as dt
import random
import threading

import pytest
from django.db import InternalError, close_old_connections, connection, transaction
from django.db.utils import DatabaseError
from time_machine import travel

from complaints.models import ClockEvent, Complaint
from complaints.services import answers, casework, clock, tracking
from ministry.models import Holiday, Notice
from tests.complaints.factories import answered, at, calendar, case, officer, taken, unit

pytestmark = pytest.mark.django_db
What = ClockEvent.What


def marks(complaint: Complaint) -> list[str]:
    return list(complaint.clock.order_by("at", "id").values_list("what", flat=True))


def stored_is_recomputed(complaint: Complaint) -> bool:
    stored = [getattr(complaint, name) for name in clock._DATES]
    clock.reckon(complaint, clock.office_hours(), clock.moves_of(complaint))
    return [getattr(complaint, name) for name in clock._DATES] == stored


class TestTheTerm:
    def test_a_case_starts_with_its_dates(self):
        complaint = case(at(4))
        assert complaint.due_on == dt.date(2026, 10, 19)
        assert complaint.interim_on == dt.date(2026, 10, 12)
        assert marks(complaint) == ["start"]

    def test_pausing_stops_it_and_resuming_leaves_what_was_left(self):
        me = officer()
        complaint = taken(case(at(4)), me)
        with travel(at(7), tick=False):
            complaint = casework.pause_case(complaint=complaint, reason="visit", note="زيارة", actor=me)
        assert (complaint.due_on, complaint.climbs_on) == (None, None)
        with travel(at(13, 9), tick=False):
            complaint = casework.resume_case(complaint=complaint, actor=me)
        assert complaint.due_on == dt.date(2026, 10, 22)
        assert stored_is_recomputed(complaint)

    def test_an_answer_of_the_complainant_lets_it_go_on(self):
        me = officer()
        complaint = taken(case(at(4)), me)
        with travel(at(6), tick=False):
            complaint = casework.pause_case(complaint=complaint, reason="complainant", note="صورة البطاقة", actor=me)
        with travel(at(11), tick=False):
            tracking.add_message(complaint=complaint, text="ها هي", token=complaint.token)
        complaint.refresh_from_db()
        assert complaint.status == "in_progress"
        assert marks(complaint) == ["start", "pause", "resume"]

    def test_stored_dates_follow_from_the_events_on_random_histories(self):
        chance, me = random.Random(7), officer()
        for _number in range(40):
            moment = at(1) + dt.timedelta(hours=chance.randrange(24 * 20))
            with travel(moment, tick=False):
                complaint = taken(case(moment), me)
            for _step in range(chance.randrange(4)):
                moment += dt.timedelta(hours=chance.randrange(1, 100))
                with travel(moment, tick=False):
                    complaint = casework.pause_case(complaint=complaint, reason="court", note="…", actor=me)
                moment += dt.timedelta(hours=chance.randrange(1, 100))
                with travel(moment, tick=False):
                    complaint = casework.resume_case(complaint=complaint, actor=me)
            complaint.refresh_from_db()
            assert stored_is_recomputed(complaint)


class TestTheCalendar:
    def test_a_new_holiday_moves_open_cases_and_leaves_closed_ones(self):
        me = officer()
        open_case, closed = case(at(4)), taken(case(at(4)), me)
        with travel(at(15), tick=False):
            closed = answered(closed, me)
        measured = (closed.due_on, closed.days_used, closed.was_on_time)
        Holiday.objects.create(calendar=calendar(), on=dt.date(2026, 10, 14), name_ar="عطلة", name_en="Holiday")
        with travel(at(15, 16), tick=False):
            assert clock.reckon_open_cases() == 1
            assert clock.reckon_open_cases() == 0
        open_case.refresh_from_db()
        closed.refresh_from_db()
        assert open_case.due_on == dt.date(2026, 10, 20)
        assert marks(open_case)[-1] == "reckoned"
        assert (closed.due_on, closed.days_used, closed.was_on_time) == measured == (dt.date(2026, 10, 19), 7, True)

    def test_the_database_keeps_the_clock_of_a_closed_case(self):
        me = officer()
        with travel(at(15), tick=False):
            closed = answered(taken(case(at(4)), me), me)
        with pytest.raises((InternalError, DatabaseError), match="clock of a closed case"), transaction.atomic():
            Complaint.objects.filter(pk=closed.pk).update(was_on_time=False)

    def test_events_are_never_changed(self):
        complaint = case(at(4))
        with pytest.raises(DatabaseError), transaction.atomic():
            complaint.clock.update(note="x")


class TestMarks:
    def test_each_is_passed_once_however_late_and_often(self):
        me = officer()
        complaint = taken(case(at(4)), me)
        assert clock.tick(at(12, 14))["half"] == 0  # the office is still open
        assert clock.tick(at(12, 15))["half"] == 1
        # The worker was down over the rest.
        first = clock.tick(at(20, 9))
        assert (first["half"], first["most"], first["overdue"], first["interim"]) == (0, 1, 1, 0)
        again = clock.tick(at(20, 9))
        assert set(again.values()) <= {0}
        assert marks(complaint).count("most") == 1
        assert Notice.objects.filter(template_code="complaint_overdue").count() == 1

    def test_an_interim_reply_spares_the_reminder(self):
        me = officer()
        told, silent = taken(case(at(4)), me), taken(case(at(4)), me)
        with travel(at(6), tick=False):
            casework.write_message(complaint=told, verb="interim", text="نعمل عليها", token=told.token, actor=me)
        clock.tick(at(12, 16))
        assert "interim" not in marks(told)
        assert "interim" in marks(silent)

    def test_a_paused_case_passes_nothing(self):
        me = officer()
        complaint = taken(case(at(4)), me)
        with travel(at(5), tick=False):
            casework.pause_case(complaint=complaint, reason="court", note="…", actor=me)
        assert set(clock.tick(at(30)).values()) == {0}


class TestLadder:
    def test_an_unanswered_case_climbs_rung_by_rung_to_the_inspector(self):
        here = unit()
        local, central = officer(here), officer()
        complaint = case(at(4), area=here)
        assert (complaint.level, complaint.officer) == ("unit", local)
        seen = []
        for _tick in range(6):
            clock.tick(at(30, month=12))
            complaint.refresh_from_db()
            seen.append(complaint.level)
        assert seen == ["directorate", "centre", "inspector", "inspector", "inspector", "inspector"]
        assert complaint.officer == central
        assert marks(complaint).count("climbed") == 3
        assert Notice.objects.filter(template_code="complaint_escalated").count() == 3

    def test_it_climbs_no_sooner_than_the_steps_say(self):
        complaint = case(at(4), area=unit())
        clock.tick(at(19, 16))
        clock.tick(at(26, 14))
        complaint.refresh_from_db()
        assert complaint.level == "directorate"
        clock.tick(at(26, 16))
        complaint.refresh_from_db()
        assert complaint.level == "centre"

    def test_an_answered_case_does_not_climb(self):
        me = officer()
        with travel(at(6), tick=False):
            complaint = answered(taken(case(at(4)), me), me)
        clock.tick(at(30, month=12))
        complaint.refresh_from_db()
        assert complaint.climbed == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_pass_each_mark_once():
    complaint = case(at(4), area=unit())
    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        clock.tick(at(20, 9))
        close_old_connections()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = marks(complaint)
    assert [found.count(mark) for mark in ("half", "most", "overdue", "climbed")] == [1, 1, 1, 1]


def test_an_objection_begins_a_new_term_with_another_person():
    here = unit()
    local, central = officer(here), officer()
    with travel(at(6), tick=False):
        complaint = answered(taken(case(at(4), area=here), local), local)
    with travel(at(7), tick=False):
        complaint = answers.appeal_case(complaint=complaint, reason="لم يُصرف شيء")
    assert (complaint.round, complaint.level, complaint.officer) == (2, "directorate", central)
    assert complaint.due_on == dt.date(2026, 10, 22)
    assert (complaint.first_on_time, complaint.was_on_time) == (True, None)
