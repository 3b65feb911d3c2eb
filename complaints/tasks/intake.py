"""Before a case and after it."""

from celery import shared_task

from complaints.services import care


@shared_task
def forget_drafts() -> int:
    """Delete what was never sent."""
    return care.forget()


@shared_task
def ask_again_after_thirty_days() -> int:
    """Ask whether it is still put right."""
    return care.ask_again()
