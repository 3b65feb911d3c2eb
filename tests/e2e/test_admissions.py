"""Admission in the browser: apply, verify, rank, a list with a quota, a free place offered, pause and graduation."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from beneficiaries.models import Household
from ministry.models import Area, Notice
from programs.admission import reasons
from programs.models import AdmissionList, Application, Enrolment, PlacePlan, ProgramVersion
from tests.e2e.conftest import LANGUAGES, WIDTHS, Portal, assert_page_is_sound
from tests.programs.admission_factories import checked, home_of
from tests.programs.factories import version_in_force


@pytest.fixture
def version(portal: Portal) -> ProgramVersion:
    """Return a programme of its own, checked, with two households of the demo's governorate that qualify."""
    version = version_in_force()
    area = Area.objects.get(code="EG-AST")
    for score in (10.0, 20.0):
        home = home_of(area, score)
        home.phone_key = "1012345678"
        home.save()
    checked(version)
    return version


def send(page: Page) -> None:
    """Press the form's main button and wait for the answer."""
    with page.expect_navigation():
        page.locator("main form[method=post] button.button").first.click()


def at(page: Page, name: str, *arguments: object) -> None:
    page.goto(reverse(f"programs:{name}", args=arguments))


def homes_of(version: ProgramVersion) -> list[Household]:
    return list(Household.objects.filter(facts__pmt_score__in=[10.0, 20.0]).order_by("-pk")[:2][::-1])


def test_from_the_application_to_the_graduation(portal: Portal, version: ProgramVersion):
    code, (poorer, other) = version.program.code, homes_of(version)
    caseworker = portal.tab("caseworker", "ar")
    for home in (other, poorer):
        caseworker.goto(reverse("programs:applicant_create", args=[code]) + f"?household={home.household_ref}")
        send(caseworker)
    for application in Application.objects.filter(program=version.program):
        at(caseworker, "applicant_verb", code, application.pk, "verify")
        caseworker.locator("input[value=visit]").check()
        send(caseworker)
    assert_page_is_sound(portal, caseworker, "ar")

    officer, manager = portal.tab("program_officer", "en"), portal.tab("finance_manager", "ar")
    at(officer, "places_propose", code)
    officer.locator("textarea[name=reason]").fill("Decision 7")
    officer.locator(f"input[name=area_{Area.objects.get(code='EG-AST').pk}]").fill("1")
    send(officer)
    at(manager, "places_verb", code, PlacePlan.objects.get(program=version.program).pk, "confirm")
    send(manager)

    at(officer, "admission_list_draw", code)
    send(officer)
    assert_page_is_sound(portal, officer, "en")
    assert not Enrolment.objects.filter(program=version.program).exists()
    drawn = AdmissionList.objects.get(program=version.program)
    at(manager, "admission_list_verb", code, drawn.pk, "confirm")
    send(manager)
    assert_page_is_sound(portal, manager, "ar")
    admitted = Enrolment.objects.get(program=version.program)
    assert admitted.household == poorer

    caseworker.goto(other.get_absolute_url())
    assert "رقم 1 من 1 في دور منطقتها" in caseworker.locator("main").inner_text()

    def step(enrolment: Enrolment, verb: str, ground: str) -> None:
        at(officer, "enrolment_verb", code, enrolment.pk, verb)
        officer.locator(f"input[value={ground}]").check()
        send(officer)

    step(admitted, "suspend", "inquiry")
    step(admitted, "resume", "cleared")
    step(admitted, "graduate", "own-project")
    told = Notice.objects.filter(subject_type="programs.enrolment", subject_id=admitted.pk)
    assert {reasons.SUSPENDED, reasons.RESUMED, reasons.GRADUATED} <= set(told.values_list("template_code", flat=True))

    at(officer, "places", code)
    officer.get_by_role("link", name="Offer the place").click()
    send(officer)
    waiting = Application.objects.get(program=version.program, household=other)
    assert waiting.status == "offered"
    at(manager, "applicant_verb", code, waiting.pk, "admit")
    send(manager)
    assert Enrolment.objects.filter(program=version.program, household=other, status="enrolled").exists()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["places", "applicant_list", "enrolment_list", "places_propose"])
def test_the_pages_are_sound(portal: Portal, language: str, width: int, name: str):
    page = portal.visit(reverse(f"programs:{name}", args=["winter-support"]), "program_officer", language, width)
    assert_page_is_sound(portal, page, language)
