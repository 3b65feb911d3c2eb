"""Calling people back: asked for, due, tried, reached."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Call, CallTry, Complaint, Party
from complaints.secrets import mark
from complaints.services import clock, limits
from ministry import audit, formats
from ministry.exceptions import RuleViolation
from ministry.models import NoticeTemplate, User
from ministry.notices.services import notify
from ministry.text import clean
from ministry.workflow import Transition, Workflow

# Called by the end of the next working day; given up when nobody answered on three different days.
WITHIN_DAYS = 1
TRIES = 3
HOUR = 60 * 60
PER_ADDRESS = 20

CALL = Workflow(Transition("try", frozenset({Call.Status.OPEN}), "", "complaints.answer_calls"))


def ask_for_call(
    *,
    phone: str,
    name: str = "",
    language: str = "ar",
    wanted: str = Call.When.ANY,
    code: str = "",
    address: str = "",
    actor: User | None = None,
    now: dt.datetime | None = None,
) -> Call:
    """Write down that somebody wants to be called. The same number again is the same wish.

    A code links it to the case only where the case has this number: it is told to nobody whether it does.

    Raises:
        RuleViolation: too many wishes from one connection.
    """
    if address and limits.count("call", address, seconds=HOUR) > PER_ADDRESS:
        raise RuleViolation(_("Too many calls were asked for from your connection. Call us, or try again in an hour."))
    now = now or timezone.now()
    phone_mark = mark("phone", phone)
    owner = Party.objects.filter(complaint__code=code, phone_mark=phone_mark).exclude(role=Party.Role.ABOUT).first()
    with transaction.atomic():
        call, is_new = Call.objects.get_or_create(
            phone_mark=phone_mark,
            status=Call.Status.OPEN,
            defaults={
                "phone": phone,
                "name": clean(name)[:200],
                "language": language,
                "wanted": wanted,
                "complaint": owner.complaint if owner else None,
                "asked_at": now,
                "asked_by": actor,
                "due_on": clock.office_hours().add_working_days(timezone.localdate(now), WITHIN_DAYS),
            },
        )
        if is_new:
            audit.record(actor=actor, action="call.asked", target=call)
    return call


@transaction.atomic
def record_try(*, call: Call, outcome: str, note: str, actor: User, now: dt.datetime | None = None) -> Call:
    """Write down what came of a call; reached or given up, the wish is done.

    Whoever could not be reached on three days is told by SMS that we tried and how to reach us.
    """
    call = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    CALL.check("try", status=call.status, actor=actor)
    now = now or timezone.now()
    CallTry.objects.create(call=call, at=now, by=actor, outcome=outcome, note=clean(note)[:300])
    days = {timezone.localdate(at) for at in call.tries.values_list("at", flat=True)}
    if outcome == CallTry.Outcome.REACHED:
        call.status, call.ended_at = Call.Status.REACHED, now
    elif outcome == CallTry.Outcome.WRONG or len(days) >= TRIES:
        call.status, call.ended_at = Call.Status.GIVEN_UP, now
        if outcome != CallTry.Outcome.WRONG:
            _tell_not_reached(call)
    else:
        call.due_on = clock.office_hours().add_working_days(timezone.localdate(now), WITHIN_DAYS)
    call.save()
    audit.record(actor=actor, action="call.tried", target=call, data={"outcome": str(outcome)})
    return call


def _tell_not_reached(call: Call) -> None:
    notify(
        "complaint_not_reached",
        channel=NoticeTemplate.Channel.SMS,
        key=f"call:{call.pk}",
        recipient=call.phone,
        context={"hotline": formats.digits(settings.HOTLINE)},
        language=call.language,
        subject=call,
    )


def of_number(phone: str, reader: User) -> list[Complaint]:
    """Return the earlier cases of a number the reader may see, for whoever is on the phone; confidential ones never."""
    return list(
        Complaint.objects.visible_to(reader)
        .filter(parties__phone_mark=mark("phone", phone), privacy=Complaint.Privacy.NAMED)
        .distinct()
        .for_list()[:5]
    )
