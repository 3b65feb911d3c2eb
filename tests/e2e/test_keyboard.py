"""The whole way in and back by keyboard alone, on a phone's width, in Arabic, with scripts and without."""

import pytest
from playwright.sync_api import Locator, Page, expect

from complaints.models import Complaint
from ministry.text import digits
from tests.e2e.conftest import Portal

STORY = "أكتب بلوحة المفاتيح وحدها: لم أستلم مبلغ هذا الشهر."
_STEPS = 80


def reach(page: Page, wanted: Locator) -> None:
    """Go from field to field until one is reached; a field the tabulator does not lead to fails the test."""
    for _step in range(_STEPS):
        if wanted.evaluate("(element) => element === document.activeElement"):
            shown = wanted.evaluate("(element) => element.matches(':focus-visible') || element.tagName === 'INPUT'")
            assert shown, "who goes by keyboard has to see where they are"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not lead to {wanted}")


def choose(page: Page, value: str) -> None:
    """Choose a radio button with the arrows."""
    wanted = page.locator(f"input[type=radio][value='{value}']")
    group = page.locator(f"input[type=radio][name='{wanted.get_attribute('name')}']")
    # The tabulator leads to the chosen one, else to the first.
    chosen = group.locator(":scope:checked")
    reach(page, chosen if chosen.count() else group.first)
    page.keyboard.press("Space")
    for _step in range(group.count()):
        if wanted.is_checked():
            return
        page.keyboard.press("ArrowDown")
    expect(wanted).to_be_checked()


def send(page: Page, name: str) -> None:
    """Go to a button by keyboard and press it."""
    reach(page, page.get_by_role("button", name=name, exact=True))
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("javascript", [True, False])
def test_somebody_without_a_mouse_complains_and_follows_it(portal: Portal, javascript: bool):
    page = portal.page(language="ar", width=360, javascript=javascript)
    page.goto("/complaints/new/")
    choose(page, "complaint")
    send(page, "متابعة")
    choose(page, "data")
    send(page, "متابعة")
    place = page.locator("select").first
    reach(page, place)
    for _step in range(40):
        if "أسيوط" in place.evaluate("(one) => one.selectedOptions[0].label"):
            break
        page.keyboard.press("ArrowDown")
    send(page, "متابعة")
    reach(page, page.locator("textarea"))
    page.keyboard.insert_text(STORY)
    send(page, "متابعة")
    send(page, "متابعة")
    choose(page, "anonymous")
    send(page, "متابعة")
    expect(page.get_by_text(STORY)).to_be_visible()
    send(page, "إرسال")
    code, pin = (one.inner_text() for one in page.locator(".receipt-code").all())
    assert Complaint.objects.filter(code=digits(code), story=STORY).exists()
    reach(page, page.get_by_role("link", name="تابع طلبك"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/track/")
    for name, value in (("code", code), ("pin", pin)):
        reach(page, page.locator(f"[name={name}]"))
        page.keyboard.insert_text(digits(value))
    send(page, "اعرض طلبي")
    reach(page, page.get_by_role("link", name="اكتب أو أضف ملفًا"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/message/")
    reach(page, page.locator("textarea"))
    page.keyboard.insert_text("وهذه رسالة ثانية.")
    send(page, "إرسال")
    expect(page.get_by_text("وهذه رسالة ثانية.")).to_be_visible()
    page.close()
