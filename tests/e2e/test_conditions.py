"""Conditions in the browser: a file of reports, a reduction in the next payment, an excuse, and the back-pay line."""

import datetime as dt
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from beneficiaries.models import Household
from ministry import jobs
from ministry.models import Area
from programs.models import ComplianceStep, ConditionUploadError, Entitlement, Excuse
from tests.e2e.conftest import Portal, assert_page_is_sound
from tests.programs.compliance_factories import children, missed_month, opened, paid_month, program_with_conditions
from tests.programs.payment_factories import enrol, household


@pytest.fixture
def home(portal: Portal) -> Household:
    """Return a household of the demo's caseworker in a programme of its own; its child missed the first month."""
    home = household(dt.date(timezone.localdate().year - 8, 6, 1), area=Area.objects.get(code="EG-AST"))
    program = program_with_conditions()
    enrol(program, home)
    missed_month(program, 1, *children(home))
    return home


def send(page: Page) -> None:
    """Press the form's main button and wait for the answer."""
    with page.expect_navigation():
        page.locator("main form button.button").first.click()


def test_from_a_file_of_reports_to_the_back_pay(portal: Portal, home: Household, tmp_path: Path):
    program = home.enrolments.get().program
    period = opened(program, 2)
    officer = portal.tab("program_officer", "en")
    officer.goto(reverse("programs:compliance_upload", args=[period.pk]))
    file = tmp_path / "reports.csv"
    person = children(home)[0].person_ref
    file.write_text(f"person,condition,figure,service\n{person},school,55,open\nnobody,school,90,open\n")
    officer.locator("input[type=file]").set_input_files(file)
    officer.locator("select[name=source]").select_option("education")
    send(officer)
    assert "Nobody in the register has this number" in officer.locator("main").inner_text()
    assert ConditionUploadError.objects.filter(upload__period=period).count() == 1

    manager = portal.tab("finance_manager", "en")
    manager.goto(reverse("programs:compliance_close", args=[period.pk]))
    send(manager)
    period.refresh_from_db()
    if period.status == "closing":
        jobs.run_now(period.job)
    assert Entitlement.objects.get(cycle=paid_month(program), household=home).amount == 325 + 30

    caseworker = portal.tab("caseworker", "ar")
    caseworker.goto(home.get_absolute_url())
    step = ComplianceStep.objects.get(period=period)
    record = period.records.get()
    assert caseworker.locator(f"a[href='{reverse('programs:compliance_appeal_file', args=[step.pk])}']").is_visible()
    caseworker.locator(f"a[href='{reverse('programs:excuse_file', args=[record.pk])}']").click()
    assert_page_is_sound(portal, caseworker, "ar")
    caseworker.locator("textarea[name=reason]").fill("كان الطفل في المستشفى")
    send(caseworker)

    supervisor = portal.tab("supervisor", "ar")
    supervisor.goto(reverse("programs:excuse_decide", args=[Excuse.objects.get(record=record).pk]))
    supervisor.locator("input[value=accept]").check()
    supervisor.locator("textarea[name=reason]").fill("أكده التقرير الطبي")
    send(supervisor)
    step.refresh_from_db()
    assert step.status == "lifted"

    line = Entitlement.objects.get(cycle=paid_month(program), household=home)
    assert line.amount == 325 + 60 + 30
    officer.goto(line.get_absolute_url())
    assert "paid back" in officer.locator("main").inner_text()
