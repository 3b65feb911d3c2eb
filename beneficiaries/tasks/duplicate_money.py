"""Keeping the money at stake in possible duplicates fresh, by night and when payments were approved."""

from celery import shared_task

from beneficiaries.services import duplicate_money as services
from ministry.jobs import register_schedule


@shared_task
def refresh_money_at_stake() -> int:
    """Compute it for all pairs that may still hold a payment; return how many changed."""
    return services.refresh_money_at_stake()


register_schedule(
    "weigh_duplicates_nightly", "beneficiaries.tasks.duplicate_money.refresh_money_at_stake", at="40 2 * * *"
)
