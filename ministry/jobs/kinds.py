"""What a kind of job must tell, and where kinds are registered."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from ministry.models import Job


@dataclass(frozen=True)
class Chunk:
    """One step: what it covers (JSON), how many rows it is worth, and the phase shown to the person."""

    payload: dict[str, Any] = field(default_factory=dict)
    weight: int = 1
    phase: str = ""


class JobKind:
    """A kind of work. Subclasses set `code`, `label`, `permission` and implement `plan` and `run`."""

    code: str
    label: "str | _StrPromise"
    # Who may see jobs of this kind (besides the person who started one).
    permission: str = "ministry.view_job"
    # False where stopping half-way would leave something that has to be cleaned by hand.
    can_cancel: bool = True

    def plan(self, job: "Job") -> Iterable[Chunk]:
        """Return the steps, in the order in which they run. Called once, in a transaction."""
        raise NotImplementedError

    def run(self, job: "Job", payload: dict[str, Any]) -> dict[str, int] | Iterable[Chunk] | None:
        """Do one step; called in a transaction that also marks the step done.

        Returns counters to add to `job.result`, or further chunks to append to the plan, or nothing.
        """
        raise NotImplementedError

    def finish(self, job: "Job") -> None:
        """Conclude: called in the transaction that marks the job succeeded."""

    def result_url(self, job: "Job") -> str:
        """Return the page where the result is to be seen, or nothing."""
        return ""


_kinds: dict[str, JobKind] = {}


def register(kind: type[JobKind]) -> type[JobKind]:
    """Class decorator: make a kind known by its code. The module must be imported in the app's `ready()`."""
    _kinds[kind.code] = kind()
    return kind


def kind_of(job_or_code: "Job | str") -> JobKind:
    """Return the kind of a job, or of a code."""
    return _kinds[job_or_code if isinstance(job_or_code, str) else job_or_code.kind]
