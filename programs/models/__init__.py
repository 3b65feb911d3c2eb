"""The programmes' nouns."""

from programs.models.agent import PaymentAgent
from programs.models.application import AdmissionList, AdmissionListEntry, Application
from programs.models.compliance import (
    ComplianceAppeal,
    CompliancePeriod,
    ComplianceRecord,
    ComplianceReport,
    ComplianceStep,
    Condition,
    ConditionUpload,
    ConditionUploadError,
    EntitlementLine,
    Excuse,
    LadderRung,
)
from programs.models.control import ControlFigure, ControlFinding, ControlReading, ControlReport
from programs.models.eligibility import EligibilityDecision, EligibilityRun
from programs.models.eligibility_change import EligibilityChange
from programs.models.enrolment import Enrolment
from programs.models.enrolment_reason import EnrolmentReason
from programs.models.funding import Allotment, BudgetLine, FundEntry, FundingSource
from programs.models.overpayment import Overpayment
from programs.models.payments import Entitlement, Payment, PaymentCycle, PaymentFile
from programs.models.places import AreaQuota, PlacePlan
from programs.models.program import BenefitComponent, Program, ProgramVersion
from programs.models.reconciliation import ReconciliationFile, ReconciliationRow
from programs.models.rule_set import Criterion, MemberCondition, RuleGroup
from programs.models.verification import VerificationSample, VerificationVisit
from programs.models.what_if import WhatIf, WhatIfFigure

__all__ = [
    "AdmissionList",
    "AdmissionListEntry",
    "Allotment",
    "Application",
    "AreaQuota",
    "BenefitComponent",
    "BudgetLine",
    "ComplianceAppeal",
    "CompliancePeriod",
    "ComplianceRecord",
    "ComplianceReport",
    "ComplianceStep",
    "Condition",
    "ConditionUpload",
    "ConditionUploadError",
    "ControlFigure",
    "ControlFinding",
    "ControlReading",
    "ControlReport",
    "Criterion",
    "EligibilityChange",
    "EligibilityDecision",
    "EligibilityRun",
    "Enrolment",
    "EnrolmentReason",
    "Entitlement",
    "EntitlementLine",
    "Excuse",
    "FundEntry",
    "FundingSource",
    "LadderRung",
    "MemberCondition",
    "Overpayment",
    "Payment",
    "PaymentAgent",
    "PaymentCycle",
    "PaymentFile",
    "PlacePlan",
    "Program",
    "ProgramVersion",
    "ReconciliationFile",
    "ReconciliationRow",
    "RuleGroup",
    "VerificationSample",
    "VerificationVisit",
    "WhatIf",
    "WhatIfFigure",
]
