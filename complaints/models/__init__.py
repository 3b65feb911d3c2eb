"""Complaints, one module per noun."""

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
from complaints.models.intake import Attempt, DraftFile, IntakeDraft, PinReset
from complaints.models.reference import Category, HelpArticle, Kind, Route, Term

__all__ = [
    "OF_MONEY",
    "OUTCOMES_OF",
    "STORY_MAX",
    "TASKS",
    "Appeal",
    "Assignment",
    "Attachment",
    "Attempt",
    "Category",
    "Cause",
    "Channel",
    "ClockEvent",
    "Complaint",
    "DraftFile",
    "HelpArticle",
    "IntakeDraft",
    "Kind",
    "Level",
    "Message",
    "Outcome",
    "Party",
    "PauseReason",
    "PinReset",
    "Remedy",
    "RemedyTask",
    "Resolution",
    "Route",
    "Survey",
    "Term",
    "Transfer",
]
