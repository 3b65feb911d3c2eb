"""A case's clock: what moves it, and what follows when it passes its marks."""

import datetime as dt

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from complaints import rules
from complaints.models import ClockEvent, Complaint, Term
from complaints.services import routing, telling
from ministry import audit
from ministry.clock import ClockEvent as Move
from ministry.clock import WorkingTime, working_time
from ministry.models import Calendar, User

_What = ClockEvent.What
_DATES = ("half_on", "most_on", "due_on", "interim_on", "climbs_on")
# Cases whose clock runs towards its end while somebody is to answer.
_RUNNING = ("received", "in_progress", "dismissal", "remedy")
# Only what nobody has decided yet climbs.
_CLIMBING = ("received", "in_progress")
BATCH = 500


def office_hours() -> WorkingTime:
    """Return the country's working time as it stands now."""
    return working_time(Calendar.objects.get(code=settings.COUNTRY.lower()))


def term_for(kind: str, on_date: dt.date) -> Term:
    """Return the term a case that arrives on a day is owed."""
    return Term.objects.filter(kind=kind, starts_on__lte=on_date).order_by("-starts_on")[0]


def moves_of(complaint: Complaint) -> list[tuple[dt.datetime, Move]]:
    """Return what moved the clock in the present round, in order."""
    rows = ClockEvent.objects.filter(complaint=complaint, round=complaint.round, what__in=ClockEvent.MOVES)
    return [(at, Move(what)) for at, what in rows.order_by("at", "id").values_list("at", "what")]


def reckon(complaint: Complaint, hours: WorkingTime, moves: list[tuple[dt.datetime, Move]]) -> None:
    """Set the dates of a case from its events and the calendar; nothing is saved."""
    term = rules.Term(complaint.term_days, complaint.term.interim_days, complaint.term.step_days)
    dates = rules.deadlines(hours, term, moves)
    complaint.half_on = dates.half_on if dates else None
    complaint.most_on = dates.most_on if dates else None
    complaint.due_on = dates.due_on if dates else None
    complaint.interim_on = dates.interim_on if dates else None
    complaint.climbs_on = rules.climbs_on(hours, term, moves, complaint.climbed)


def move(
    complaint: Complaint, what: str, *, at: dt.datetime, actor: User | None, reason: str = "", note: str = ""
) -> None:
    """Write down what moves the clock, and work the dates out anew; the caller saves the case.

    Called with the case locked, so that events come in order.
    """
    before = complaint.due_on
    hours = office_hours()
    moves = [*moves_of(complaint), (at, Move(what))]
    reckon(complaint, hours, moves)
    if what == _What.STOP:
        complaint.days_used = rules.days_used(hours, moves, at)
        complaint.was_on_time = rules.is_on_time(complaint.term_days, complaint.days_used)
        # A closed case keeps the last day it was measured by.
        complaint.due_on = before
        complaint.closed_at = at
    ClockEvent.objects.create(
        complaint=complaint,
        round=complaint.round,
        what=what,
        at=at,
        by=actor,
        reason=reason,
        note=note,
        level=complaint.level,
        due_on=complaint.due_on,
    )


def begin_round(complaint: Complaint, *, at: dt.datetime, actor: User | None) -> None:
    """Start the clock again, for a case that is opened once more."""
    complaint.round += 1
    complaint.climbed = 0
    complaint.closed_at = complaint.days_used = complaint.was_on_time = None
    move(complaint, _What.START, at=at, actor=actor)


def tick(now: dt.datetime | None = None) -> dict[str, int]:
    """Pass the marks whose day is over and let overdue cases climb. Returns how many of each.

    A day is over at the office's closing time. After an outage everything that was missed is made up in one go; done
    twice, or by two workers at once, each mark is passed once.
    """
    now = now or timezone.now()
    hours = office_hours()
    passed = {
        what: _pass_mark(what, column, now, hours)
        for what, column in (
            (_What.HALF, "half_on"),
            (_What.MOST, "most_on"),
            (_What.OVERDUE, "due_on"),
            (_What.INTERIM, "interim_on"),
        )
    }
    return {str(what): count for what, count in passed.items()} | {"climbed": _climb(now, hours)}


def _last_day_over(now: dt.datetime, hours: WorkingTime) -> dt.date:
    local = timezone.localtime(now)
    return local.date() if local.time() >= hours.closes_at else local.date() - dt.timedelta(days=1)


