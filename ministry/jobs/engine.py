"""Running jobs: plan once, then step after step, each in a transaction that also marks it done.

Whatever kills the process, the row says where the job stands: a step is either done and marked, or neither. Two
processes never work on one job (`Lease`), and if they did, the lock on the step's row would still let each step
happen once.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import structlog
from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Max, Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ministry.actor import acting
from ministry.exceptions import DomainError
from ministry.jobs.kinds import Chunk, JobKind, kind_of
from ministry.jobs.lease import Lease
from ministry.models import Job, JobChunk
from ministry.signals import job_ended

log = structlog.get_logger(__name__)

# A step that met a lost connection, a deadlock or a serialization failure is tried again after these seconds.
BACKOFF_SECONDS = (0.5, 2.0, 8.0)
# A job taken up this often without finishing a single step is given up: it probably kills its workers.
MAX_ATTEMPTS = 5
# First number of the advisory lock under which a job is planned; the second is the job.
_PLAN_LOCK_SPACE = 0x504C4E  # "PLN"

Progress = Callable[[Job], None]


@dataclass(frozen=True)
class Outcome:
    """How one process's work on a job went; `error` is what ended it, where it failed here."""

    class State(StrEnum):
        ENDED = "ended"
        MORE = "more"
        # Another process has it.
        TAKEN = "taken"

    state: State
    error: Exception | None = None


_ENDED = Outcome(Outcome.State.ENDED)
_MORE = Outcome(Outcome.State.MORE)
_TAKEN = Outcome(Outcome.State.TAKEN)


class _LeaseLost(Exception):
    """The lock on the job went with its connection; whoever holds it now goes on."""


def run_job(job_id: int, *, on_progress: Progress | None = None, seconds: float | None = None) -> Outcome:
    """Work on a job until it ends, or until the first step that ends after `seconds`.

    Errors of the work itself end the job as failed and are returned, not raised.

    Raises:
        OperationalError, InterfaceError: the database is out of reach; the job stays as it is, to be adopted later.
    """
    with Lease(job_id) as lease:
        if not lease.held:
            return _TAKEN
        job = _take_up(job_id)
        if job is None:
            return _ENDED
        with _on_behalf_of(job):
            return _Run(job, lease, on_progress).go_on(seconds)


