"""The calendar of recertification by the clock."""

from celery import shared_task

from beneficiaries.services.recertification import plan_recertifications, write_reminders


@shared_task
def keep_recertification_calendar() -> dict[str, int]:
    """Give new households their day and write the reminders that are due. Run twice, it finds nothing left."""
    return {"planned": plan_recertifications(), "reminded": write_reminders()}
