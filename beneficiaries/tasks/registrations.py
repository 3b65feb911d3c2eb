"""Reminding caseworkers of registrations they have left lying."""

from celery import shared_task

from beneficiaries.services.registrations import remind_of_drafts
from ministry.jobs.schedules import register_schedule


@shared_task
def remind_of_abandoned_registrations() -> None:
    """Remind once a week of each open registration that nobody went on with."""
    remind_of_drafts()


register_schedule(
    "remind_of_registrations", "beneficiaries.tasks.registrations.remind_of_abandoned_registrations", at="0 7 * * *"
)
