"""What comes in by SMS: parts joined, cases made, messages added, questions answered. The answer goes to the sender.

An SMS can be sent in another's name; whatever is told goes to the number it concerns, never back along the way it came.
The PIN is in no SMS of ours: it is made on the tracking page with a word sent to the number, or asked for by phone.
"""

import datetime as dt
import re
import uuid
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import lazy

from complaints.models import Category, Channel, Complaint, Party, SmsPart
from complaints.secrets import is_code, mark, spaced
from complaints.services import tracking
from complaints.services.intake import Intake, Person, receive
from ministry import formats
from ministry.certain import declared_as
from ministry.models import Area, NoticeTemplate
from ministry.notices.services import notify
from ministry.text import digits, fold_digits, is_dialable, name_key

# A part that is missing after so long does not come any more: the rest is taken as it is.
WAIT_FOR_PARTS = dt.timedelta(minutes=10)
MISSING = "[…]"
_STATUS_WORDS = {"حاله", "حالتي", "متابعه", "موقف", "status"}
_HELP_WORDS = {"مساعده", "help", "؟", "?"}
# Cases made by SMS belong to one sender, text and day: sent again by an impatient thumb, it is one case.
_NAMESPACE = uuid.UUID("9b1f4c58-6a10-4a8e-8a55-0e2b6a3f7d11")
_Outcome = SmsPart.Outcome
_day = lazy(formats.day, str)


def take_in(
    *, message_id: str, sender: str, text: str, group: str, number: int, total: int, now: dt.datetime | None = None
) -> SmsPart:
    """Keep what the gateway handed in, and act when the message is whole. Handed in again, nothing happens."""
    now = now or timezone.now()
    with transaction.atomic():
        part, is_new = SmsPart.objects.get_or_create(
            message_id=message_id,
            defaults={
                "sender": sender,
                "sender_mark": mark("phone", sender),
                "text": text,
                "group": group,
                "number": number,
                "total": total,
                "received_at": now,
            },
        )
        if is_new:
            _handle_if_whole(part, now)
    part.refresh_from_db()
    return part


def take_in_what_waits(now: dt.datetime | None = None) -> int:
    """Take in messages of which a part never came; nothing is thrown away. Returns how many messages."""
    now, done = now or timezone.now(), 0
    waiting = SmsPart.objects.filter(handled_at=None, received_at__lt=now - WAIT_FOR_PARTS).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            part = waiting.select_for_update(skip_locked=True).filter(pk=pk).first()
            if part is not None:
                _handle(_parts_of(part), now)
                done += 1
    return done


def _parts_of(part: SmsPart) -> list[SmsPart]:
    """Return the parts of a message that have come, locked, in order."""
    if part.total == 1:
        return [part]
    near = part.received_at - 6 * WAIT_FOR_PARTS
    same = SmsPart.objects.filter(
        sender_mark=part.sender_mark, group=part.group, total=part.total, handled_at=None, received_at__gte=near
    )
    return list(same.select_for_update().order_by("number", "pk"))


def _handle_if_whole(part: SmsPart, now: dt.datetime) -> None:
    # Parts that arrive at the same moment see each other: the sender's messages are taken in one after the other.
    _one_at_a_time(part.sender_mark)
    parts = _parts_of(part)
    if {one.number for one in parts} == set(range(1, part.total + 1)):
        _handle(parts, now)


def _one_at_a_time(sender_mark: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('complaints.sms'), hashtext(%s))", [sender_mark])


def _handle(parts: list[SmsPart], now: dt.datetime) -> None:
    first = parts[0]
    by_number = {one.number: one.text for one in parts}
    text = "".join(by_number.get(number, MISSING) for number in range(1, first.total + 1)).strip()
    outcome, complaint = _act(first, text, now)
    for one in parts:
        one.handled_at, one.outcome, one.complaint = now, outcome, complaint
        one.save(update_fields=["handled_at", "outcome", "complaint"])


