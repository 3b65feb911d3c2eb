"""Somebody tells of violence on a cheap phone, in Arabic; an officer answers; a service comes in with consent."""

import re

import pytest
from playwright.sync_api import Page, expect

from complaints.models import Complaint, VaultCase
from complaints.models.vault.case import code_mark
from complaints.vault import KEEPER, opened
from ministry.models import Notice
from ministry.text import digits
from tests.e2e.conftest import Portal, assert_page_is_sound, take_picture

STORY = "يهددني أمام الأولاد كل ليلة ولا أستطيع الخروج."


def go_on(page: Page, name: str = "متابعة") -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_from_the_report_to_the_referral_and_away(portal: Portal):
    complaints, notices = Complaint.objects.count(), Notice.objects.count()
    page = portal.page(language="ar", width=360)

    def look(name: str, of: Page = page) -> None:
        assert_page_is_sound(portal, of, "ar")
        take_picture(of, f"vault-{name}-ar-{of.viewport_size['width']}")

    page.goto("/complaints/new/")
    page.get_by_role("radio", name="شكوى").check()
    go_on(page)
    page.get_by_role("radio", name="عنف أو تهديد بالعنف").check()
    look("category")
    go_on(page)
    page.locator("select").first.select_option(label="أسيوط")
    go_on(page)
    look("story")
    page.locator("textarea").fill(STORY)
    go_on(page)
    go_on(page)
    page.locator("input[value=confidential]").check()
    go_on(page)
    page.locator("[name=name]").fill("مها")
    page.locator("[name=phone]").fill("٠١٠٠٧٦٥٤٣٢١")
    page.locator("[name=safe_contact]").fill("صباحًا فقط")
    look("contact")
    go_on(page)
    look("check")
    go_on(page, "إرسال")
    look("done")
    expect(page.locator("main")).not_to_contain_text("عنف")
    code, pin = (one.inner_text() for one in page.locator(".receipt-code").all())
    with opened(KEEPER):
        case = VaultCase.objects.get(code_mark=code_mark(digits(code)))

    desk = portal.page("vault_officer", language="ar", width=360)
    desk.goto(f"/desk/vault/{case.ref}/")
    look("officer", desk)
    desk.get_by_role("button", name="تولَّ الحالة").or_(desk.locator("form[action$='take/'] button")).first.click()
    desk.locator("a[href$='/reply/']").click()
    desk.locator("textarea").fill("وصلتنا رسالتك. هل أنتِ في مكان آمن الآن؟")
    desk.locator("main form button").last.click()
    desk.locator("a[href$='/assess/']").click()
    look("assess", desk)
    desk.locator("input[value='3_high']").check()
    desk.locator("textarea").fill("تذهب إلى أختها عند الخطر.")
    desk.locator("main form button").last.click()
    desk.locator("a[href$='/refer/']").click()
    look("refer", desk)
    desk.locator("select").select_option(index=1)
    desk.locator("textarea").fill("استضافة آمنة لك ولأولادك.")
    desk.locator("input[value=name]").check()
    desk.locator("main form button").last.click()

    page.goto("/complaints/track/")
    page.locator("[name=code]").fill(code)
    page.locator("[name=pin]").fill(pin)
    go_on(page, "اعرض طلبي")
    expect(page.get_by_text("هل أنتِ في مكان آمن الآن؟")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("عنف")
    look("own")
    page.get_by_role("link", name="أجب عن سؤالنا").click()
    look("consent")
    expect(page.get_by_text("استضافة آمنة لك ولأولادك.")).to_be_visible()
    page.locator("input[value=yes]").check()
    go_on(page, "إرسال")

    desk.goto(f"/desk/vault/{case.ref}/")
    expect(desk.get_by_text("وافق صاحب الحالة").first).to_be_visible()
    desk.locator("a[href$='/send/']").click()
    desk.locator("select").select_option(index=1)
    desk.locator("main form button").last.click()
    look("referred", desk)
    desk.set_viewport_size({"width": 1280, "height": 900})
    look("referred", desk)

    # Away: for a page nobody wonders about, and nothing to come back to.
    page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.fulfill(status=200, body="…"))
    page.get_by_role("link", name="اخرج من هذه الصفحة بسرعة").or_(page.locator(".leave a")).first.click()
    page.goto("/complaints/track/case/")
    assert page.url.endswith("/complaints/track/")
    assert Complaint.objects.count() == complaints
    assert Notice.objects.count() == notices


@pytest.mark.parametrize("role", ["complaints_officer", "auditor", "admin", "supervisor"])
def test_the_others_have_no_entry_and_no_door(portal: Portal, role: str):
    page = portal.page(role, language="ar")
    page.goto("/desk/")
    expect(page.locator("a[href='/desk/vault/']")).to_have_count(0)
    assert page.goto("/desk/vault/").status == 403
