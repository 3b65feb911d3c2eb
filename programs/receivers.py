"""Which announcements start which work."""

from typing import Any

from django.dispatch import receiver

from programs.signals import enrolments_confirmed
from programs.tasks.enrolments import tell_admitted_households


@receiver(enrolments_confirmed)
def tell_households(sender: Any, **kwargs: Any) -> None:
    """Have the admitted households told; the nightly run makes up for a queue that was down."""
    tell_admitted_households.apply_async(retry=False)