def _take_up(job_id: int) -> Job | None:
    """Mark the job running and return it; None when it is over."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id, status__in=Job.ACTIVE).first()
        if job is None:
            return None
        now = timezone.now()
        if job.status == Job.Status.QUEUED:
            job.status = Job.Status.RUNNING
        job.started_at = job.started_at or now
        job.heartbeat_at = now
        job.attempts += 1
        job.save(update_fields=["status", "started_at", "heartbeat_at", "attempts"])
    return job


@contextmanager
def _on_behalf_of(job: Job) -> Iterator[None]:
    """Work as the person who started the job, in their language; log lines carry the job."""
    language = job.started_by.language if job.started_by else settings.LANGUAGE_CODE
    with (
        acting(job.started_by_id),
        translation.override(language),
        structlog.contextvars.bound_contextvars(job_id=job.pk, job_kind=job.kind),
    ):
        yield


class _Run:
    """One process's work on one job."""

    def __init__(self, job: Job, lease: Lease, on_progress: Progress | None) -> None:
        self.job = job
        self.lease = lease
        self.on_progress = on_progress

    def go_on(self, seconds: float | None) -> Outcome:
        try:
            return self._work(seconds)
        except _LeaseLost:
            return _TAKEN
        except DomainError as error:
            log.info("job_refused", reason=error.message)
            self._fail(error.message)
            return Outcome(Outcome.State.ENDED, error)
        except Exception as error:
            if _is_lost_connection(error):
                # Not the work's fault, and perhaps nobody could write it down now: the job is adopted later.
                raise
            reference = uuid.uuid4().hex[:8]
            log.exception("job_failed", reference=reference)
            self._fail(
                _(
                    "The work stopped because of an unexpected error. Resume it; if it stops again, give the "
                    "administrators the reference {reference}."
                ).format(reference=reference)
            )
            return Outcome(Outcome.State.ENDED, error)

    def _work(self, seconds: float | None) -> Outcome:
        started = time.monotonic()
        kind = self._kind()
        if self.job.attempts > MAX_ATTEMPTS:
            raise DomainError(
                _("This work was interrupted again and again without getting on. Ask the administrators to look.")
            )
        if self.job.planned_at is None and not self._is_cancelling():
            self._retrying(partial(self._plan, kind))
        number = -1
        while not self._is_cancelling():
            chunk = self.job.chunks.filter(done_at=None, number__gt=number).order_by("number").first()
            if chunk is None:
                self._retrying(partial(self._finish, kind))
                return _ENDED
            self._retrying(partial(self._step, kind, chunk.pk))
            number = chunk.number
            self._report()
            if seconds is not None and time.monotonic() - started > seconds:
                return _MORE
        self._stop(kind, Job.Status.CANCELLED)
        return _ENDED

    def _kind(self) -> JobKind:
        try:
            return kind_of(self.job)
        except KeyError:
            raise DomainError(
                _("This version of the portal does not know work of the kind “{kind}”.").format(kind=self.job.kind)
            ) from None

    def _is_cancelling(self) -> bool:
        self.job.refresh_from_db()
        return self.job.status == Job.Status.CANCELLING

    def _retrying(self, deed: Callable[[], None]) -> None:
        """Do `deed`, again where the database says that another try may succeed."""
        for pause in (*BACKOFF_SECONDS, None):
            if self.lease.lost.is_set():
                raise _LeaseLost
            try:
                deed()
                return
            except (OperationalError, InterfaceError) as error:
                if pause is None or connection.in_atomic_block:
                    raise
                log.warning("job_step_retried", error=type(error.__cause__ or error).__name__)
                time.sleep(pause)
                connection.close_if_unusable_or_obsolete()

    def _plan(self, kind: JobKind) -> None:
        with transaction.atomic():
            # A lock beside the row, which is touched last: until then the page, its «stop» and the heartbeat need
            # not wait.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PLAN_LOCK_SPACE, self.job.pk % 2**31])
            self.job.refresh_from_db()
            if self.job.planned_at is not None:
                return
            _append(self.job, kind.plan(self.job))
            Job.objects.filter(pk=self.job.pk).update(planned_at=timezone.now(), phase=_first_phase(self.job))
        self.job.refresh_from_db()
        self._report()

    def _step(self, kind: JobKind, chunk_id: int) -> None:
        with transaction.atomic():
            chunk = JobChunk.objects.select_for_update().get(pk=chunk_id)
            if chunk.done_at is not None:
                return
            outcome = kind.run(self.job, chunk.payload)
            counters: dict[str, int] = {}
            if isinstance(outcome, dict):
                counters = outcome
            elif outcome is not None:
                _append(self.job, outcome)
            chunk.done_at = timezone.now()
            chunk.save(update_fields=["done_at"])
            job = Job.objects.select_for_update().get(pk=self.job.pk)
            for name, number in counters.items():
                job.result[name] = job.result.get(name, 0) + number
            job.done = F("done") + chunk.weight
            job.phase = _first_phase(job) or chunk.phase
            job.heartbeat_at = chunk.done_at
            job.attempts = 1
            job.save(update_fields=["result", "done", "phase", "heartbeat_at", "attempts"])
        self.job.refresh_from_db()

    def _finish(self, kind: JobKind) -> None:
        with transaction.atomic():
            job = Job.objects.select_for_update().get(pk=self.job.pk)
            if not job.is_active:
                return
            kind.finish(job)
            job.status, job.phase, job.error = Job.Status.SUCCEEDED, "", ""
            job.finished_at = job.heartbeat_at = timezone.now()
            job.save(update_fields=["status", "phase", "error", "result", "finished_at", "heartbeat_at"])
            transaction.on_commit(partial(job_ended.send_robust, Job, job_id=job.pk))
        self.job.refresh_from_db()
        self._report()

    def _stop(self, kind: JobKind | None, status: str, message: str = "") -> None:
        with transaction.atomic():
            job = Job.objects.select_for_update().get(pk=self.job.pk)
            if not job.is_active:
                return
            job.status, job.error, job.finished_at = status, message, timezone.now()
            if kind is not None:
                kind.stopped(job)
            job.save(update_fields=["status", "error", "result", "finished_at"])
            transaction.on_commit(partial(job_ended.send_robust, Job, job_id=job.pk))
        self.job.refresh_from_db()
        self._report()

    def _fail(self, message: str) -> None:
        try:
            self._stop(self._kind(), Job.Status.FAILED, message)
        except DomainError:
            self._stop(None, Job.Status.FAILED, message)
        except Error:
            raise
        except Exception:
            # The failure counts more than what a kind's tidying thinks of it.
            log.exception("job_tidying_failed")
            self._stop(None, Job.Status.FAILED, message)

    def _report(self) -> None:
        if self.on_progress:
            self.on_progress(self.job)


def _is_lost_connection(error: Exception) -> bool:
    """Return whether the server was out of reach or went away, rather than refused a statement."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    # SQLSTATE classes 08 (connection exception) and 57P (server shut down); none at all where no server answered.
    code = getattr(error.__cause__, "pgcode", None)
    return code is None or code.startswith(("08", "57P"))


def _append(job: Job, chunks: Iterable[Chunk]) -> None:
    """Add steps to the plan, in batches of a thousand."""
    last = job.chunks.aggregate(last=Max("number"))["last"]
    first = 0 if last is None else last + 1
    JobChunk.objects.bulk_create(
        (
            JobChunk(job=job, number=number, phase=chunk.phase, payload=chunk.payload, weight=chunk.weight)
            for number, chunk in enumerate(chunks, first)
        ),
        batch_size=1000,
    )
    total = job.chunks.aggregate(total=Sum("weight"))["total"]
    Job.objects.filter(pk=job.pk).update(total=total or 0)


def _first_phase(job: Job) -> str:
    """Return the phase of the step that comes next."""
    return job.chunks.filter(done_at=None).order_by("number").values_list("phase", flat=True).first() or ""
