"""Deadlines, the ladder, doubts and hidden counts: values in, values out."""

import datetime as dt
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import rules
from complaints.secrets import is_code, new_code
from ministry.clock import ClockEvent, WorkingTime
from tests.complaints.factories import CAIRO, at

HOLIDAYS = frozenset({dt.date(2026, 10, 8), dt.date(2026, 10, 20), dt.date(2026, 11, 1), dt.date(2026, 12, 15)})
EGYPT = WorkingTime(frozenset({5, 6}), HOLIDAYS, dt.time(9), dt.time(15), "Africa/Cairo")
TERM = rules.Term(days=10, interim_days=5, step_days=5)
START, PAUSE, RESUME, STOP = ClockEvent.START, ClockEvent.PAUSE, ClockEvent.RESUME, ClockEvent.STOP


class TestDeadlines:
    def test_a_holiday_and_weekends_lengthen_the_wait(self):
        # Sunday 4 October: Mon 5, Tue 6, Wed 7, (Thu 8 holiday, Fri, Sat), Sun 11 … Thu 15, Sun 18, Mon 19.
        dates = rules.deadlines(EGYPT, TERM, [(at(4), START)])
        assert dates == rules.Deadlines(
            half_on=dt.date(2026, 10, 12),
            most_on=dt.date(2026, 10, 15),
            due_on=dt.date(2026, 10, 19),
            interim_on=dt.date(2026, 10, 12),
        )

    def test_what_arrives_on_a_friday_counts_from_the_monday_after(self):
        dates = rules.deadlines(EGYPT, rules.Term(1, 0, 5), [(at(16), START)])
        assert dates.due_on == dt.date(2026, 10, 18)
        assert dates.interim_on is None

    def test_there_is_no_due_date_while_paused_or_stopped(self):
        assert rules.deadlines(EGYPT, TERM, [(at(4), START), (at(5), PAUSE)]) is None
        assert rules.deadlines(EGYPT, TERM, [(at(4), START), (at(5), STOP)]) is None
        assert rules.deadlines(EGYPT, TERM, []) is None

    def test_resuming_leaves_the_working_days_that_were_left(self):
        # Two days used (5, 6); paused on the 7th before closing until the 13th: seven of ten are left… eight.
        dates = rules.deadlines(EGYPT, TERM, [(at(4), START), (at(7), PAUSE), (at(13, 9), RESUME)])
        used = rules.days_used(EGYPT, [(at(4), START), (at(7), PAUSE)], at(7, 16))
        assert used == 2
        assert EGYPT.working_days_between(dt.date(2026, 10, 12), dates.due_on) == 8

    def test_a_pause_within_a_day_costs_nothing(self):
        straight = rules.deadlines(EGYPT, TERM, [(at(4), START)])
        paused = rules.deadlines(EGYPT, TERM, [(at(4), START), (at(6, 10), PAUSE), (at(6, 12), RESUME)])
        assert paused == straight

    def test_the_ladder_is_climbed_at_the_end_and_after_each_step(self):
        events = [(at(4), START)]
        assert [rules.climbs_on(EGYPT, TERM, events, climbed) for climbed in range(3)] == [
            dt.date(2026, 10, 19),
            dt.date(2026, 10, 27),
            dt.date(2026, 11, 4),
        ]


def history(chance: random.Random) -> tuple[list[tuple[dt.datetime, ClockEvent]], int]:
    """Return a random history of a clock that is running at its end, and a term."""
    moment = dt.datetime(2026, 10, 1, tzinfo=CAIRO) + dt.timedelta(minutes=chance.randrange(60 * 24 * 20))
    events = [(moment, START)]
    for _pause in range(chance.randrange(4)):
        for what in (PAUSE, RESUME):
            moment += dt.timedelta(minutes=chance.randrange(1, 60 * 24 * 6))
            events.append((moment, what))
    return events, chance.randrange(1, 26)


