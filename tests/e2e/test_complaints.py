"""Somebody writes to the ministry on a cheap phone, in Arabic, with scripts and without; and follows it."""

import pytest
from playwright.sync_api import Page, expect

from complaints.models import Complaint
from ministry.text import digits
from tests.e2e.conftest import Portal, assert_page_is_sound, take_picture

STORY = "لم أستلم مبلغ هذا الشهر رغم وصول رسالة الصرف إلى هاتفي."


def go_on(page: Page) -> None:
    page.get_by_role("button", name="متابعة", exact=True).click()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_complaint_from_the_first_page_to_the_receipt_and_back(portal: Portal, javascript: bool):
    page = portal.page(language="ar", width=360, javascript=javascript)
    seen: list[str] = []

    def look(name: str) -> None:
        seen.append(name)
        if javascript:
            assert_page_is_sound(portal, page, "ar")
            take_picture(page, f"complaint-{name}-ar-360")

    page.goto("/")
    page.get_by_role("link", name="اشتكِ أو اسأل أو اقترح").click()
    look("public")
    page.get_by_role("link", name="اكتب لنا").click()
    look("kind")
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("اختر")
    look("error")
    page.get_by_role("radio", name="شكوى").check()
    go_on(page)
    look("category")
    page.get_by_role("radio", name="لم أستلم الدعم").check()
    go_on(page)
    look("program")
    page.get_by_role("radio", name="لا أعرف").check()
    go_on(page)
    look("place")
    page.locator("select").first.select_option(label="أسيوط")
    go_on(page)
    look("story")
    page.locator("textarea").fill(STORY)
    go_on(page)
    look("files")
    go_on(page)
    look("privacy")
    page.locator("input[value=confidential]").check()
    go_on(page)
    look("contact")
    page.locator("[name=name]").fill("سعاد محمود")
    page.locator("[name=phone]").fill("٠١٠٠١٢٣٤٥٦٧")
    go_on(page)
    look("check")
    expect(page.get_by_text(STORY)).to_be_visible()
    page.get_by_role("button", name="إرسال").click()
    look("done")
    code, pin = (one.inner_text() for one in page.locator(".receipt-code").all())
    assert Complaint.objects.get(code=digits(code)).privacy == "confidential"
    page.get_by_role("link", name="تابع طلبك").click()
    look("track")
    page.locator("[name=code]").fill(code)
    page.locator("[name=pin]").fill(pin)
    page.get_by_role("button", name="اعرض طلبي").click()
    look("case")
    page.get_by_role("link", name="اكتب أو أضف ملفًا").click()
    look("write")
    page.locator("textarea").fill("أضيف أن الرسالة وصلت يوم الخميس.")
    page.get_by_role("button", name="إرسال").click()
    expect(page.get_by_text("أضيف أن الرسالة")).to_be_visible()
    assert len(seen) == 15
    Complaint.objects.filter(code=digits(code)).update(needs_review=False)


def test_by_keyboard_alone(portal: Portal):
    page = portal.page(language="en", width=360)
    page.goto("/complaints/new/")
    page.locator("input[type=radio]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/category/")
    page.locator("input[type=radio]").last.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/place/")
