"""Starting, stopping and resuming jobs."""

from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit
from ministry.exceptions import DomainError, RuleViolation
from ministry.jobs.kinds import find_kind, kind_of
from ministry.models import Job, User
from ministry.signals import job_ended, job_queued
from ministry.workflow import Transition
from ministry.workflows import JOB


class JobAlreadyActive(DomainError):
    """A job of this kind and scope is waiting or running."""


@transaction.atomic
def start(
    *,
    kind: str,
    scope: str = "",
    params: dict[str, Any] | None = None,
    actor: User | None,
    tell_worker: bool = True,
) -> Job:
    """Queue a job; the worker is told after commit.

    Where the queue cannot be reached the job is found within the minute by `adopt_orphans`. `tell_worker=False` is
    for commands that go on to run the job themselves (`run_now`).

    Raises:
        JobAlreadyActive: one of this kind and scope is waiting or running.
    """
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind, scope=scope, params=params or {}, started_by=actor, permission=kind_of(kind).permission
            )
    except IntegrityError as error:
        raise JobAlreadyActive(_("This work is already under way. Wait until it is finished.")) from error
    if tell_worker:
        transaction.on_commit(partial(job_queued.send_robust, Job, job_id=job.pk))
    return job


@transaction.atomic
def cancel(*, job: Job, actor: User) -> Job:
    """Stop a job: a waiting one at once, a running one after its current step. What is done stays done.

    Raises:
        PermissionDenied: the actor neither started it nor may stop jobs.
        TransitionNotAllowed: it is no longer waiting or running.
        RuleViolation: work of this kind must not stop half-way.
    """
    job = Job.objects.select_for_update().get(pk=job.pk)
    transition = check_cancel(job=job, actor=actor)
    kind = kind_of(job)
    if job.status == Job.Status.QUEUED:
        job.status, job.finished_at = Job.Status.CANCELLED, timezone.now()
        kind.stopped(job)
        transaction.on_commit(partial(job_ended.send_robust, Job, job_id=job.pk))
    else:
        job.status = transition.target
    job.save(update_fields=["status", "finished_at"])
    audit.record(actor=actor, action="job.cancelled", target=job)
    return job


@transaction.atomic
def resume(*, job: Job, actor: User) -> Job:
    """Queue a failed or stopped job again; it goes on after its last finished step.

    Raises:
        PermissionDenied: the actor neither started it nor may resume jobs.
        TransitionNotAllowed: it neither failed nor was stopped.
        JobAlreadyActive: another job of this kind and scope has been started since.
    """
    job = Job.objects.select_for_update().get(pk=job.pk)
    transition = _check("resume", job=job, actor=actor)
    job.status = transition.target
    job.error, job.attempts, job.heartbeat_at, job.finished_at = "", 0, None, None
    try:
        with transaction.atomic():
            job.save(update_fields=["status", "error", "attempts", "heartbeat_at", "finished_at"])
    except IntegrityError as error:
        raise JobAlreadyActive(
            _("This work has been started anew in the meantime. Wait until it is finished.")
        ) from error
    kind_of(job).resumed(job)
    audit.record(actor=actor, action="job.resumed", target=job)
    transaction.on_commit(partial(job_queued.send_robust, Job, job_id=job.pk))
    return job


def available(*, job: Job, actor: User) -> list[str]:
    """Return what the actor may do to the job now: "cancel", "resume" or nothing."""
    kind = find_kind(job)
    verbs = JOB.available(status=job.status, actor=actor, permitted=_is_own(job, actor)) if kind else []
    return [verb for verb in verbs if verb != "cancel" or (kind and kind.can_cancel)]


def check_cancel(*, job: Job, actor: User) -> Transition:
    """Return the transition by which the actor may stop the job now; raises what `cancel` raises."""
    transition = _check("cancel", job=job, actor=actor)
    if not kind_of(job).can_cancel:
        raise RuleViolation(_("This work must not stop half-way. Let it finish."))
    return transition


def _check(verb: str, *, job: Job, actor: User) -> Transition:
    return JOB.check(verb, status=job.status, actor=actor, permitted=_is_own(job, actor))


def _is_own(job: Job, actor: User) -> bool:
    # Whoever started a job may stop it, as long as they may still have to do with such jobs at all.
    return job.started_by_id == actor.pk and actor.has_perm(job.permission)
