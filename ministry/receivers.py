"""Which announcements start which task. Imported in `MinistryConfig.ready()`."""

from typing import Any

from django.dispatch import receiver

from ministry.signals import job_queued
from ministry.tasks import run_job


@receiver(job_queued)
def send_job_to_worker(sender: Any, job_id: int, **kwargs: Any) -> None:
    # No retrying: the person is waiting for the page, and `adopt_orphans` finds the job without a message.
    run_job.apply_async([job_id], retry=False)
