"""Signing in with a second factor, from setting it up to losing it."""

import time

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test.utils import override_settings
from playwright.sync_api import Page, expect

from ministry.models import User
from tests.e2e.conftest import LANGUAGES, WIDTHS, Portal, assert_page_is_sound

PASSWORD = "a-long-password-of-mine"


def code_now(secret: str) -> str:
    """Return what an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def newcomer(portal: Portal) -> User:
    return User.objects.create_user(
        username=f"newcomer{User.objects.count()}", password=PASSWORD, full_name="وافد جديد", is_demo=True
    )


def sign_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.click("form:has([name=login]) button.full")


@pytest.mark.parametrize(("language", "width"), [("ar", WIDTHS[0]), ("en", WIDTHS[1])])
def test_sets_up_a_second_factor_and_signs_in_with_it(portal: Portal, newcomer: User, language: str, width: int):
    context = portal.browser.new_context(base_url=portal.url, viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "django_language", "value": language, "url": portal.url}])
    page = portal.watch(context.new_page())
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        sign_in(page, newcomer)
        page.goto("/desk/")
        assert page.url.endswith("/accounts/2fa/"), "nothing else is shown before a second factor is set up"
        assert_page_is_sound(portal, page, language)

        page.goto("/accounts/2fa/totp/activate/")
        page.wait_for_url("**/accounts/reauthenticate/**")
        assert_page_is_sound(portal, page, language)
        page.fill("[name=password]", PASSWORD)
        page.click("form:has([name=password]) button.full")
        assert_page_is_sound(portal, page, language)
        page.click("details.more summary")
        secret = page.inner_text("strong.code").strip()
        page.fill("[name=code]", "000000")
        page.click("form:has([name=code]) button.button")
        assert page.locator(".summary-error").is_visible()
        # Codes typed with Arabic digits are the same codes.
        page.fill("[name=code]", code_now(secret).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
        page.click("form:has([name=code]) button.button")
        page.wait_for_url("**/accounts/2fa/**")
        for path in ("/accounts/2fa/", "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/"):
            page.goto(path)
            assert_page_is_sound(portal, page, language)
        for path in ("/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/", "/accounts/2fa/totp/deactivate/"):
            page.goto(path)
            assert_page_is_sound(portal, page, language)
        page.goto("/desk/")
        assert page.url.endswith("/desk/")

        page.goto("/accounts/logout/")
        page.click("form[action$='logout/'] button.button")
        page.wait_for_url(f"{portal.url}/")
        sign_in(page, newcomer)
        page.wait_for_url("**/accounts/2fa/authenticate/")
        assert_page_is_sound(portal, page, language)
        [code, *_rest] = RecoveryCodes(newcomer.authenticator_set.get(type="recovery_codes")).get_unused_codes()
        page.fill("[name=code]", code)
        page.click("form:has([name=code]) button.full")
        page.wait_for_url("**/desk/")
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_password_says_what_to_do_and_keeps_the_name(portal: Portal, newcomer: User, language: str):
    page = portal.page("", language, 360)
    page.goto("/accounts/login/")
    page.fill("[name=login]", newcomer.username)
    page.fill("[name=password]", "not the password")
    page.click("form:has([name=login]) button.full")
    assert page.locator(".summary-error").is_visible()
    assert page.locator(".summary-error").evaluate("box => box === document.activeElement")
    assert page.input_value("[name=login]") == newcomer.username
    page.close()


def test_the_language_link_keeps_page_and_query(portal: Portal):
    page = portal.page("", "ar", 360)
    page.goto("/data/?area=EG-AST")
    page.click(".topbar button")
    assert page.url.endswith("/data/?area=EG-AST")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.click(".topbar button")
    # The browser is not closed in the middle of its way: it might never answer.
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    page.close()


def test_the_first_tab_leads_to_the_content(portal: Portal):
    page = portal.page("", "ar", 1280)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.close()
