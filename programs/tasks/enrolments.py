"""Telling households what was decided about them."""

from celery import shared_task

from programs.services.notices import write_admission_notices


@shared_task
def tell_admitted_households() -> int:
    """Write the messages to households admitted lately; the core sends them. Returns how many were written."""
    return write_admission_notices()
