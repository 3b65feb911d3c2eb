"""Which verb leads a case from which state to which, and who may do it."""

from complaints.models import Complaint, Issue, RemedyTask, VaultCase
from ministry.workflow import Transition, Workflow

_S = Complaint.Status
_HANDLE = "complaints.handle_complaint"
_HELD = "complaints.review_held"
_SECOND = "complaints.confirm_dismissal"
_WORKING = frozenset({_S.RECEIVED, _S.IN_PROGRESS})

# Some are the complainant's own (withdraw, appeal): whoever holds code and PIN is permitted. «Not ours» is no verb.
COMPLAINT = Workflow(
    Transition("admit", frozenset({_S.HELD}), _S.RECEIVED, _HELD),
    Transition("set_aside", frozenset({_S.HELD}), _S.SET_ASIDE, _HELD),
    Transition("assign", _WORKING, _S.IN_PROGRESS, _HANDLE),
    Transition("transfer", _WORKING, _S.RECEIVED, _HANDLE),
    Transition("escalate", _WORKING, _S.RECEIVED, _HANDLE),
    Transition("pause", frozenset({_S.IN_PROGRESS}), _S.PAUSED, _HANDLE),
    Transition("resume", frozenset({_S.PAUSED}), _S.IN_PROGRESS, _HANDLE),
    Transition("reply", frozenset({_S.IN_PROGRESS, _S.PAUSED, _S.REMEDY}), "", _HANDLE),
    Transition("interim", frozenset({_S.IN_PROGRESS}), "", _HANDLE),
    Transition("note", frozenset({*_WORKING, _S.PAUSED, _S.DISMISSAL, _S.REMEDY}), "", _HANDLE),
    Transition("link", frozenset({*_WORKING, _S.PAUSED}), "", _HANDLE),
    Transition("name_official", frozenset({*_WORKING, _S.PAUSED}), "", _HANDLE),
    Transition("resolve", frozenset({_S.IN_PROGRESS}), _S.CLOSED, _HANDLE),
    Transition("promise", frozenset({_S.IN_PROGRESS}), _S.REMEDY, _HANDLE),
    Transition("propose_dismissal", frozenset({_S.IN_PROGRESS}), _S.DISMISSAL, _HANDLE),
    Transition("confirm_dismissal", frozenset({_S.DISMISSAL}), _S.CLOSED, _SECOND),
    Transition("send_back", frozenset({_S.DISMISSAL}), _S.IN_PROGRESS, _SECOND),
    Transition("finish", frozenset({_S.REMEDY}), _S.CLOSED, _HANDLE),
    # With others: joining and leaving change nothing in the case itself.
    Transition("join", frozenset({*_WORKING, _S.PAUSED}), "", _HANDLE),
    Transition("leave", frozenset({*_WORKING, _S.PAUSED}), "", _HANDLE),
    Transition("tell_together", frozenset({*_WORKING, _S.PAUSED}), "", _HANDLE),
    Transition("answer_together", frozenset({*_WORKING, _S.PAUSED}), _S.CLOSED, _HANDLE),
    Transition("publish", frozenset({_S.CLOSED}), "", _HANDLE),
    Transition("reopen", frozenset({_S.CLOSED}), _S.RECEIVED, _HANDLE),
    Transition("review", frozenset({_S.CLOSED}), "", _HANDLE),
    Transition("withdraw", frozenset({_S.HELD, *_WORKING, _S.PAUSED}), _S.WITHDRAWN, _HANDLE),
    Transition("appeal", frozenset({_S.CLOSED}), _S.RECEIVED, _HANDLE),
)

_I = Issue.Status

ISSUE = Workflow(
    Transition("add", frozenset({_I.OPEN}), "", _HANDLE),
    Transition("tell", frozenset({_I.OPEN}), "", _HANDLE),
    Transition("answer", frozenset({_I.OPEN}), _I.ANSWERED, _HANDLE),
)

_T = RemedyTask.Status

MONEY_TASK = Workflow(Transition("finish", frozenset({_T.OPEN}), _T.DONE, "complaints.finish_money_remedy"))
REGISTER_TASK = Workflow(Transition("finish", frozenset({_T.OPEN}), _T.DONE, "complaints.finish_register_remedy"))

_V = VaultCase.Status
_WORK = "complaints.work_vaultcase"
_LOOK = "complaints.confirm_vaultcase"
_RUNNING = frozenset({_V.IN_PROGRESS})
_OPEN = frozenset({_V.RECEIVED, _V.IN_PROGRESS, _V.CLOSING})

VAULT = Workflow(
    Transition("assign", frozenset({_V.RECEIVED, _V.IN_PROGRESS}), _V.IN_PROGRESS, _WORK),
    Transition("reveal", _OPEN, "", _WORK),
    Transition("note", _OPEN, "", _WORK),
    Transition("name", frozenset({_V.RECEIVED, _V.IN_PROGRESS}), "", _WORK),
    Transition("reply", _RUNNING, "", _WORK),
    Transition("assess", _RUNNING, "", _WORK),
    Transition("refer", _RUNNING, "", _WORK),
    Transition("consent", _RUNNING, "", _WORK),
    Transition("send", _RUNNING, "", _WORK),
    Transition("report", _RUNNING, "", _WORK),
    Transition("admit", _RUNNING, "", _WORK),
    Transition("propose", _RUNNING, _V.CLOSING, _WORK),
    Transition("confirm", frozenset({_V.CLOSING}), _V.CLOSED, _LOOK),
    Transition("send_back", frozenset({_V.CLOSING}), _V.IN_PROGRESS, _LOOK),
    # The complainant's own: code and PIN are the permission.
    Transition("withdraw", frozenset({_V.RECEIVED, _V.IN_PROGRESS}), _V.WITHDRAWN, _WORK),
)
