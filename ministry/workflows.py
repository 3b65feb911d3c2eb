"""The core's state machines."""

from ministry.models import Job
from ministry.workflow import Transition, Workflow

_S = Job.Status

# What a person may do to a job; the worker moves it through the other states.
JOB = Workflow(
    Transition("cancel", frozenset({_S.QUEUED, _S.RUNNING}), _S.CANCELLING, "ministry.cancel_job"),
    Transition("resume", frozenset({_S.FAILED, _S.CANCELLED}), _S.QUEUED, "ministry.cancel_job"),
)
