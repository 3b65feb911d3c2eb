"""Telling households which steps a period brought."""

from celery import shared_task

from programs.services.notices import write_step_notices


@shared_task
def tell_households_of_steps(period_id: int) -> int:
    """Write the messages about the steps of a closed period. Returns how many were written."""
    return write_step_notices(period_id=period_id)
