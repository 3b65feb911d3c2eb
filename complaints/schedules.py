"""What complaints do by the clock."""

from datetime import timedelta

from ministry.jobs import register_schedule


def register() -> None:
    """Register the schedules; their times are changed in the admin."""
    register_schedule("complaints_clock", "complaints.tasks.clock.tick_complaints", every=timedelta(minutes=5))
    register_schedule("complaints_calendar", "complaints.tasks.clock.reckon_open_complaints", at="20 0 * * *")
    register_schedule("complaints_vault_keep", "complaints.tasks.vault.erase_what_is_over", at="40 1 * * *")
    register_schedule(
        "complaints_vault_scan", "complaints.tasks.vault.scan_files_of_the_vault", every=timedelta(minutes=1)
    )
    register_schedule("complaints_pins", "complaints.tasks.intake.answer_pin_requests", every=timedelta(minutes=1))
    register_schedule("complaints_forget_drafts", "complaints.tasks.intake.forget_drafts", every=timedelta(hours=1))
    register_schedule(
        "complaints_sms_parts", "complaints.tasks.intake.take_in_sms_that_waits", every=timedelta(minutes=2)
    )
    register_schedule("complaints_ask_again", "complaints.tasks.intake.ask_again_after_thirty_days", at="0 10 * * *")