@transaction.atomic
def _pass_mark(what: str, column: str, now: dt.datetime, hours: WorkingTime) -> int:
    """Write a mark for every case that has passed it and has none, and tell the officer. One statement."""
    unless = (
        """AND NOT EXISTS (SELECT 1 FROM complaints_message message WHERE message.complaint_id = c.id
               AND message.is_interim AND message.at >= (SELECT max(start.at) FROM complaints_clockevent start
                   WHERE start.complaint_id = c.id AND start.round = c.round AND start.what = 'start'))"""
        if what == _What.INTERIM
        else ""
    )
    with connection.cursor() as cursor:
        cursor.execute(
            # The column and the condition come from this module, never from a request.
            f"""
            INSERT INTO complaints_clockevent (complaint_id, round, what, at, reason, note, level, due_on)
            SELECT c.id, c.round, %s, %s, '', '', c.level, c.due_on
            FROM complaints_complaint c
            WHERE c.status = ANY(%s) AND c.{column} <= %s {unless}
            ON CONFLICT DO NOTHING
            RETURNING complaint_id
            """,  # noqa: S608
            [str(what), now, list(_RUNNING), _last_day_over(now, hours)],
        )
        found = [row[0] for row in cursor.fetchall()]
    for complaint in Complaint.objects.filter(pk__in=found, officer__isnull=False).select_related("officer"):
        telling.tell_officer(complaint, f"complaint_{what}", key=str(what))
    return len(found)


def _climb(now: dt.datetime, hours: WorkingTime) -> int:
    """Let each overdue case climb one rung at a time; after a long outage it climbs again at the next tick."""
    due = Complaint.objects.filter(status__in=_CLIMBING, climbs_on__lte=_last_day_over(now, hours)).exclude(
        level=rules.Level.INSPECTOR
    )
    climbed = 0
    for pk in list(due.order_by("climbs_on", "pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            # Somebody may be at it, or it may have climbed meanwhile: then it is left alone.
            complaint = due.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
            if complaint is not None:
                climbed += climb(complaint, now=now, actor=None, note="")
    return climbed


def climb(complaint: Complaint, *, now: dt.datetime, actor: User | None, note: str) -> bool:
    """Pass a locked case to the level above and its officers; false where there is none above. Saves it."""
    above = rules.next_level(complaint.level)
    if above is None:
        return False
    complaint.level = above
    complaint.office = routing.office_at(complaint.office, above)
    if actor is None:
        complaint.climbed += 1
    ClockEvent.objects.create(
        complaint=complaint,
        round=complaint.round,
        what=_What.CLIMBED,
        at=now,
        by=actor,
        note=note,
        level=above,
        due_on=complaint.due_on,
    )
    routing.release(complaint, at=now)
    complaint.status = Complaint.Status.RECEIVED
    reckon(complaint, office_hours(), moves_of(complaint))
    complaint.save()
    routing.assign_lightest(complaint, at=now)
    audit.record(actor=actor, action="complaint.escalated", target=complaint, data={"level": str(above)})
    telling.tell_complainant(complaint, "complaint_escalated", key=f"climbed:{above}")
    return True


def reckon_open_cases() -> int:
    """Work the dates of all open cases out anew, after the calendar may have changed; returns how many moved.

    Closed cases are not looked at: what they were measured by stands.
    """
    hours, changed, last = office_hours(), 0, 0
    while True:
        with transaction.atomic():
            cases = list(
                Complaint.objects.open()
                .filter(pk__gt=last)
                .select_for_update(of=("self",))
                .select_related("term")
                .order_by("pk")[:BATCH]
            )
            if not cases:
                return changed
            last = cases[-1].pk
            moves = _moves_of_all(cases)
            moved = []
            for case in cases:
                before = [getattr(case, name) for name in _DATES]
                reckon(case, hours, moves[case.pk])
                if [getattr(case, name) for name in _DATES] != before:
                    moved.append(case)
            Complaint.objects.bulk_update(moved, _DATES)
            ClockEvent.objects.bulk_create(
                [
                    ClockEvent(
                        complaint=case,
                        round=case.round,
                        what=_What.RECKONED,
                        at=timezone.now(),
                        level=case.level,
                        due_on=case.due_on,
                    )
                    for case in moved
                ]
            )
            changed += len(moved)


def _moves_of_all(cases: list[Complaint]) -> dict[int, list[tuple[dt.datetime, Move]]]:
    rounds = {case.pk: case.round for case in cases}
    moves: dict[int, list[tuple[dt.datetime, Move]]] = {pk: [] for pk in rounds}
    rows = ClockEvent.objects.filter(complaint__in=rounds, what__in=ClockEvent.MOVES).order_by("at", "id")
    for complaint_id, number, at, what in rows.values_list("complaint_id", "round", "at", "what"):
        if rounds[complaint_id] == number:
            moves[complaint_id].append((at, Move(what)))
    return moves
