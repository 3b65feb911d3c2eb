"""Programmes with conditions, reports and closed periods, for tests: periods in 2025, payments from today on."""

import datetime as dt
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from beneficiaries.models import Household, Individual
from ministry import jobs
from ministry.models import Area, User
from programs.models import (
    BenefitComponent,
    CompliancePeriod,
    ComplianceReport,
    Condition,
    ConditionUpload,
    LadderRung,
    PaymentCycle,
    Program,
    ProgramVersion,
)
from programs.services.compliance.decisions import file_appeal, file_excuse
from programs.services.compliance.periods import close_compliance_period, next_month, open_compliance_period
from programs.services.compliance.uploads import take_in_reports
from tests.ministry.factories import UserFactory
from tests.programs.payment_factories import approved, cycle_of, enrol, household

_numbers = itertools.count(1)

# Kind, misses, window, share, of the household, months: the ladder of the page on conditions.
RUNGS = (
    ("warning", 1, None, "0", False, 0),
    ("reduction", 2, None, "50", False, 1),
    ("reduction", 3, 6, "100", False, 1),
    ("suspension", 4, None, "100", True, 1),
    ("exit_proposal", 5, None, "0", False, 0),
)
OFFICER = [
    "programs.view_complianceperiod",
    "programs.add_complianceperiod",
    "programs.add_compliancereport",
    "programs.add_conditionupload",
    "programs.view_compliancerecord",
]
CLOSER = ["programs.view_complianceperiod", "programs.close_complianceperiod", "programs.view_compliancerecord"]
CASEWORKER = [
    "programs.view_compliancerecord",
    "programs.add_compliancereport",
    "programs.add_excuse",
    "programs.add_complianceappeal",
    "beneficiaries.view_household",
]
DECIDER = [
    "programs.view_compliancerecord",
    "programs.decide_excuse",
    "programs.decide_complianceappeal",
    "programs.suspend_enrolment",
    "beneficiaries.view_household",
]


def program_with_conditions(
    rungs: Sequence[tuple] = RUNGS, *, conditions: int = 1, forgotten_after: int = 3, at_most: str = "50"
) -> Program:
    """Return a programme in force that pays 325, 60, 80 and 100, and asks children of 6 to 17 for 80 % attendance.

    With two conditions they are also asked for one visit a month.
    """
    number = next(_numbers)
    program = Program.objects.create(code=f"conditions-{number}", name_ar=f"برنامج {number}", name_en="Programme")
    version = ProgramVersion.objects.create(
        program=program,
        number=1,
        starts_on=dt.date(2024, 1, 1),
        base_amount=Decimal(325),
        component_members_max=2,
        misses_forgotten_after=forgotten_after,
        withheld_at_most=Decimal(at_most),
        prepared_by=UserFactory(),
    )
    for age_from, age_to, amount in ((6, 11, 60), (12, 14, 80), (15, 17, 100)):
        BenefitComponent.objects.create(
            version=version, name_ar="طفل", name_en="Child", age_from=age_from, age_to=age_to, amount=amount
        )
    for code, measure, at_least in (("school", "attendance", 80), ("doctor", "clinic_visits", 1))[:conditions]:
        Condition.objects.create(
            version=version,
            code=code,
            name_ar=code,
            name_en=code,
            age_from=6,
            age_to=17,
            measure=measure,
            at_least=at_least,
            months=1,
            source="education",
        )
    for position, (kind, misses, window, share, of_household, months) in enumerate(rungs, start=1):
        LadderRung.objects.create(
            version=version,
            position=position,
            kind=kind,
            misses=misses,
            window_periods=window,
            share_percent=Decimal(share),
            of_household=of_household,
            months=months,
        )
    version.submitted_by = version.prepared_by
    version.approved_by, version.approved_at = UserFactory(), timezone.now()
    version.status = ProgramVersion.Status.IN_FORCE
    version.save()
    return program


def opened(program: Program, month: int, *, officer: User | None = None) -> CompliancePeriod:
    """Open a month of 2025."""
    return open_compliance_period(
        program=program, starts_on=dt.date(2025, month, 1), months=1, actor=officer or UserFactory(permissions=OFFICER)
    )


def report(
    period: CompliancePeriod, person: Individual, value: str | None, *, code: str = "school", is_open: bool = True
) -> None:
    """Report a figure about a person past the verb."""
    ComplianceReport.objects.create(
        period=period,
        condition=period.version.conditions.get(code=code),
        individual=person,
        value=value,
        service_available=is_open,
        source="education",
        reported_by=period.opened_by,
        reported_at=timezone.now(),
    )


def closed(period: CompliancePeriod) -> CompliancePeriod:
    """Close a period as the worker does."""
    jobs.run_now(close_compliance_period(period=period, actor=UserFactory(permissions=CLOSER), tell_worker=False))
    period.refresh_from_db()
    return period


def missed_month(program: Program, month: int, *people: Individual, value: str = "60") -> CompliancePeriod:
    """Open a month of 2025, report people below what is asked, and close it."""
    period = opened(program, month)
    for person in people:
        report(period, person, value)
    return closed(period)


def paid_month(program: Program) -> PaymentCycle:
    """Prepare, submit and approve the next month's payments."""
    return approved(cycle_of(program, period=next_month(program)))


def children(home: Household) -> list[Individual]:
    """Return the members of a household but the head, in the order in which they were born in the factory."""
    return [
        membership.individual
        for membership in home.memberships.exclude(relationship="head").select_related("individual").order_by("id")
    ]


# A warning at once, an exit proposed at the second miss.
SHORT = (("warning", 1, None, "0", False, 0), ("exit_proposal", 2, None, "0", False, 0))


def a_file(period: CompliancePeriod, text: str, *, source: str = "education") -> ConditionUpload:
    """Take in a file of reports as an officer of the whole country."""
    return take_in_reports(
        period=period,
        upload=ContentFile(text.encode(), name="reports.csv"),
        source=source,
        actor=UserFactory(permissions=OFFICER),
    )


def a_world_of_conditions(area: Area) -> dict[str, dict[str, Any]]:
    """Return what the arguments of the pages about conditions lead to: two closed months, one open, all cases."""
    program = program_with_conditions(SHORT)
    home = household(dt.date(2014, 1, 1), area=area)
    enrol(program, home)
    person = children(home)[0]
    warned, proposed = missed_month(program, 1, person), missed_month(program, 2, person)
    worker = UserFactory(permissions=CASEWORKER)
    excuse = file_excuse(record=warned.records.get(), actor=worker, reason="مرض الطفل")
    appeal = file_appeal(step=warned.steps.get(), actor=worker, reason="كانت المدرسة بعيدة")
    exit_step, still_open = proposed.steps.get(), opened(program, 3)
    batch = a_file(still_open, f"person,condition,figure,service\n{person.person_ref},school,90,\n1,school,x,open\n")
    of_period = {"pk": still_open.pk}
    return {
        "document_download[file of reports]": {"pk": batch.document_id},
        "programs:compliance_period": {"pk": proposed.pk},
        "programs:compliance_close": of_period,
        "programs:compliance_entry": of_period,
        "programs:compliance_upload": of_period,
        "programs:compliance_error": {"pk": batch.errors.get().pk},
        "programs:excuse_file": {"pk": proposed.records.get().pk},
        "programs:excuse_decide": {"pk": excuse.pk},
        "programs:compliance_appeal_file": {"pk": exit_step.pk},
        "programs:compliance_appeal_decide": {"pk": appeal.pk},
        "programs:compliance_exit_decide": {"pk": exit_step.pk},
    }
