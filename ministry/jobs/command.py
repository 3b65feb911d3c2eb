"""Running a job in this process: for management commands and tests."""

import time
from collections.abc import Callable

from django.utils.translation import gettext as _

from ministry.exceptions import DomainError
from ministry.jobs.engine import Outcome, run_job
from ministry.models import Job


class JobFailed(DomainError):
    """The job ended without success; the text is the job's own."""


def run_now(job: Job, *, on_progress: Callable[[Job], None] | None = None) -> Job:
    """Run a job to its end by the same code as the worker, and return it; follow it where a worker already has it.

    `on_progress(job)` is called after the plan and after each step. Interrupting the command stops the job.

    Raises:
        JobFailed: it failed or was stopped; `__cause__` is the error, when it happened here.
    """
    error = None
    try:
        while (outcome := run_job(job.pk, on_progress=on_progress)).state != Outcome.State.ENDED:
            # A worker has it. Should that worker die, the next turn takes over.
            job.refresh_from_db()
            if on_progress:
                on_progress(job)
            time.sleep(0.5)
        error = outcome.error
    except KeyboardInterrupt:
        Job.objects.filter(pk=job.pk, status__in=[Job.Status.QUEUED, Job.Status.RUNNING]).update(
            status=Job.Status.CANCELLING
        )
        run_job(job.pk)
        raise
    job.refresh_from_db()
    if job.status != Job.Status.SUCCEEDED:
        raise JobFailed(job.error or _("The work was stopped before it was finished.")) from error
    return job
