"""The registry's nouns."""

from beneficiaries.models.changes import ChangeEvidence, ChangeLine, ChangeRequest
from beneficiaries.models.consent import Consent
from beneficiaries.models.duplicates import DuplicateFinding, DuplicateModel, DuplicatePair, DuplicateRun, NamePart
from beneficiaries.models.facts import HouseholdFacts
from beneficiaries.models.household import Dwelling, Household, Membership
from beneficiaries.models.imports import ImportBatch, ImportIssue, StagedHousehold, StagedIndividual
from beneficiaries.models.individual import Disability, Identifier, Individual
from beneficiaries.models.mappings import ColumnMapping
from beneficiaries.models.merges import HouseholdMerge, HouseholdMergeComer, Merge, MergeStep
from beneficiaries.models.recertification import Recertification, RecertificationPeriod, RecertificationVisit
from beneficiaries.models.registration import Registration, RegistrationPerson, RegistrationSection
from beneficiaries.models.scores import Score, ScoreTerm, ScoringModel
from beneficiaries.models.surveys import ScoreFit, Survey

__all__ = [
    "ChangeEvidence",
    "ChangeLine",
    "ChangeRequest",
    "ColumnMapping",
    "Consent",
    "Disability",
    "DuplicateFinding",
    "DuplicateModel",
    "DuplicatePair",
    "DuplicateRun",
    "Dwelling",
    "Household",
    "HouseholdFacts",
    "HouseholdMerge",
    "HouseholdMergeComer",
    "Identifier",
    "ImportBatch",
    "ImportIssue",
    "Individual",
    "Membership",
    "Merge",
    "MergeStep",
    "NamePart",
    "Recertification",
    "RecertificationPeriod",
    "RecertificationVisit",
    "Registration",
    "RegistrationPerson",
    "RegistrationSection",
    "Score",
    "ScoreFit",
    "ScoreTerm",
    "ScoringModel",
    "StagedHousehold",
    "StagedIndividual",
    "Survey",
]
