"""The clock of complaints."""

from celery import shared_task

from complaints.services import clock


@shared_task
def tick_complaints() -> dict[str, int]:
    """Pass the marks that are due and let overdue cases climb."""
    return clock.tick()


@shared_task
def reckon_open_complaints() -> int:
    """Work the dates of open cases out anew: the calendar may have changed."""
    return clock.reckon_open_cases()
