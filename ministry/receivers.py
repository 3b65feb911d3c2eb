"""Which announcements start which task. Imported in `MinistryConfig.ready()`."""

from typing import Any

from django.dispatch import receiver

from ministry.signals import document_stored, job_queued
from ministry.tasks import run_job, scan_document


@receiver(job_queued)
def send_job_to_worker(sender: Any, job_id: int, **kwargs: Any) -> None:
    # No retrying: the person is waiting for the page, and `adopt_orphans` finds the job without a message.
    run_job.apply_async([job_id], retry=False)


@receiver(document_stored)
def send_document_to_scanner(sender: Any, document_id: int, **kwargs: Any) -> None:
    scan_document.apply_async([document_id], retry=False)
