"""Which announcements start which task. Imported in `MinistryConfig.ready()`."""

from typing import Any

from django.dispatch import receiver

from ministry.signals import document_stored, job_ended, job_queued, notice_written
from ministry.tasks import run_job, scan_document, send_notice, tell_job_ended


@receiver(job_queued)
def send_job_to_worker(sender: Any, job_id: int, **kwargs: Any) -> None:
    # No retrying: the person is waiting for the page, and `adopt_orphans` finds the job without a message.
    run_job.apply_async((job_id,), retry=False)


@receiver(document_stored)
def send_document_to_scanner(sender: Any, document_id: int, **kwargs: Any) -> None:
    scan_document.apply_async((document_id,), retry=False)


@receiver(job_ended)
def tell_who_started_the_job(sender: Any, job_id: int, **kwargs: Any) -> None:
    tell_job_ended.apply_async((job_id,), retry=False)


@receiver(notice_written)
def send_notice_to_worker(sender: Any, notice_id: int, **kwargs: Any) -> None:
    send_notice.apply_async((notice_id,), retry=False)
