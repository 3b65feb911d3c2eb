"""What somebody does with a case of theirs by code and PIN: look, write, add files, withdraw, object, rate."""

import datetime as dt
import json
import secrets
import uuid
from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import rules
from complaints.models import (
    Attachment,
    ClockEvent,
    Complaint,
    Message,
    Party,
    PauseReason,
    PinRequest,
    PinReset,
    Survey,
    VaultCase,
)
from complaints.secrets import is_code, mark, new_pin, pin_mark, same
from complaints.services import casework, clock, issues, limits, telling
from complaints.services.casework import by_holder_of_pin, lock
from complaints.services.vault import holder
from complaints.signals import pin_asked
from ministry import audit, documents
from ministry.exceptions import DomainError, RuleViolation
from ministry.text import clean

QUARTER = 15 * 60
DAY = 24 * 60 * 60
RESET_FOR = dt.timedelta(minutes=30)
FILES_AT_MOST = 15
# What is compared with where there is no such case: the same work, never equal to anything.
_NOBODY = "-" * 64


class TooManyTries(DomainError):
    """A code or an address has been tried too often for now."""


def look_up(*, code: str, pin: str, address: str) -> Complaint | VaultCase | None:
    """Return the case that code and PIN open, or None: for an unknown code and a wrong PIN alike.

    Both take the same steps: counts, one read of a mark among all cases, the confidential ones included, and one
    comparison. Wrong tries are counted by code and by address, whether there is such a code or not; a right PIN does
    not help while the code is closed.

    Raises:
        TooManyTries: this code or this address has had too many wrong tries; the text is the same for both.
    """
    tried = max(
        limits.so_far("pin-code", code, seconds=QUARTER) - settings.COMPLAINTS_TRIES_PER_CODE,
        limits.so_far("pin-address", address, seconds=QUARTER) - settings.COMPLAINTS_TRIES_PER_ADDRESS,
    )
    # SECURITY: read and compared also where the check digit or the count already says no.
    fits = same(holder.stored_pin_mark(code) or _NOBODY, pin_mark(code, pin))
    if tried >= 0:
        raise TooManyTries(
            _("There were too many tries. Wait a quarter of an hour, or call us; your case is safe meanwhile.")
        )
    if fits:
        return find_own(code)
    limits.count("pin-code", code, seconds=QUARTER)
    limits.count("pin-address", address, seconds=QUARTER)
    return None


def find_own(code: str) -> Complaint | VaultCase | None:
    """Return the case of a code that its PIN has opened before; both kinds are always looked for."""
    confidential = holder.by_code(code)
    return Complaint.objects.filter(code=code).select_related("category", "program", "area", "term").first() or (
        confidential
    )


@transaction.atomic
def add_message(
    *, complaint: Complaint, text: str, token: uuid.UUID, files: Sequence[File] = (), now: dt.datetime | None = None
) -> Message:
    """Take in a message, with files, from whoever holds the PIN. A case that waited for it goes on.

    Raises:
        RuleViolation: the case is over, or has as many files as it may have.
        DocumentRefused: a file cannot be kept.
    """
    complaint = lock(complaint)
    known = Message.objects.filter(token=token, complaint=complaint).first()
    if known is not None:
        return known
    if complaint.is_final:
        raise RuleViolation(_("This case is closed. Object to the answer, or write to us anew."))
    now = now or timezone.now()
    if files and complaint.attachments.count() + len(files) > FILES_AT_MOST:
        raise RuleViolation(_("This case has as many files as it may have. Describe the rest in words."))
    message = Message.objects.create(
        complaint=complaint, direction=Message.Direction.IN, text=rules.tidy(text), at=now, token=token
    )
    for upload in files:
        document = documents.store(upload, subject=complaint, actor=None)
        Attachment.objects.create(complaint=complaint, document=document)
    if complaint.status == Complaint.Status.PAUSED and _waits_for_complainant(complaint):
        casework.resume_case(complaint=complaint, actor=None, at=now)
    telling.tell_officer(complaint, "complaint_answered", key=f"in:{message.pk}")
    return message


def _waits_for_complainant(complaint: Complaint) -> bool:
    last = complaint.clock.filter(round=complaint.round, what=ClockEvent.What.PAUSE).order_by("-at", "-id").first()
    return last is not None and last.reason == PauseReason.COMPLAINANT


