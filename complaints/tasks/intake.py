"""Before a case and after it."""

from celery import shared_task

from complaints.services import care, sms, tracking


@shared_task
def forget_drafts() -> int:
    """Delete what was never sent."""
    return care.forget()


@shared_task
def ask_again_after_thirty_days() -> int:
    """Ask whether it is still put right."""
    return care.ask_again()


@shared_task
def answer_pin_requests(request_id: int | None = None) -> None:
    """Send those who have lost a PIN a word, where the number is the one given; by schedule, those left behind."""
    tracking.answer_pin_requests(request_id)


@shared_task
def take_in_sms_that_waits() -> int:
    """Take in messages of which a part never came."""
    return sms.take_in_what_waits()
