"""Finding jobs nobody works on: lost messages, dead workers, an emptied queue."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from ministry.models import Job, JobChunk

# A waiting job whose message should have been taken by now.
WAITING_SECONDS = 20
# A running job without a sign of life for this long; heartbeats come every five seconds.
STALE_SECONDS = 40


def claim_orphans() -> list[int]:
    """Return the jobs that need a worker, and touch them so that they are not offered again at once.

    Sending a job to a worker once too often is harmless: the second one finds it locked or over, and leaves.
    """
    now = timezone.now()
    waiting = Q(status=Job.Status.QUEUED, seen_at__lt=now - timedelta(seconds=WAITING_SECONDS))
    stale = Q(
        status__in=[Job.Status.RUNNING, Job.Status.CANCELLING], seen_at__lt=now - timedelta(seconds=STALE_SECONDS)
    )
    orphans = list(
        Job.objects.alias(seen_at=Coalesce("heartbeat_at", "created_at"))
        .filter(waiting | stale)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    Job.objects.filter(pk__in=orphans, status__in=Job.ACTIVE).update(heartbeat_at=now)
    return orphans


def prune_chunks(*, older_than: timedelta = timedelta(days=7)) -> int:
    """Delete the steps of jobs that succeeded more than a week ago, and return how many rows went.

    Failed and stopped jobs keep theirs: they may be resumed. The job itself stays as a record.
    """
    finished = Job.objects.filter(status=Job.Status.SUCCEEDED, finished_at__lt=timezone.now() - older_than)
    return JobChunk.objects.filter(job__in=finished).delete()[0]
