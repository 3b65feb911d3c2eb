"""The programmes' nouns."""

from programs.models.eligibility import EligibilityDecision, EligibilityRun
from programs.models.enrolment import Enrolment
from programs.models.program import BenefitComponent, Program, ProgramVersion
from programs.models.rule_set import Criterion, MemberCondition, RuleGroup

__all__ = [
    "BenefitComponent",
    "Criterion",
    "EligibilityDecision",
    "EligibilityRun",
    "Enrolment",
    "MemberCondition",
    "Program",
    "ProgramVersion",
    "RuleGroup",
]
