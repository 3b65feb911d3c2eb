"""Sweeping the register for people who are in twice: started here, done step by step by a job."""

import datetime as dt
from functools import partial

from django.db import transaction
from django.utils import timezone

from beneficiaries.duplicates import sweep
from beneficiaries.duplicates.model import in_force
from beneficiaries.models import DuplicateRun, Individual
from beneficiaries.signals import duplicates_swept
from ministry import audit
from ministry.jobs import JobAlreadyActive, start
from ministry.models import Job, User
from ministry.text import NORMALISER_VERSION

JOB_KIND = "beneficiaries.duplicates"
# People whose pairs one step compares: some ten seconds, and well below 2 GiB.
PEOPLE_AT_ONCE = 1_000_000
# Between two sweeps for new people, so that ten registrations are one sweep.
PATIENCE = dt.timedelta(minutes=10)


def start_duplicate_sweep(*, full: bool, actor: User | None = None, tell_worker: bool = True) -> Job:
    """Queue a sweep of the whole register, or of what has changed since the last sweep.

    Raises:
        JobAlreadyActive: a sweep is waiting or under way.
    """
    return start(kind=JOB_KIND, params={"full": full}, actor=actor, tell_worker=tell_worker)


def sweep_what_is_new(*, patience: dt.timedelta = PATIENCE) -> Job | None:
    """Start an incremental sweep where people or numbers were entered since the last one; None where none is due.

    However many ask, one sweep is under way, and the next begins `patience` after the last at the earliest: each reads
    the whole register. Who comes too early or meets one under way is seen to by the clock, which asks again.
    """
    last = DuplicateRun.objects.first()
    if last is not None:
        seen, now = last.seen, sweep.keys_seen()
        is_news = any(now[name] > seen.get(name, 0) for name in ("individual", "identifier"))
        if not is_news or last.started_at > timezone.now() - patience:
            return None
    try:
        return start_duplicate_sweep(full=False)
    except JobAlreadyActive:
        return None


def open_run(*, job: Job) -> tuple[DuplicateRun, int]:
    """Begin the run of a job and return it with the number of parts in which the register is compared.

    The first sweep ever, and the first by another model or other name keys, sees the whole register.
    """
    model = in_force()
    last = DuplicateRun.objects.filter(finished_at__isnull=False).first()
    base = DuplicateRun.objects.filter(
        finished_at__isnull=False, is_full=True, model_version=model.version, normaliser_version=NORMALISER_VERSION
    ).first()
    is_full = bool(job.params.get("full")) or base is None
    run = DuplicateRun.objects.create(
        job=job,
        is_full=is_full,
        model_version=model.version,
        normaliser_version=NORMALISER_VERSION,
        seen=sweep.keys_seen() | ({} if is_full or last is None else {"since": last.seen}),
        priors=[] if base is None or is_full else base.priors,
    )
    return run, -(-Individual.objects.count() // PEOPLE_AT_ONCE) or 1


def compare_part(*, job_id: int, part: int, parts: int) -> dict[str, int]:
    """Compare one part of the pairs."""
    run = DuplicateRun.objects.get(job=job_id)
    return sweep.compare(run=run, model=in_force(), part=part, parts=parts, since=_since(run))


def enter_findings(*, job_id: int) -> dict[str, int]:
    """Put what was found among the pairs."""
    run = DuplicateRun.objects.get(job=job_id)
    since = _since(run)
    changed = None if since is None else sweep.changed_since(since)
    return sweep.enter_findings(run=run, model=in_force(), changed=changed)


def conclude_sweep(*, job_id: int) -> None:
    """Close a run and announce it."""
    run = DuplicateRun.objects.select_for_update(of=("self",)).select_related("job").get(job=job_id)
    run.finished_at = timezone.now()
    run.save(update_fields=["finished_at"])
    audit.record(
        actor=run.job.started_by if run.job else None,
        action="duplicates.swept",
        target=run,
        data={"full": run.is_full, "people": run.people, "compared": run.candidates, "found": run.found},
    )
    transaction.on_commit(partial(duplicates_swept.send_robust, DuplicateRun, run_id=run.pk))


def _since(run: DuplicateRun) -> dict[str, int] | None:
    return None if run.is_full else run.seen["since"]
