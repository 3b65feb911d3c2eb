"""Forms of the registry."""

from beneficiaries.forms.changes import (
    ChangePaperForm,
    ChangeReasonForm,
    ChangeWithdrawalForm,
    RecertificationVisitForm,
)
from beneficiaries.forms.consents import ConsentRecordForm, ConsentWithdrawalForm
from beneficiaries.forms.duplicates import MergeDecisionForm, MergeForm, PairDecisionForm
from beneficiaries.forms.imports import ImportColumnsForm, ImportForm, ImportNoteForm, ImportValuesForm
from beneficiaries.forms.joining import GroupDecisionForm, HouseholdMergeDecisionForm, HouseholdMergeForm
from beneficiaries.forms.registrations import RegistrationDocumentForm, RegistrationNoteForm, RegistrationStartForm

__all__ = [
    "ChangePaperForm",
    "ChangeReasonForm",
    "ChangeWithdrawalForm",
    "ConsentRecordForm",
    "ConsentWithdrawalForm",
    "GroupDecisionForm",
    "HouseholdMergeDecisionForm",
    "HouseholdMergeForm",
    "ImportColumnsForm",
    "ImportForm",
    "ImportNoteForm",
    "ImportValuesForm",
    "MergeDecisionForm",
    "MergeForm",
    "PairDecisionForm",
    "RecertificationVisitForm",
    "RegistrationDocumentForm",
    "RegistrationNoteForm",
    "RegistrationStartForm",
]
