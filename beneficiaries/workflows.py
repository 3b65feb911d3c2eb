"""Which verb leads from which status to which, and who may do it."""

from beneficiaries.models import DuplicatePair, Household, ImportBatch, ScoringModel
from ministry.workflow import Transition, Workflow

_MODEL = ScoringModel.Status
SCORING_MODEL = Workflow(
    Transition("submit", frozenset({_MODEL.DRAFT}), _MODEL.SUBMITTED, "beneficiaries.change_scoringmodel"),
    Transition("send_back", frozenset({_MODEL.SUBMITTED}), _MODEL.DRAFT, "beneficiaries.approve_scoringmodel"),
    Transition("approve", frozenset({_MODEL.SUBMITTED}), _MODEL.IN_FORCE, "beneficiaries.approve_scoringmodel"),
)

_HOUSEHOLD = Household.Status
HOUSEHOLD = Workflow(
    Transition("verify", frozenset({_HOUSEHOLD.REGISTERED}), _HOUSEHOLD.VERIFIED, "beneficiaries.verify_household"),
)

_PAIR = DuplicatePair.Status
# A decision may be taken again when new evidence turns up; merging the two rows is not offered here.
DUPLICATE_PAIR = Workflow(
    Transition(
        "different",
        frozenset({_PAIR.OPEN, _PAIR.SAME}),
        _PAIR.DIFFERENT,
        "beneficiaries.decide_duplicatepair",
    ),
    Transition("same", frozenset({_PAIR.OPEN, _PAIR.DIFFERENT}), _PAIR.SAME, "beneficiaries.decide_duplicatepair"),
)

_IMPORT = ImportBatch.Status
IMPORT_BATCH = Workflow(
    Transition("commit", frozenset({_IMPORT.IN_REVIEW}), _IMPORT.COMMITTING, "beneficiaries.commit_importbatch"),
    Transition(
        "discard",
        frozenset({_IMPORT.UPLOADED, _IMPORT.CHECKING, _IMPORT.IN_REVIEW, _IMPORT.FAILED}),
        _IMPORT.DISCARDED,
        "beneficiaries.commit_importbatch",
    ),
)
