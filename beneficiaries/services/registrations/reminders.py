"""Drafts that nobody went on with: their caseworker is reminded; nothing is deleted."""

import datetime as dt

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from beneficiaries.models import Registration
from ministry.models import NoticeTemplate
from ministry.notices import notify

# Days without a save after which a draft counts as left lying, and between two reminders.
ABANDONED_AFTER = dt.timedelta(days=7)


def remind_of_drafts(*, now: dt.datetime | None = None) -> int:
    """Remind caseworkers of their drafts that have lain for a week, once a week; return how many notices went out."""
    now = now or timezone.now()
    due = Registration.objects.open().filter(
        Q(reminded_at__isnull=True) | Q(reminded_at__lt=F("changed_at")) | Q(reminded_at__lt=now - ABANDONED_AFTER),
        changed_at__lt=now - ABANDONED_AFTER,
    )
    reminded = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            registration = due.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
            if registration is None:
                continue
            notify(
                "registration_waits",
                channel=NoticeTemplate.Channel.PORTAL,
                key=f"registration_waits:{registration.pk}:{timezone.localdate(now)}",
                user=registration.started_by,
                context={"reference": registration.reference},
                subject=registration,
                url=registration.get_absolute_url(),
            )
            registration.reminded_at = now
            registration.save(update_fields=["reminded_at"])
            reminded += 1
    return reminded
