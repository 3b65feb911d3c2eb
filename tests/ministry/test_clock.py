"""Working days and hours, and clocks that pause."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ministry.clock.clocks import Clock, ClockEvent
from ministry.clock.working_time import WorkingTime

CAIRO = ZoneInfo("Africa/Cairo")
ARMED_FORCES_DAY = dt.date(2026, 10, 8)
EGYPT = WorkingTime(
    weekend=frozenset({5, 6}),
    holidays=frozenset({ARMED_FORCES_DAY}),
    opens_at=dt.time(9),
    closes_at=dt.time(15),
    time_zone="Africa/Cairo",
)
days = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))


def at(day: int, hour: int = 10, *, month: int = 10) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=CAIRO)


class TestWorkingDays:
    @pytest.mark.parametrize(
        ("start", "term", "end"),
        [
            (dt.date(2026, 10, 4), 1, dt.date(2026, 10, 5)),  # Sunday: the day itself does not count
            (dt.date(2026, 10, 7), 1, dt.date(2026, 10, 11)),  # Thursday is a holiday, then the weekend
            (dt.date(2026, 10, 9), 1, dt.date(2026, 10, 11)),  # begins on a Friday
            (dt.date(2026, 10, 9), 0, dt.date(2026, 10, 11)),  # nothing to wait for, but no office open
            (dt.date(2026, 10, 4), 0, dt.date(2026, 10, 4)),
        ],
    )
    def test_term_ends_on(self, start, term, end):
        assert EGYPT.add_working_days(start, term) == end

    def test_holiday_lengthens_a_term(self):
        without = WorkingTime(EGYPT.weekend, frozenset(), EGYPT.opens_at, EGYPT.closes_at, EGYPT.time_zone)
        start = dt.date(2026, 10, 6)
        assert EGYPT.add_working_days(start, 5) > without.add_working_days(start, 5)

    @given(days, st.integers(1, 60))
    def test_counting_back_gives_the_term(self, start, term):
        assert EGYPT.working_days_between(start, EGYPT.add_working_days(start, term)) == term

    @given(days, st.integers(0, 60))
    def test_a_term_always_ends_on_a_working_day(self, start, term):
        assert EGYPT.is_working_day(EGYPT.add_working_days(start, term))

    def test_refuses_a_negative_term(self):
        with pytest.raises(ValueError, match="negative"):
            EGYPT.add_working_days(dt.date(2026, 1, 1), -1)

    def test_refuses_a_calendar_without_working_days(self):
        closed = WorkingTime(frozenset(range(1, 8)), frozenset(), dt.time(9), dt.time(15), "Africa/Cairo")
        with pytest.raises(ValueError, match="no working days"):
            closed.add_working_days(dt.date(2026, 1, 1), 1)


class TestWorkingHours:
    def test_counts_only_opening_hours(self):
        assert EGYPT.working_seconds_between(at(5, 8), at(5, 23)) == 6 * 3600

    def test_skips_weekend_and_holiday(self):
        assert EGYPT.working_seconds_between(at(7, 14), at(11, 10)) == 2 * 3600

    def test_summer_time_changes_no_working_hour(self):
        # Egypt leaves summer time on the last Thursday of October.
        assert EGYPT.working_seconds_between(at(29, 9), at(1, 15, month=11)) == 12 * 3600

    @given(
        st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2027, 1, 1)),  # noqa: DTZ001 - the zone is added below
        st.floats(0, 400_000),
    )
    def test_adding_is_the_inverse_of_counting(self, start, seconds):
        start = start.replace(tzinfo=CAIRO)
        end = EGYPT.add_working_seconds(start, seconds)
        assert EGYPT.working_seconds_between(start, end) == pytest.approx(seconds, abs=0.01)


class TestClock:
    def test_without_pause_is_the_plain_term(self):
        clock = Clock(EGYPT, 5, [(at(4), ClockEvent.START)])
        assert clock.due_on(at(4)) == EGYPT.add_working_days(dt.date(2026, 10, 4), 5)

    def test_a_pause_moves_the_end_by_its_working_days(self):
        events = [(at(11), ClockEvent.START), (at(12), ClockEvent.PAUSE), (at(14), ClockEvent.RESUME)]
        plain = Clock(EGYPT, 5, events[:1]).due_on(at(14))
        assert Clock(EGYPT, 5, events).due_on(at(14)) == EGYPT.add_working_days(plain, 2)

    def test_pausing_and_resuming_within_a_day_costs_no_day(self):
        events = [(at(11), ClockEvent.START), (at(12, 9), ClockEvent.PAUSE), (at(12, 11), ClockEvent.RESUME)]
        assert Clock(EGYPT, 5, events).due_on(at(13)) == Clock(EGYPT, 5, events[:1]).due_on(at(13))

    def test_paused_has_no_due_day(self):
        assert Clock(EGYPT, 5, [(at(11), ClockEvent.START), (at(12), ClockEvent.PAUSE)]).due_on(at(20)) is None

    def test_stopped_uses_no_more_days(self):
        clock = Clock(EGYPT, 5, [(at(11), ClockEvent.START), (at(13, 16), ClockEvent.STOP)])
        assert clock.days_used(at(29)) == clock.days_used(at(14)) == 2

    def test_due_day_does_not_move_once_it_has_passed(self):
        clock = Clock(EGYPT, 3, [(at(11), ClockEvent.START)])
        assert clock.due_on(at(29)) == clock.due_on(at(12)) == dt.date(2026, 10, 14)

    @pytest.mark.parametrize(
        "events",
        [
            [(at(11), ClockEvent.PAUSE)],
            [(at(11), ClockEvent.START), (at(12), ClockEvent.START)],
            [(at(12), ClockEvent.START), (at(11), ClockEvent.PAUSE)],
            [(at(11), ClockEvent.START), (at(12), ClockEvent.STOP), (at(13), ClockEvent.RESUME)],
        ],
    )
    def test_refuses_an_impossible_history(self, events):
        with pytest.raises(ValueError, match="cannot"):
            Clock(EGYPT, 5, events)
