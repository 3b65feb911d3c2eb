"""What the core does by the clock."""

from datetime import timedelta

from ministry.jobs.schedules import register_schedule


def register() -> None:
    """Register the core's schedules."""
    register_schedule("adopt_orphaned_jobs", "ministry.tasks.adopt_orphans", every=timedelta(seconds=15))
    register_schedule("prune_job_steps", "ministry.tasks.prune_job_chunks", at="20 3 * * *")
    register_schedule("scan_waiting_documents", "ministry.tasks.scan_waiting_documents", every=timedelta(minutes=5))
    register_schedule("delete_stray_files", "ministry.tasks.delete_stray_files", at="40 3 * * *")
    register_schedule("send_waiting_notices", "ministry.tasks.send_waiting_notices", every=timedelta(minutes=1))
    register_schedule("seal_logs", "ministry.tasks.seal_logs", every=timedelta(minutes=1))
