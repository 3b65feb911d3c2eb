"""Which verb leads from which status to which, and who may do it."""

from beneficiaries.models import ChangeRequest, DuplicatePair, Household, ImportBatch, Merge, Registration, ScoringModel
from ministry.workflow import Transition, Workflow

_MODEL = ScoringModel.Status
SCORING_MODEL = Workflow(
    Transition("submit", frozenset({_MODEL.DRAFT}), _MODEL.SUBMITTED, "beneficiaries.change_scoringmodel"),
    Transition(
        "send_back",
        frozenset({_MODEL.SUBMITTED, _MODEL.APPROVED}),
        _MODEL.DRAFT,
        "beneficiaries.approve_scoringmodel",
    ),
    # Into force at once, or on its first day; that is brought about by the clock.
    Transition("approve", frozenset({_MODEL.SUBMITTED}), _MODEL.APPROVED, "beneficiaries.approve_scoringmodel"),
)

_HOUSEHOLD = Household.Status
HOUSEHOLD = Workflow(
    Transition("verify", frozenset({_HOUSEHOLD.REGISTERED}), _HOUSEHOLD.VERIFIED, "beneficiaries.verify_household"),
)

_PAIR = DuplicatePair.Status
_DECIDE = "beneficiaries.decide_duplicatepair"
# A decision may be taken again when new evidence turns up.
DUPLICATE_PAIR = Workflow(
    Transition("different", frozenset({_PAIR.OPEN, _PAIR.VISIT, _PAIR.SAME}), _PAIR.DIFFERENT, _DECIDE),
    Transition("same", frozenset({_PAIR.OPEN, _PAIR.VISIT, _PAIR.DIFFERENT}), _PAIR.SAME, _DECIDE),
    Transition("visit", frozenset({_PAIR.OPEN}), _PAIR.VISIT, _DECIDE),
    # Whoever went there tells what they saw; deciding is somebody else's.
    Transition("visited", frozenset({_PAIR.VISIT}), _PAIR.OPEN, "beneficiaries.verify_household"),
)

_MERGE = Merge.Status
_CONFIRM = "beneficiaries.confirm_merge"
MERGE = Workflow(
    Transition("confirm", frozenset({_MERGE.PROPOSED}), _MERGE.MERGED, _CONFIRM),
    Transition("refuse", frozenset({_MERGE.PROPOSED}), _MERGE.REFUSED, _DECIDE),
    Transition("propose_undo", frozenset({_MERGE.MERGED}), _MERGE.UNDO_PROPOSED, _DECIDE),
    Transition("confirm_undo", frozenset({_MERGE.UNDO_PROPOSED}), _MERGE.UNDONE, _CONFIRM),
    Transition("keep", frozenset({_MERGE.UNDO_PROPOSED}), _MERGE.MERGED, _DECIDE),
)

_IMPORT = ImportBatch.Status
IMPORT_BATCH = Workflow(
    Transition("name_columns", frozenset({_IMPORT.NAMING}), _IMPORT.UPLOADED, "beneficiaries.add_importbatch"),
    Transition("commit", frozenset({_IMPORT.IN_REVIEW}), _IMPORT.COMMITTING, "beneficiaries.commit_importbatch"),
    Transition(
        "discard",
        frozenset({_IMPORT.NAMING, _IMPORT.UPLOADED, _IMPORT.CHECKING, _IMPORT.IN_REVIEW, _IMPORT.FAILED}),
        _IMPORT.DISCARDED,
        "beneficiaries.commit_importbatch",
    ),
    Transition("ask_undo", frozenset({_IMPORT.COMMITTED}), _IMPORT.UNDO_ASKED, "beneficiaries.commit_importbatch"),
    Transition("keep", frozenset({_IMPORT.UNDO_ASKED}), _IMPORT.COMMITTED, "beneficiaries.commit_importbatch"),
    Transition("undo", frozenset({_IMPORT.UNDO_ASKED}), _IMPORT.UNDOING, "beneficiaries.commit_importbatch"),
)

_CHANGE = ChangeRequest.Status
# Applying is the system's: an approval is applied at once or on its day.
CHANGE_REQUEST = Workflow(
    Transition("submit", frozenset({_CHANGE.DRAFT}), _CHANGE.SUBMITTED, "beneficiaries.add_changerequest"),
    Transition(
        "withdraw", frozenset({_CHANGE.DRAFT, _CHANGE.SUBMITTED}), _CHANGE.WITHDRAWN, "beneficiaries.add_changerequest"
    ),
    Transition("approve", frozenset({_CHANGE.SUBMITTED}), _CHANGE.APPROVED, "beneficiaries.approve_changerequest"),
    Transition("refuse", frozenset({_CHANGE.SUBMITTED}), _CHANGE.REFUSED, "beneficiaries.approve_changerequest"),
)

_REGISTRATION = Registration.Status
_ADD = "beneficiaries.add_registration"
_VERIFY = "beneficiaries.verify_registration"
REGISTRATION = Workflow(
    # The target is not used: a save leaves the status as it was.
    Transition("save", frozenset({_REGISTRATION.DRAFT, _REGISTRATION.RETURNED}), "", _ADD),
    Transition("submit", frozenset({_REGISTRATION.DRAFT, _REGISTRATION.RETURNED}), _REGISTRATION.SUBMITTED, _ADD),
    Transition("discard", frozenset({_REGISTRATION.DRAFT}), _REGISTRATION.DISCARDED, _ADD),
    # By a second person; that it is not the one who submitted it is asked by the service and by the database.
    Transition("verify", frozenset({_REGISTRATION.SUBMITTED}), _REGISTRATION.VERIFIED, _VERIFY),
    Transition("send_back", frozenset({_REGISTRATION.SUBMITTED}), _REGISTRATION.RETURNED, _VERIFY),
)
