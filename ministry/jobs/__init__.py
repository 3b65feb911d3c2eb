"""Work over many rows: a `Job` row, cut into chunks, each one short transaction and safe to repeat.

An app describes its work as a `JobKind` and registers it; a service calls `start`. The worker does the rest: runs
chunk after chunk, keeps progress on the row, stops when asked to, and goes on where it stood after a crash.
"""

from ministry.jobs.command import JobFailed, run_now
from ministry.jobs.kinds import Chunk, JobKind, kind_of, register
from ministry.jobs.schedules import register_schedule
from ministry.jobs.services import JobAlreadyActive, cancel, resume, start

__all__ = [
    "Chunk",
    "JobAlreadyActive",
    "JobFailed",
    "JobKind",
    "cancel",
    "kind_of",
    "register",
    "register_schedule",
    "resume",
    "run_now",
    "start",
]
