"""Complaints, one module per noun."""

from complaints.models.actions import CorrectiveAction
from complaints.models.clock import ClockEvent, PauseReason
from complaints.models.complaint import STORY_MAX, Attachment, Channel, Complaint, Level, Message, Party
from complaints.models.handling import (
    OF_MONEY,
    OUTCOMES_OF,
    TASKS,
    Appeal,
    Assignment,
    Cause,
    Outcome,
    Remedy,
    RemedyTask,
    Resolution,
    Survey,
    Transfer,
)
from complaints.models.intake import Attempt, DraftFile, IntakeDraft, PinRequest, PinReset
from complaints.models.reference import Category, HelpArticle, Kind, Route, Term
from complaints.models.vault import (
    SupportService,
    VaultAccused,
    VaultCase,
    VaultEvent,
    VaultFile,
    VaultMessage,
    VaultReferral,
)
from complaints.models.voices import Issue, IssueCase, PublishedSuggestion
from complaints.models.ways import Call, CallTry, PartnerIntake, SmsPart

__all__ = [
    "OF_MONEY",
    "OUTCOMES_OF",
    "STORY_MAX",
    "TASKS",
    "Appeal",
    "Assignment",
    "Attachment",
    "Attempt",
    "Call",
    "CallTry",
    "Category",
    "Cause",
    "Channel",
    "ClockEvent",
    "Complaint",
    "CorrectiveAction",
    "DraftFile",
    "HelpArticle",
    "IntakeDraft",
    "Issue",
    "IssueCase",
    "Kind",
    "Level",
    "Message",
    "Outcome",
    "PartnerIntake",
    "Party",
    "PauseReason",
    "PinRequest",
    "PinReset",
    "PublishedSuggestion",
    "Remedy",
    "RemedyTask",
    "Resolution",
    "Route",
    "SmsPart",
    "SupportService",
    "Survey",
    "Term",
    "Transfer",
    "VaultAccused",
    "VaultCase",
    "VaultEvent",
    "VaultFile",
    "VaultMessage",
    "VaultReferral",
]
