"""What is done by the clock besides deadlines: asking again after thirty days, and forgetting what was never sent."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from complaints.models import Attempt, Complaint, IntakeDraft, PinReset, Survey
from complaints.services import telling

ASK_AGAIN_AFTER = dt.timedelta(days=30)
# Who was closed longer ago is not asked any more.
ASK_WITHIN = dt.timedelta(days=60)
DRAFTS_FOR = dt.timedelta(days=1)
COUNTS_FOR = dt.timedelta(days=2)


def ask_again(now: dt.datetime | None = None) -> int:
    """Ask those whose case was closed thirty days ago whether it is still put right; each once. Returns how many."""
    now = now or timezone.now()
    due = Complaint.objects.filter(
        status=Complaint.Status.CLOSED, closed_at__lte=now - ASK_AGAIN_AFTER, closed_at__gt=now - ASK_WITHIN
    ).exclude(kind="praise")
    asked = 0
    for complaint in due.prefetch_related("parties").iterator(chunk_size=500):
        with transaction.atomic():
            _survey, is_new = Survey.objects.get_or_create(
                complaint=complaint, round=complaint.round, moment=Survey.Moment.LATER, defaults={"asked_at": now}
            )
            if is_new:
                asked += 1
                telling.tell_complainant(complaint, "complaint_ask_again", key="later")
    return asked


def forget(now: dt.datetime | None = None) -> int:
    """Delete drafts nobody sent within a day, and old counts of tries; returns how many drafts."""
    now = now or timezone.now()
    Attempt.objects.filter(at__lt=now - COUNTS_FOR).delete()
    PinReset.objects.filter(asked_at__lt=now - COUNTS_FOR).delete()
    drafts = IntakeDraft.objects.filter(touched_at__lt=now - DRAFTS_FOR)
    count = drafts.count()
    drafts.delete()
    return count
