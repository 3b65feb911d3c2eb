"""Which announcements start which task. Imported in `ComplaintsConfig.ready()`."""

from typing import Any

from django.dispatch import receiver

from complaints.signals import pin_asked
from complaints.tasks.intake import answer_pin_requests


@receiver(pin_asked)
def look_up_who_lost_a_pin(sender: Any, request_id: int, **kwargs: Any) -> None:
    # No retrying: the person is waiting for the page; the schedule finds what was left behind.
    answer_pin_requests.apply_async((request_id,), retry=False)