def due_step_by_step(events: list[tuple[dt.datetime, ClockEvent]], term: int) -> dt.date:
    """Carry the date forward from event to event, as a stored column would be, by another calendar (numpy)."""

    def offset(day: dt.date, days: int) -> dt.date:
        return np.busday_offset(day, days, roll="preceding", weekmask="1111001", holidays=list(HOLIDAYS)).astype(object)

    def ended(moment: dt.datetime) -> dt.date:
        """Return the last day whose close lies before the moment."""
        local = moment.astimezone(CAIRO)
        return local.date() if local.time() > dt.time(15) else local.date() - dt.timedelta(days=1)

    left, since = term, events[0][0].astimezone(CAIRO).date()
    due = offset(since, left)
    for moment, what in events[1:]:
        if what == PAUSE:
            days = int(
                np.busday_count(
                    since + dt.timedelta(days=1),
                    max(ended(moment), since) + dt.timedelta(days=1),
                    weekmask="1111001",
                    holidays=list(HOLIDAYS),
                )
            )
            if days >= left:
                return due
            left -= days
        else:
            since = max(ended(moment), since)
            due = offset(since, left)
    return due


def test_the_clock_recomputed_equals_the_one_carried_forward_on_ten_thousand_histories():
    chance = random.Random(20261004)
    wrong = []
    for number in range(10_000):
        events, term = history(chance)
        recomputed = rules._last_day(EGYPT, term, events)
        if recomputed != due_step_by_step(events, term):
            wrong.append((number, events, term, recomputed, due_step_by_step(events, term)))
    assert wrong[:3] == []


class TestLadder:
    def test_rungs_go_up_and_end(self):
        assert [rules.next_level(level) for level in rules.LADDER] == ["directorate", "centre", "inspector", None]

    def test_the_lightest_is_chosen_and_never_somebody_barred(self):
        assert rules.lightest([(7, 3), (8, 1), (9, 1)], barred=set()) == 8
        assert rules.lightest([(7, 3), (8, 1)], barred={8}) == 7
        assert rules.lightest([(7, 3)], barred={7}) is None

    def test_the_route_that_says_most_counts(self):
        assert rules.most_specific([(1, False, False, 0), (2, True, False, 0), (3, False, False, 9)]) == 2
        assert rules.most_specific([(2, True, False, 30), (4, False, True, 0)]) == 4
        assert rules.most_specific([]) is None


class TestDoubts:
    NOTHING = {"trap": "", "seconds": 90.0, "story": "قصة", "from_address": 1, "allowed_from_address": 20}

    @pytest.mark.parametrize(
        ("seen", "found"),
        [
            ({}, []),
            ({"trap": "x"}, ["trap"]),
            ({"seconds": 2.0}, ["fast"]),
            ({"story": "http://a https://b HTTPS://c"}, ["links"]),
            ({"from_address": 21}, ["many"]),
        ],
    )
    def test_what_looks_like_a_machine(self, seen, found):
        assert rules.suspicions(**(self.NOTHING | seen)) == found


class TestTidy:
    def test_paragraphs_stay(self):
        assert rules.tidy(" أولًا \r\n\r\n\r\nثانيًا\u202e\nثالثًا ") == "أولًا\n\nثانيًا\nثالثًا"

    @given(st.text(max_size=300))
    def test_no_letter_is_lost(self, text):
        kept = rules.tidy(text)
        assert rules.tidy(kept) == kept
        assert [c for c in kept if c.isalnum()] == [
            c for c in rules.clean(" ".join(text.replace("\r", "\n").split("\n"))) if c.isalnum()
        ]


class TestHiddenCounts:
    def test_a_single_small_one_takes_another_along(self):
        assert rules.shown_counts({"a": 3, "b": 40, "c": 12, "d": 0}, 10) == {"a": None, "b": 40, "c": None, "d": 0}

    @given(st.dictionaries(st.text(max_size=3), st.integers(0, 60), max_size=8))
    def test_no_hidden_count_follows_from_the_sum(self, cells):
        shown = rules.shown_counts(cells, 10)
        hidden = [name for name, count in shown.items() if count is None]
        assert all(count is None or count == 0 or count >= 10 for count in shown.values())
        if len([count for count in cells.values() if count > 0]) > 1:
            assert len(hidden) != 1


class TestCodes:
    def test_a_code_is_known_by_its_check_digit(self):
        codes = [new_code() for _ in range(200)]
        assert all(is_code(code) and len(code) == 10 and code[0] != "0" for code in codes)
        assert len(set(codes)) == 200

    @given(st.integers(0, 9), st.integers(0, 9))
    def test_a_wrong_digit_is_noticed(self, position, digit):
        code = new_code()
        wrong = code[:position] + str(digit) + code[position + 1 :]
        assert is_code(wrong) == (wrong == code)
