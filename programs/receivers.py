"""Which announcements start which work."""

from typing import Any

from django.dispatch import receiver

from beneficiaries.tasks.duplicate_money import refresh_money_at_stake
from programs.signals import compliance_period_closed, enrolments_confirmed, payment_cycle_approved
from programs.tasks.compliance import tell_households_of_steps
from programs.tasks.enrolments import tell_admitted_households


@receiver(enrolments_confirmed)
def tell_households(sender: Any, **kwargs: Any) -> None:
    """Have the admitted households told; the nightly run makes up for a queue that was down."""
    tell_admitted_households.apply_async(retry=False)


@receiver(compliance_period_closed)
def tell_of_steps(sender: Any, period_id: int, **kwargs: Any) -> None:
    """Have the households told which steps follow, before a payment is reduced."""
    tell_households_of_steps.apply_async(args=(period_id,), retry=False)


@receiver(payment_cycle_approved, dispatch_uid="programs.weigh_duplicates_of_cycle")
def weigh_duplicates_of_cycle(sender: Any, **kwargs: Any) -> None:
    """Have the money at stake in possible duplicates computed anew: more of it is due now."""
    refresh_money_at_stake.apply_async(retry=False)
