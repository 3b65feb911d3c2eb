"""A change request in the browser, through two people: written and proved by a caseworker, approved by a supervisor."""

import itertools
from pathlib import Path

from playwright.sync_api import Page

from beneficiaries.models import ChangeRequest, Household
from beneficiaries.services.facts import refresh_facts
from ministry.models import Area, User
from tests.beneficiaries.change_factories import family, member, picture, submitted
from tests.e2e.conftest import WIDTHS, Portal, assert_page_is_sound, take_picture

_numbers = itertools.count(1)


def a_family() -> Household:
    """Return a household of Asyut of which no other test knows."""
    household = family(area=Area.objects.get(code="EG-AST"), household_ref=f"E2E/CHANGE/{next(_numbers)}")
    refresh_facts([household.pk])
    return household


def press(page: Page, name: str) -> None:
    """Press a button and wait for the answer."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def test_a_change_takes_two_people(portal: Portal, tmp_path: Path):
    home = a_family()
    wife = home.memberships.get(relationship="spouse").individual
    head = home.memberships.get(relationship="head").individual
    paper = tmp_path / "certificate.png"
    paper.write_bytes(picture().read())

    page = portal.visit(home.get_absolute_url(), "caseworker", "en")
    page.get_by_role("link", name="Write down a change").click()
    page.get_by_role("link", name="Death", exact=False).click()
    page.get_by_label(head.full_name, exact=False).first.check()
    page.get_by_label("Date of death", exact=False).fill("2/5/2026")
    press(page, "Save and check")
    # The head has died and somebody stays: the form asks who is head, and keeps what was typed.
    assert page.get_by_label("Date of death", exact=False).input_value() == "2/5/2026"
    page.get_by_label("New head of household", exact=False).select_option(str(wife.pk))
    press(page, "Save and check")
    request = ChangeRequest.objects.get(household=home)
    assert page.url.endswith(request.get_absolute_url())

    press(page, "Submit for approval")
    assert "Attach first: Death certificate" in page.locator("main").inner_text()
    page.set_input_files("[name=paper]", paper)
    press(page, "Attach")
    press(page, "Submit for approval")
    request.refresh_from_db()
    assert request.status == "submitted"
    assert page.get_by_role("button", name="Approve").count() == 0
    page.close()

    page = portal.visit("/desk/", "supervisor", "en")
    page.get_by_role("link", name="Changes in households to approve or refuse").click()
    page.locator("main").get_by_role("link", name=head.full_name).first.click()
    shown = page.locator("main").inner_text()
    assert "Head of household" in shown
    assert "Widowed" in shown
    assert_page_is_sound(portal, page, "en")
    press(page, "Approve")
    request.refresh_from_db()
    assert request.status == "applied"
    page.goto(home.get_absolute_url())
    assert page.locator("h1").inner_text().strip() == wife.full_name
    assert head.full_name not in page.locator("#members").inner_text()
    page.close()


def test_pictures_of_its_pages(portal: Portal):
    home = a_family()
    with_split = submitted(
        "split",
        home,
        User.objects.get(username="caseworker"),
        leavers=[member(home, "spouse").pk, member(home, "child", 1).pk],
        head_of_leavers=member(home, "spouse").pk,
        destination="new",
        area_governorate=home.area_id,
        area_district=Area.objects.filter(parent=home.area, level="district")[0].pk,
        address="شارع الجمهورية 12",
    )
    for width in WIDTHS:
        request = portal.visit(with_split.get_absolute_url(), "supervisor", "ar", width)
        assert_page_is_sound(portal, request, "ar")
        assert take_picture(request, f"change-request-ar-{width}").exists()
        request.close()
        for name, path in (
            ("kinds", f"/desk/households/{home.household_ref}/changes/new/"),
            ("marriage", f"/desk/households/{home.household_ref}/changes/new/marriage/"),
            ("split", f"/desk/households/{home.household_ref}/changes/new/split/"),
            ("list", "/desk/changes/"),
            ("due", "/desk/recertification/"),
            ("visit", f"/desk/households/{home.household_ref}/visit/"),
            ("file", home.get_absolute_url()),
        ):
            page = portal.visit(path, "caseworker", "ar", width)
            assert_page_is_sound(portal, page, "ar")
            assert take_picture(page, f"change-{name}-ar-{width}").exists()
            page.close()
