"""Conditions of a programme version, what periods found, the steps that followed, and how they are contested."""

from programs.models.compliance.conditions import Condition, LadderRung, PeriodMonths, Source
from programs.models.compliance.consequences import ComplianceAppeal, ComplianceStep, EntitlementLine, Excuse
from programs.models.compliance.periods import (
    CompliancePeriod,
    ComplianceRecord,
    ComplianceReport,
    ConditionUpload,
    ConditionUploadError,
)

__all__ = [
    "ComplianceAppeal",
    "CompliancePeriod",
    "ComplianceRecord",
    "ComplianceReport",
    "ComplianceStep",
    "Condition",
    "ConditionUpload",
    "ConditionUploadError",
    "EntitlementLine",
    "Excuse",
    "LadderRung",
    "PeriodMonths",
    "Source",
]
