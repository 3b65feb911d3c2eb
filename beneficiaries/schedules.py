"""What the registry does by the clock."""

from beneficiaries.services.duplicate_sweeps import JOB_KIND
from ministry.jobs import register_schedule


def register() -> None:
    """Register the registry's schedules; their times are changed in the admin."""
    task = "ministry.tasks.start_job"
    register_schedule("sweep_for_duplicates_nightly", task, at="30 0 * * 0-5", kwargs={"kind": JOB_KIND})
    register_schedule(
        "sweep_for_duplicates_weekly", task, at="30 0 * * 6", kwargs={"kind": JOB_KIND, "params": {"full": True}}
    )
