"""Which verb leads a record of the programmes from which states to which, and who may do it."""

from ministry.workflow import Transition, Workflow
from programs.models import Enrolment, ProgramVersion

_V = ProgramVersion.Status
_CHANGE = "programs.change_programversion"
_PUT_IN_FORCE = "programs.approve_programversion"

PROGRAM_VERSION = Workflow(
    Transition("submit", frozenset({_V.DRAFT}), _V.SUBMITTED, _CHANGE),
    Transition("send_back", frozenset({_V.SUBMITTED}), _V.DRAFT, _PUT_IN_FORCE),
    Transition("approve", frozenset({_V.SUBMITTED}), _V.IN_FORCE, _PUT_IN_FORCE),
    Transition("withdraw", frozenset({_V.DRAFT, _V.SUBMITTED}), _V.WITHDRAWN, _CHANGE),
    # Done to the earlier version when a later one is approved, never by itself.
    Transition("supersede", frozenset({_V.IN_FORCE}), _V.SUPERSEDED, _PUT_IN_FORCE),
)

_E = Enrolment.Status
_SUSPEND = "programs.suspend_enrolment"

ENROLMENT = Workflow(
    Transition("suspend", frozenset({_E.ENROLLED}), _E.SUSPENDED, _SUSPEND),
    Transition("resume", frozenset({_E.SUSPENDED}), _E.ENROLLED, _SUSPEND),
    Transition("exit", frozenset({_E.ENROLLED, _E.SUSPENDED}), _E.EXITED, _SUSPEND),
)
