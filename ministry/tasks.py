"""Background tasks of the core. Each loads by id, calls one function and may run twice."""

from contextlib import suppress
from typing import Any

from celery import shared_task

from ministry import sealing
from ministry.documents import services as documents
from ministry.documents.scanning import ScannerUnavailable
from ministry.jobs import adoption, engine, services
from ministry.jobs.announcing import tell_starter
from ministry.models import Document, Job
from ministry.notices import services as notices

# A long job gives way after this many seconds, so that others get their turn and a stopping worker need not wait long.
SLICE_SECONDS = 30


@shared_task
def run_job(job_id: int) -> None:
    """Work on a job for a while."""
    outcome = engine.run_job(job_id, seconds=SLICE_SECONDS)
    if outcome.state == engine.Outcome.State.MORE:
        run_job.delay(job_id)


@shared_task
def adopt_orphans() -> None:
    """Send jobs nobody works on to a worker again."""
    for job_id in adoption.claim_orphans():
        run_job.apply_async((job_id,), expires=60)


@shared_task
def start_job(kind: str, scope: str = "", params: dict[str, Any] | None = None) -> None:
    """Start a job by schedule; one that is still under way from the last time goes on undisturbed."""
    with suppress(services.JobAlreadyActive):
        services.start(kind=kind, scope=scope, params=params, actor=None)


@shared_task
def prune_job_chunks() -> None:
    """Delete the steps of jobs long finished."""
    adoption.prune_chunks()


@shared_task(autoretry_for=(ScannerUnavailable,), retry_backoff=5, retry_backoff_max=300, max_retries=6)
def scan_document(document_id: int) -> None:
    """Ask the scanner about a file in quarantine."""
    documents.scan(Document.objects.get(pk=document_id))


@shared_task
def scan_waiting_documents() -> None:
    """Send files that are still in quarantine to the scanner again."""
    for document_id in documents.waiting_for_scan():
        scan_document.apply_async((document_id,), expires=300)


@shared_task
def delete_stray_files() -> None:
    """Delete stored files that belong to no document."""
    documents.delete_stray_files()


@shared_task
def tell_job_ended(job_id: int) -> None:
    """Tell the person who started a job that it has ended."""
    tell_starter(Job.objects.select_related("started_by").get(pk=job_id))


@shared_task
def send_notice(notice_id: int) -> None:
    """Send a waiting message."""
    notices.send(notice_id)


@shared_task
def send_waiting_notices() -> None:
    """Send messages whose time has come: later attempts, and those whose task was lost."""
    for notice_id in notices.due():
        send_notice.apply_async((notice_id,), expires=60)


@shared_task
def seal_logs() -> None:
    """Seal what has been added to the logs."""
    sealing.seal_all()
