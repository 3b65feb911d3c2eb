"""The core's nouns."""

from ministry.models.area import Area, AreaFigure
from ministry.models.audit import AuditEntry, DisclosureEntry, RowVersion, Seal, SealMark
from ministry.models.bilingual import Bilingual
from ministry.models.calendars import Calendar, Holiday
from ministry.models.documents import Document
from ministry.models.jobs import Job, JobChunk
from ministry.models.legal import LegalBasis
from ministry.models.notices import Notice, NoticeTemplate
from ministry.models.partners import Partner, PartnerToken
from ministry.models.people import Role, StaffAssignment, User

__all__ = [
    "Area",
    "AreaFigure",
    "AuditEntry",
    "Bilingual",
    "Calendar",
    "DisclosureEntry",
    "Document",
    "Holiday",
    "Job",
    "JobChunk",
    "LegalBasis",
    "Notice",
    "NoticeTemplate",
    "Partner",
    "PartnerToken",
    "Role",
    "RowVersion",
    "Seal",
    "SealMark",
    "StaffAssignment",
    "User",
]
