"""Telling the person who started a job that it has ended."""

from django.urls import reverse

from ministry.jobs.kinds import find_kind, label_of
from ministry.models import Job, Notice, NoticeTemplate
from ministry.notices import notify


def tell_starter(job: Job) -> Notice | None:
    """Write a notice in the portal about a finished or failed job; stopped ones were stopped by somebody who knows."""
    if job.started_by is None or job.status not in {Job.Status.SUCCEEDED, Job.Status.FAILED}:
        return None
    kind = find_kind(job)
    return notify(
        "job_succeeded" if job.status == Job.Status.SUCCEEDED else "job_failed",
        channel=NoticeTemplate.Channel.PORTAL,
        user=job.started_by,
        # A resumed job may end once more.
        key=f"job:{job.pk}:{job.finished_at:%Y%m%d%H%M%S%f}",
        context={"work": kind.label if kind else label_of(job), "reason": job.error},
        subject=job,
        url=reverse("job_detail", args=[job.pk]),
    )
