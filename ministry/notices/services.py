"""Writing and sending messages."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ministry.models import Notice, NoticeTemplate, User
from ministry.models.notices import PLACEHOLDER
from ministry.notices import email, sms
from ministry.notices.delivery import DeliveryFailed, DeliveryRefused
from ministry.notices.registry import template_for
from ministry.signals import notice_written

log = structlog.get_logger(__name__)

Channel = NoticeTemplate.Channel

# Waits between attempts; after the last one the message counts as failed.
RETRY_AFTER = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
# While one sender is at it no other takes it.
_CLAIM = dt.timedelta(minutes=2)


@transaction.atomic
def notify(
    template_code: str,
    *,
    channel: str,
    key: str,
    user: User | None = None,
    recipient: str = "",
    context: Mapping[str, Any] | None = None,
    language: str = "",
    subject: models.Model | None = None,
    url: str = "",
) -> Notice:
    """Write a message to a member of staff (`user`) or an address, to be sent after commit; once per `key`.

    It is rendered in `language`, else in the person's, else in the portal's. Values in `context` may be lazy: they are
    put into words in that language. A message without an address is kept as failed, so that somebody can see it.

    Raises:
        LookupError: the message has no wording for this channel.
    """
    language = language or (user.language if user else settings.LANGUAGE_CODE)
    if user is not None and not recipient:
        recipient = {Channel.EMAIL: user.email, Channel.SMS: user.phone}.get(Channel(channel), "")
    title, body = render(template_code, channel=channel, context=context, language=language)
    with translation.override(language):
        no_address = "" if recipient or channel == Channel.PORTAL else _("No address or number is known.")
    in_portal = channel == Channel.PORTAL
    notice = Notice(
        key=key,
        template_code=template_code,
        channel=channel,
        language=language,
        recipient=recipient,
        user=user,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        subject=" ".join(title.split())[:200],
        body=body,
        url=url,
        error=no_address,
        status=Notice.Status.SENT if in_portal else Notice.Status.FAILED if no_address else Notice.Status.QUEUED,
        sent_at=timezone.now() if in_portal else None,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    notice = Notice.objects.get(key=key)
    if notice.status == Notice.Status.QUEUED and not notice.attempts:
        transaction.on_commit(partial(notice_written.send_robust, Notice, notice_id=notice.pk))
    return notice


def render(
    template_code: str, *, channel: str, context: Mapping[str, Any] | None = None, language: str
) -> tuple[str, str]:
    """Return subject and text of a message in a language; for those who write many alike in one statement.

    Raises:
        LookupError: the message has no wording for this channel.
    """
    template = template_for(template_code, channel)
    with translation.override(language):
        values = {name: str(value) for name, value in (context or {}).items()}
    english = language == "en" and bool(template.body_en)
    return (
        _fill(template.subject_en if english else template.subject_ar, values),
        _fill(template.body_en if english else template.body_ar, values),
    )


def send(notice_id: int) -> bool:
    """Send a waiting message, and return whether it went. Called outside any transaction.

    Two senders cannot be at one message. A sender that dies after the gateway took it leaves it to be sent again: the
    gateway gets the notice's key to tell.
    """
    now = timezone.now()
    claimed = (
        Notice.objects.due(now).filter(pk=notice_id).update(attempts=F("attempts") + 1, next_attempt_at=now + _CLAIM)
    )
    if not claimed:
        return False
    notice = Notice.objects.get(pk=notice_id)
    try:
        deliver = email.deliver if notice.channel == Channel.EMAIL else sms.deliver
        deliver(notice)
    except DeliveryRefused as refusal:
        _fail(notice, str(refusal))
        return False
    except DeliveryFailed as failure:
        if notice.attempts > len(RETRY_AFTER):
            _fail(notice, str(failure))
        else:
            notice.error = str(failure)[:300]
            notice.next_attempt_at = timezone.now() + RETRY_AFTER[notice.attempts - 1]
            notice.save(update_fields=["error", "next_attempt_at"])
        return False
    notice.status, notice.error, notice.sent_at = Notice.Status.SENT, "", timezone.now()
    notice.save(update_fields=["status", "error", "sent_at"])
    return True


def due(*, limit: int = 1000) -> list[int]:
    """Return the messages that wait to be sent, the oldest first."""
    return list(Notice.objects.due(timezone.now()).order_by("pk").values_list("pk", flat=True)[:limit])


def mark_read(*, user: User) -> int:
    """Mark all of the person's notices in the portal as read, and return how many were not."""
    return Notice.objects.in_portal(user).unread().update(read_at=timezone.now())


def _fail(notice: Notice, reason: str) -> None:
    log.warning("notice_failed", notice_id=notice.pk, channel=notice.channel)
    notice.status, notice.error = Notice.Status.FAILED, reason[:300]
    notice.save(update_fields=["status", "error"])


def _fill(text: str, values: dict[str, str]) -> str:
    # SECURITY: plain replacement. `str.format` would let a wording read attributes of what is filled in.
    return PLACEHOLDER.sub(lambda blank: values.get(blank[1], blank[0]), text)