def _act(part: SmsPart, text: str, now: dt.datetime) -> tuple[str, Complaint | None]:
    sender = part.sender
    if not is_dialable(sender):
        return _Outcome.IGNORED, None
    words = name_key(text).split()
    code = _code_in(text)
    own = _own_case(sender, code)
    asks_status = bool(words) and words[0] in _STATUS_WORDS
    if asks_status or (code and len(words) <= len(spaced(code).split())):
        _reply(part, "complaint_sms_status" if own else "complaint_sms_unknown", own, _status_of(own, text))
        return _Outcome.STATUS, own
    if not words or (len(words) == 1 and words[0] in _HELP_WORDS):
        _reply(part, "complaint_sms_help", None, {"language": _language(text)})
        return _Outcome.HELP, None
    if own is not None and not own.is_final:
        token = uuid.uuid5(_NAMESPACE, part.message_id)
        tracking.add_message(complaint=own, text=text, token=token, now=now)
        _reply(part, "complaint_sms_added", own, {"language": own.language})
        return _Outcome.ADDED, own
    receipt = receive(
        Intake(
            token=uuid.uuid5(_NAMESPACE, f"{sender}|{name_key(text)}|{timezone.localdate(now)}"),
            kind="complaint",
            category=_category(),
            area=_area_named_in(words),
            story=text,
            language=_language(text),
            channel=Channel.SMS,
            complainant=Person(phone=sender),
            # Counted by number, as pages are by address: too many are held for a look, none is lost.
            address=f"sms:{sender}",
        ),
        at=now,
    )
    # The subject of a text is never a confidential one: those are chosen by a person.
    return _Outcome.NEW, declared_as(Complaint, receipt.complaint)


def _code_in(text: str) -> str:
    for group in re.findall(r"\d[\d \u00a0-]{8,14}\d", fold_digits(text)):
        if is_code(digits(group)):
            return digits(group)
    return ""


def _own_case(sender: str, code: str) -> Complaint | None:
    """Return the case of a code, where it has the sender's number."""
    if not code:
        return None
    party = (
        Party.objects.filter(complaint__code=code, phone_mark=mark("phone", sender))
        .exclude(role=Party.Role.ABOUT)
        .select_related("complaint__term")
        .first()
    )
    return party.complaint if party else None


def _status_of(complaint: Complaint | None, text: str) -> dict[str, Any]:
    if complaint is None:
        return {"language": _language(text)}
    day = complaint.closed_at or complaint.due_on
    return {
        "language": complaint.language,
        "status": _public_status(complaint),
        "day": _day(day) if day else "—",
    }


def _public_status(complaint: Complaint) -> Any:
    return lazy(lambda: complaint.public_status, str)()


def _reply(part: SmsPart, template: str, complaint: Complaint | None, said: dict[str, Any]) -> None:
    language = said.pop("language")
    notify(
        template,
        channel=NoticeTemplate.Channel.SMS,
        key=f"sms:{part.message_id}",
        recipient=part.sender,
        context={
            "hotline": formats.digits(settings.HOTLINE),
            "code": spaced(complaint.code) if complaint else "",
            **said,
        },
        language=language,
        subject=complaint,
    )


def _language(text: str) -> str:
    return "ar" if not text or re.search(r"[\u0600-\u06ff]", text) else "en"


def _category() -> Category:
    """Return what a case is about that does not say so: an officer chooses when it is read."""
    open_to_all = Category.objects.filter(is_active=True, is_sensitive=False)
    return open_to_all.filter(code="other").first() or open_to_all.order_by("-position")[0]


def _area_named_in(words: list[str]) -> Area:
    """Return the governorate whose name stands in the message, if exactly one does; else the country."""
    said = f" {' '.join(words)} "
    named = [area for area in Area.objects.governorates() if f" {name_key(area.name_ar)} " in said]
    root = Area.objects.root()
    if len(named) == 1:
        return named[0]
    if root is None:
        raise LookupError("There is no country among the areas: load the reference data.")
    return root