@transaction.atomic
def withdraw(*, complaint: Complaint, now: dt.datetime | None = None) -> Complaint:
    """Withdraw a case; it is kept, and nobody works on it any more."""
    complaint = lock(complaint)
    transition = by_holder_of_pin(complaint, "withdraw")
    complaint.status = transition.target
    clock.move(complaint, ClockEvent.What.STOP, at=now or timezone.now(), actor=None)
    complaint.save()
    issues.leave_with(complaint, now or timezone.now())
    audit.record(actor=None, action="complaint.withdrawn", target=complaint)
    telling.tell_officer(complaint, "complaint_withdrawn", key="withdrawn")
    return complaint


@transaction.atomic
def rate(
    *,
    complaint: Complaint,
    moment: str,
    score: int,
    still_fixed: bool | None,
    comment: str,
    now: dt.datetime | None = None,
) -> Survey:
    """Say what one thinks of how the case was dealt with. A low score, or «not put right», has it looked at again."""
    complaint = lock(complaint)
    survey = Survey.objects.select_for_update().filter(complaint=complaint, moment=moment).order_by("-round").first()
    if survey is None:
        raise RuleViolation(_("There is nothing to rate yet: the case is not closed."))
    if survey.answered_at is not None:
        return survey
    survey.score, survey.still_fixed, survey.comment = score, still_fixed, clean(comment)[:1000]
    survey.answered_at = now or timezone.now()
    survey.save()
    if (score <= Survey.LOW or still_fixed is False) and complaint.status == Complaint.Status.CLOSED:
        complaint.needs_review = True
        complaint.save(update_fields=["needs_review"])
        audit.record(actor=None, action="complaint.review_asked", target=complaint, data={"score": score})
    return survey


def ask_for_new_pin(*, code: str, phone: str, address: str) -> None:
    """Ask for a word for a new PIN, sent to the number given with the case, if this is that number.

    Only written down here: whether there is such a case is looked up afterwards (`answer_pin_requests`), so that
    neither the answer nor its time says anything.

    Raises:
        TooManyTries: asked too often for one code or from one address.
    """
    if (
        limits.count("reset-code", code, seconds=DAY) > settings.COMPLAINTS_TRIES_PER_CODE
        or limits.count("reset-address", address, seconds=DAY) > settings.COMPLAINTS_TRIES_PER_ADDRESS
    ):
        raise TooManyTries(_("There were too many tries today. Call us: we help you by phone."))
    with transaction.atomic():
        request = PinRequest.objects.create(told=json.dumps({"code": code, "phone": phone}))
        transaction.on_commit(partial(pin_asked.send_robust, PinRequest, request_id=request.pk))


def answer_pin_requests(request_id: int | None = None) -> int:
    """Look up those who have lost a PIN (or one of them), each once; returns how many were sent a word.

    Of a confidential case no word goes to any telephone: it may be in the wrong hands.
    """
    waiting = PinRequest.objects.all() if request_id is None else PinRequest.objects.filter(pk=request_id)
    sent = 0
    for pk in list(waiting.values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            request = PinRequest.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if request is None:
                continue
            told = json.loads(request.told or "{}")
            request.delete()
            sent += _send_word(told.get("code", ""), told.get("phone", ""))
    return sent


def _send_word(code: str, phone: str) -> bool:
    party = (
        Party.objects.filter(complaint__code=code, phone_mark=mark("phone", phone))
        .exclude(role=Party.Role.ABOUT)
        .select_related("complaint")
        .first()
    )
    if party is None or not is_code(code):
        return False
    word = f"{secrets.randbelow(10**8):08}"
    PinReset.objects.create(complaint=party.complaint, word_mark=mark("reset", f"{code}:{word}"))
    telling.tell_complainant(party.complaint, "complaint_new_pin", key=f"reset:{word}", word=word)
    return True


@transaction.atomic
def make_new_pin(*, code: str, word: str, address: str) -> str | None:
    """Return a new PIN for the word that was sent, once and within half an hour; None where it does not fit."""
    if limits.count("word-address", address, seconds=QUARTER) > settings.COMPLAINTS_TRIES_PER_ADDRESS:
        raise TooManyTries(_("There were too many tries. Wait a quarter of an hour, or call us."))
    reset = (
        PinReset.objects.select_for_update(of=("self",))
        .select_related("complaint")
        .filter(word_mark=mark("reset", f"{code}:{word}"), used_at=None, asked_at__gt=timezone.now() - RESET_FOR)
        .first()
    )
    if reset is None:
        return None
    pin = new_pin()
    reset.used_at = timezone.now()
    reset.save(update_fields=["used_at"])
    Complaint.objects.filter(pk=reset.complaint_id).update(pin_mark=pin_mark(code, pin))
    audit.record(actor=None, action="complaint.pin_changed", target=reset.complaint)
    return pin
