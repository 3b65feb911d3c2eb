"""Applicants, places and ranked lists for tests, through the verbs."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone

from beneficiaries.models import Household
from ministry import jobs
from ministry.models import Area, User
from programs.models import AdmissionList, Application, EligibilityRun, PlacePlan, Program, ProgramVersion
from programs.services import eligibility
from programs.services.admissions import applications, lists, plans
from tests.ministry.factories import UserFactory
from tests.programs import factories

CHILD = dt.date(2024, 5, 1)
VIEW = ("programs.view_program", "programs.view_application", "programs.view_admissionlist", "programs.view_placeplan")
OFFICER = (
    *VIEW,
    "beneficiaries.view_household",
    "programs.view_enrolment",
    "programs.add_application",
    "programs.verify_application",
    "programs.add_placeplan",
    "programs.add_admissionlist",
    "programs.offer_application",
    "programs.suspend_enrolment",
    "programs.confirm_enrolment",
)
MANAGER = (
    *VIEW,
    "programs.confirm_placeplan",
    "programs.confirm_admissionlist",
    "programs.admit_application",
)
_numbers = itertools.count(1)


def officer(**options: Any) -> User:
    return UserFactory(permissions=OFFICER, **options)


def manager(**options: Any) -> User:
    return UserFactory(permissions=MANAGER, **options)


def checked(version: ProgramVersion) -> EligibilityRun:
    jobs.run_now(eligibility.start_eligibility_check(program=version.program, actor=None))
    return EligibilityRun.objects.latest("id")


def plan_of(
    program: Program, places: dict[Area, int], *, monthly_limit: Decimal | None = None, starts_on: dt.date | None = None
) -> PlacePlan:
    """Return places two people agreed to."""
    plan = plans.propose_places(
        program=program,
        places=places,
        monthly_limit=monthly_limit,
        starts_on=starts_on or timezone.localdate(),
        reason="قرار",
        actor=officer(),
    )
    return plans.decide_places(plan=plan, verb="confirm", actor=manager())


def applied(version: ProgramVersion, home: Household, *, days_ago: int = 0) -> Application:
    application = applications.apply_for_household(program=version.program, household=home, actor=officer())
    if days_ago:
        Application.objects.filter(pk=application.pk).update(
            applied_on=timezone.localdate() - dt.timedelta(days=days_ago)
        )
        application.refresh_from_db()
    return application


def verified(version: ProgramVersion, home: Household, *, days_ago: int = 0) -> Application:
    return applications.verify_application(
        application=applied(version, home, days_ago=days_ago), actor=officer(), proof="visit"
    )


def home_of(area: Area, score: float | None = 30.0) -> Household:
    return factories.household_with_score(score, CHILD, area=area)


def confirmed(run: EligibilityRun) -> AdmissionList:
    return lists.confirm_list(drawn=lists.draw_list(run=run, actor=officer()), actor=manager())


def waiting_line(version: ProgramVersion, area: Area, *, places: int = 1, waiting: int = 3) -> list[Application]:
    """Return applications in order: so many admitted as there are places, the others waiting."""
    homes = [home_of(area, 10.0 + number) for number in range(places + waiting)]
    rows = [verified(version, home) for home in homes]
    plan_of(version.program, {area: places})
    confirmed(checked(version))
    return [Application.objects.get(pk=row.pk) for row in rows]
