"""A programme's rules in the browser: written by one person, tried, put in force by another, checked, explained."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from beneficiaries.models import HouseholdFacts
from ministry.models import User
from programs.models import EligibilityDecision, EligibilityRun, Program, ProgramVersion, WhatIf
from programs.rule_editor.outline import outline_of
from programs.rule_editor.state import MEMBERS
from programs.services.versions import draft_next_version
from tests.e2e.conftest import LANGUAGES, WIDTHS, Portal, assert_page_is_sound, take_picture
from tests.e2e.test_main_job import press, wait_for


@pytest.fixture(scope="module")
def draft(portal: Portal) -> ProgramVersion:
    program = Program.objects.create(code="written-here", name_ar="برنامج مكتوب", name_en="Written here")
    return ProgramVersion.objects.create(
        program=program,
        number=1,
        starts_on=timezone.localdate() - dt.timedelta(days=1),
        base_amount=Decimal(300),
        prepared_by=User.objects.get(username="program_officer"),
    )


def rules_of(draft: ProgramVersion) -> str:
    return f"/desk/programs/{draft.program.code}/versions/{draft.number}/rules/"


def choose(page: Page, name: str, value: str, appears: str) -> None:
    """Choose what is looked at and wait for the fields that follow it."""
    page.locator(f"select[name='{name}']").select_option(value)
    page.locator(f"[name='{appears}']").first.wait_for()


def save(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save the condition").click()


def eligible(page: Page) -> int:
    """Return the number of the live count."""
    page.locator("#count-eligible").wait_for()
    return int(page.locator("#count-eligible").inner_text().replace(",", "").split()[0])


def test_from_an_empty_draft_to_an_explained_decision(portal: Portal, working: None, draft: ProgramVersion):
    page = portal.visit(rules_of(draft), "program_officer", "en")
    page.get_by_role("link", name="Add a condition").click()
    choose(page, "about", "pmt_score", "value")
    page.locator("[name=operator]").select_option("lt")
    page.locator("[name=value]").fill("1000")
    page.locator("[name=wording_ar]").fill("درجة الأسرة أقل من 1000")
    expect(page.locator("#sentence")).to_contain_text("less than 1,000")
    save(page)
    everybody = eligible(page)
    assert everybody == HouseholdFacts.objects.filter(pmt_score__lt=1000).count()

    page.locator(".rule-tools summary").first.click()
    page.get_by_label("Of what it holds").first.select_option("any")
    with page.expect_navigation():
        page.get_by_role("button", name="Add a group of this kind inside").first.click()
    group = outline_of(draft).groups[1]
    for field, operator, value, wording in (("age", "lt", "6", "في الأسرة طفل"), ("pregnant", "", "true", "حامل")):
        page.goto(f"{rules_of(draft)}conditions/add/?group={group.group.pk}")
        choose(page, "about", MEMBERS, "m0-field")
        choose(page, "m0-field", field, "m0-value")
        if operator:
            page.locator("[name=m0-operator]").select_option(operator)
            page.locator("[name=m0-value]").fill(value)
        else:
            page.locator(f"[name=m0-value][value={value}]").check()
        page.locator("[name=operator]").select_option("gte")
        page.locator("[name=value]").fill("1")
        page.locator("[name=wording_ar]").fill(wording)
        save(page)
    assert 0 < eligible(page) < everybody
    take_picture(page, "rules-en-1280")

    page.goto(rules_of(draft).replace("/rules/", "/what-if/"))
    press(page)
    wait_for(page, WhatIf.objects.filter(version=draft, completed_at__isnull=False).exists, "the comparison is done")
    page.goto(rules_of(draft).replace("/rules/", "/submit/"))
    press(page)
    second = portal.visit(rules_of(draft).replace("/rules/", "/approve/"), "finance_manager", "en")
    press(second)
    draft.refresh_from_db()
    assert (draft.status, draft.approved_by.username) == ("in_force", "finance_manager")

    page.goto("/desk/programs/written-here/check/")
    press(page)
    runs = EligibilityRun.objects.filter(version=draft, status="complete")
    wait_for(page, runs.exists, "the check is complete")
    refused = EligibilityDecision.objects.filter(run=runs.get(), decision="not_eligible").first()
    page.goto(refused.household.get_absolute_url())
    assert "في الأسرة طفل" in page.locator("main").inner_text()


@pytest.fixture(scope="module")
def written(portal: Portal) -> ProgramVersion:
    """Return a draft copied from Takaful's rules."""
    source = ProgramVersion.objects.get(program__code="takaful", number=1)
    officer = User.objects.get(username="program_officer")
    return draft_next_version(version=source, actor=officer, starts_on=timezone.localdate() + dt.timedelta(days=200))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_sound_with_everything_open(portal: Portal, written: ProgramVersion, language: str):
    place = next(place for place in outline_of(written).places if place.criterion and not place.criterion.fact)
    for width in WIDTHS:
        page = portal.visit(rules_of(written), "program_officer", language, width)
        page.locator("#count-eligible").wait_for()
        page.evaluate("document.querySelectorAll('details.rule-tools').forEach((one) => { one.open = true; })")
        assert_page_is_sound(portal, page, language)
        page.evaluate("document.querySelectorAll('details.rule-tools').forEach((one, n) => { one.open = n < 2; })")
        take_picture(page, f"rules-{language}-{width}")
        page.goto(f"{rules_of(written)}conditions/{place.criterion.pk}/")
        assert_page_is_sound(portal, page, language)
        take_picture(page, f"rule-{language}-{width}")
        page.close()


def test_without_javascript(portal: Portal, written: ProgramVersion):
    before = len(outline_of(written).criteria)
    page = portal.page("program_officer", "ar", 360, javascript=False)
    page.goto(f"{rules_of(written)}conditions/add/")
    page.locator("[name=about]").select_option("tenure")
    page.locator("[name=wording_ar]").fill("يسكن بالإيجار")
    page.locator("button[name=again]").first.click()
    assert page.locator("[name=wording_ar]").input_value() == "يسكن بالإيجار"
    page.locator("[name=value][value=rented]").check()
    page.locator("main form.form .actions button.button").first.click()
    assert len(outline_of(written).criteria) == before + 1
    page.goto(f"{rules_of(written)}count/")
    assert page.locator("#count-eligible").count() == 1
