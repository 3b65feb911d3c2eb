"""Registering a household in a browser: with the connection cut and back, and somebody found while typing."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from beneficiaries.models import Registration
from beneficiaries.services import registrations as services
from ministry.models import Area, User
from ministry.text import name_key, name_skeletons
from tests.beneficiaries.factories import IdentifierFactory, household_of
from tests.beneficiaries.registrations import HEAD_ANSWERS, answers, typed
from tests.e2e.conftest import Portal

AREA = "EG-AST"


@pytest.fixture
def registration(portal: Portal) -> Registration:
    caseworker = User.objects.get(username="caseworker")
    registration = services.start_registration(area=Area.objects.get(code=AREA), actor=caseworker)
    services.save_person(
        registration=registration, token=uuid.uuid4(), typed=typed(HEAD_ANSWERS), reasons={}, version=0,
        actor=caseworker, is_head=True,
    )  # fmt: skip
    return registration


@pytest.fixture
def desk(portal: Portal) -> BrowserContext:
    return portal.context("caseworker", "en")


def section(registration: Registration, code: str) -> str:
    return reverse("beneficiaries:registration_section", args=[registration.reference, code])


def opened(desk: BrowserContext, address: str) -> Page:
    page = desk.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-drafts=ready]")
    return page


def kept(registration: Registration, code: str = "dwelling") -> dict:
    row = registration.sections.filter(code=code).first()
    return row.typed if row else {}


def test_what_is_typed_without_a_connection_arrives_when_it_is_back(registration, desk):
    page = opened(desk, section(registration, "dwelling"))
    status = page.get_by_role("status").last
    desk.set_offline(True)
    page.fill("[name=rooms]", "4")
    expect(status).to_have_text("No connection: it will be sent later")
    page.click("button[value=continue]")
    expect(page.locator("[name=rooms]")).to_have_value("4")
    assert kept(registration) == {}
    desk.set_offline(False)
    expect(status).to_have_text("Saved on the server")
    assert kept(registration)["rooms"] == ["4"]
    page.fill("[name=rooms]", "5")
    expect(status).to_have_text("Saved on this device")
    page.close()
    # The page was closed before anybody saved: it is there again, and goes to the server by itself.
    again = opened(desk, section(registration, "dwelling"))
    expect(again.locator("[name=rooms]")).to_have_value("5")
    expect(again.get_by_role("status").last).to_have_text("Saved on the server")
    assert kept(registration)["rooms"] == ["5"]
    again.close()


def test_two_versions_are_put_side_by_side_once_the_connection_is_back(registration, desk):
    page = opened(desk, section(registration, "dwelling"))
    desk.set_offline(True)
    page.fill("[name=rooms]", "4")
    expect(page.get_by_role("status").last).to_have_text("No connection: it will be sent later")
    meanwhile = typed(answers(registration.area)["dwelling"] | {"rooms": "9"})
    services.save_section(
        registration=registration, code="dwelling", typed=meanwhile, reasons={}, version=0,
        actor=User.objects.get(username="caseworker"),
    )  # fmt: skip
    desk.set_offline(False)
    expect(page.get_by_role("status").last).to_contain_text("Conflict: choose a version")
    page.get_by_role("button", name="Show both versions").click()
    expect(page.get_by_role("heading", name="Two versions of these answers")).to_be_visible()
    row = page.locator("tr", has_text="How many rooms")
    expect(row).to_contain_text("9")
    expect(row).to_contain_text("4")
    page.get_by_role("button", name="Use what I typed").click()
    page.wait_for_url("**/dwelling/")
    assert kept(registration)["rooms"] == ["4"]
    page.close()


def test_drafts_on_the_device_cannot_be_read_and_go_with_the_sign_out(registration, portal):
    # A browser of its own: the one of the other tests stays signed in.
    page = opened(portal.context("caseworker", "en", 1200), section(registration, "address"))
    page.fill("[name=address]", "Harbour Street 4")
    expect(page.get_by_role("status").last).to_have_text("Saved on this device")
    records = """() => new Promise((done) => {
      const request = indexedDB.open("drafts");
      request.onsuccess = () => {
        const all = request.result.transaction("drafts").objectStore("drafts").getAll();
        const text = (one) => new TextDecoder().decode(one.data);
        all.onsuccess = () => { request.result.close(); done(all.result.map(text)); };
      };
    })"""
    stored = page.evaluate(records)
    assert stored
    assert not any("Harbour" in text for text in stored)
    page.evaluate("document.querySelector('details.whoami').open = true")
    page.locator("form[data-sign-out] button").click()
    page.wait_for_url(f"{portal.url}/")
    assert "drafts" not in page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
    page.close()
    page.context.close()
    portal.contexts.clear()
    portal.tabs.clear()


def test_somebody_of_the_register_is_found_while_typing_and_becomes_the_same_person(registration, portal):
    desk = portal.context("caseworker", "en")
    name = "فرج الله مرقس قلته"
    known = household_of(
        {"full_name": name, "name_key": name_key(name), "name_skeletons": name_skeletons(name), "sex": "M",
         "birth_date": dt.date(1990, 4, 2)},
        area=Area.objects.get(code=AREA),
    ).memberships.get().individual  # fmt: skip
    IdentifierFactory(individual=known, value="29004022501236", is_well_formed=True)
    address = reverse("beneficiaries:registration_person", args=[registration.reference, uuid.uuid4()])
    page = opened(desk, address)
    page.fill("[name=full_name]", name)
    page.fill("[name=national_id]", "29004022501236")
    page.fill("[name=birth_date]", "2/4/1990")
    match = page.locator("#matches label", has_text="Yes, this is the same person")
    expect(match).to_be_visible()
    expect(match).to_contain_text("lives in another household")
    expect(match).not_to_contain_text("مرقس")
    expect(match).not_to_contain_text("29004022501236")
    match.click()
    page.click("button[value=draft]")
    page.wait_for_url(f"**/{registration.reference}/")
    person = registration.people.get(is_head=False)
    assert (person.individual, person.is_linked) == (known, True)
    page.close()
