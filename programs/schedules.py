"""What the programmes do by the clock."""

from ministry.jobs import register_schedule


def register() -> None:
    """Register the programmes' schedules; their times are changed in the admin."""
    register_schedule(
        "check_eligibility_nightly", "programs.tasks.eligibility.check_eligibility_nightly", at="0 2 * * *"
    )
    register_schedule("tell_admitted_households", "programs.tasks.enrolments.tell_admitted_households", at="0 9 * * *")
