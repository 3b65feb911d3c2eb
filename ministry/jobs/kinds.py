"""What a kind of job must tell, and where kinds are registered."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from ministry.models import Job


@dataclass(frozen=True)
class Chunk:
    """One step: what it covers (JSON), how many rows it is worth, and the phase shown to the person.

    `phase` is an English source string marked with `gettext_noop`; pages translate it for whoever looks.
    """

    payload: dict[str, Any] = field(default_factory=dict)
    weight: int = 1
    phase: str = ""


class JobKind:
    """A kind of work. Subclasses set `code`, `label`, `permission` and implement `plan` and `run`.

    All methods run on behalf of the person who started the job, in that person's language. A `DomainError` raised
    in any of them ends the job as failed with that message; lost connections, deadlocks and serialization failures
    are tried again; anything else ends it with a general sentence and a reference into the log.
    """

    code: str
    label: "str | _StrPromise"
    # Who may see jobs of this kind (besides the person who started one).
    permission: str = "ministry.view_job"
    # False where stopping half-way would leave something that has to be cleaned by hand.
    can_cancel: bool = True
    # What the counters in `job.result` are called on the job's page, in the order in which they are shown.
    result_labels: "dict[str, str | _StrPromise]" = {}

    def plan(self, job: "Job") -> Iterable[Chunk]:
        """Return the steps, in the order in which they run. Called once, in a transaction."""
        raise NotImplementedError

    def run(self, job: "Job", payload: dict[str, Any]) -> dict[str, int] | Iterable[Chunk] | None:
        """Do one step; called in a transaction that also marks the step done.

        Returns counters to add to `job.result`, or further chunks to append to the plan, or nothing.
        """
        raise NotImplementedError

    def finish(self, job: "Job") -> None:
        """Conclude: called in the transaction that marks the job succeeded; may add to `job.result`."""

    def stopped(self, job: "Job") -> None:
        """Tidy: called in the transaction that marks the job failed or cancelled. It may be resumed afterwards."""

    def resumed(self, job: "Job") -> None:
        """Undo `stopped`: called in the transaction that queues a failed or cancelled job again."""

    def result_url(self, job: "Job") -> str:
        """Return the page where the result is to be seen, or nothing."""
        return ""


_kinds: dict[str, JobKind] = {}


def register(kind: type[JobKind]) -> type[JobKind]:
    """Class decorator: make a kind known by its code. The module must be imported in the app's `ready()`."""
    _kinds[kind.code] = kind()
    return kind


def kind_of(job_or_code: "Job | str") -> JobKind:
    """Return the kind of a job, or of a code.

    Raises:
        KeyError: this version of the portal does not know the kind.
    """
    return _kinds[job_or_code if isinstance(job_or_code, str) else job_or_code.kind]


def kinds() -> dict[str, JobKind]:
    """Return every kind by its code."""
    return dict(_kinds)


def find_kind(job: "Job") -> JobKind | None:
    """Return the kind of a job, or nothing where this version of the portal does not know it."""
    return _kinds.get(job.kind)


def label_of(job: "Job") -> str:
    """Return what the kind of a job is called, its code where this version does not know it."""
    kind = find_kind(job)
    return str(kind.label) if kind else job.kind
