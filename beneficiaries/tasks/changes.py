"""Applying approved changes on their day."""

from celery import shared_task

from beneficiaries.services.change_requests import apply_due_requests


@shared_task
def apply_due_changes() -> dict[str, int]:
    """Apply the approved requests whose day has come. Run twice, it finds nothing the second time."""
    return apply_due_requests()
