"""Programmes with rules, and households with facts, for tests."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone

from beneficiaries.models import Household, HouseholdFacts
from ministry.models import User
from programs.models import (
    BenefitComponent,
    Criterion,
    EligibilityChange,
    Enrolment,
    MemberCondition,
    Program,
    ProgramVersion,
    RuleGroup,
)
from tests.ministry.factories import UserFactory
from tests.programs.payment_factories import household

_numbers = itertools.count(1)

OFFICER = (
    "programs.view_program",
    "programs.view_programversion",
    "programs.change_programversion",
    "programs.add_eligibilityrun",
    "programs.view_eligibilityrun",
    "programs.view_eligibilitydecision",
    "programs.view_enrolment",
    "programs.confirm_enrolment",
    "programs.suspend_enrolment",
)
APPROVER = ("programs.view_program", "programs.view_programversion", "programs.approve_programversion")


def officer(**options: Any) -> User:
    return UserFactory(permissions=OFFICER, **options)


def approver() -> User:
    return UserFactory(permissions=APPROVER)


def draft_version(
    program: Program | None = None, *, starts_on: dt.date = dt.date(2024, 1, 1), prepared_by: User | None = None
) -> ProgramVersion:
    """Return a draft without rules that pays 325, and 60 for children of 6 to 11."""
    program = program or Program.objects.create(code=f"rules-{next(_numbers)}", name_ar="برنامج", name_en="Programme")
    version = ProgramVersion.objects.create(
        program=program,
        number=program.versions.count() + 1,
        starts_on=starts_on,
        base_amount=Decimal("325"),
        component_members_max=2,
        prepared_by=prepared_by or UserFactory(),
    )
    BenefitComponent.objects.create(
        version=version, name_ar="ابتدائي", name_en="Primary", age_from=6, age_to=11, amount=Decimal("60")
    )
    return version


def group(version: ProgramVersion, kind: str = "all", parent: RuleGroup | None = None, position: int = 0) -> RuleGroup:
    return RuleGroup.objects.create(version=version, kind=kind, parent=parent, position=position)


def on_fact(within: RuleGroup, fact: str, operator: str, value: str, **options: Any) -> Criterion:
    return Criterion.objects.create(
        group=within, fact=fact, operator=operator, value=value, wording_ar=f"شرط {fact}", **options
    )


def on_members(
    within: RuleGroup, operator: str, value: str, *conditions: tuple[str, str, str], **options: Any
) -> Criterion:
    criterion = Criterion.objects.create(
        group=within,
        subject=Criterion.Subject.MEMBER_COUNT,
        operator=operator,
        value=value,
        wording_ar="شرط عدد الأفراد",
        **options,
    )
    for field, member_operator, member_value in conditions:
        MemberCondition.objects.create(criterion=criterion, field=field, operator=member_operator, value=member_value)
    return criterion


def with_rules(version: ProgramVersion) -> ProgramVersion:
    """Give a draft Takaful's shape: a child under 18 or somebody pregnant, and a score below 45."""
    root = group(version)
    either = group(version, "any", root, 1)
    on_members(either, "gte", "1", ("age", "lt", "18"))
    on_members(either, "gte", "1", ("pregnant", "eq", "true"))
    on_fact(root, "pmt_score", "lt", "45", position=2)
    return version


def put_in_force(version: ProgramVersion) -> ProgramVersion:
    """Put a version in force past the verbs."""
    version.submitted_by = version.prepared_by
    version.approved_by = UserFactory()
    version.approved_at = timezone.now()
    version.status = ProgramVersion.Status.IN_FORCE
    version.save()
    return version


def version_in_force(**options: Any) -> ProgramVersion:
    return put_in_force(with_rules(draft_version(**options)))


def household_with_score(score: float | None, *births: dt.date | None, **options: Any) -> Household:
    """Return a household of a head and members born on `births`, with facts that hold the score."""
    home = household(*births, **options)
    zero = {
        field.name: 0
        for field in HouseholdFacts._meta.fields
        if not field.null and not field.primary_key and not field.has_default()
    }
    given = {"as_of": timezone.localdate(), "computed_at": timezone.now(), "area_id": home.area_id, "pmt_score": score}
    HouseholdFacts.objects.create(household=home, **(zero | given))
    return home


def changes_of(program: Program, first: Enrolment, second: Enrolment) -> tuple[EligibilityChange, EligibilityChange]:
    """Return two households that ceased to be eligible: one waits, of the other the exit is proposed."""

    def change(enrolment: Enrolment, **options: Any) -> EligibilityChange:
        return EligibilityChange.objects.create(
            program=program, household=enrolment.household, enrolment=enrolment, kind="ceased", run=enrolment.run,
            before="eligible", after="not_eligible", **options,
        )  # fmt: skip

    return change(first), change(second, status="exit_proposed", proposed_by=UserFactory(), note="الدخل زاد")
