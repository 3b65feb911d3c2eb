"""Django's administration under the portal's theme: the front, a list, a form."""

import pytest

from tests.e2e.conftest import AXE_TAGS, LANGUAGES, WIDTHS, Portal, assert_axe_finds_nothing

# Django's own markup; what it leaves open among axe's «best practices» is not ours to mend.
WCAG = [tag for tag in AXE_TAGS if tag != "best-practice"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/admin/", "/admin/ministry/area/", "/admin/ministry/user/add/"])
def test_is_usable_in_both_directions(portal: Portal, path: str, language: str, width: int):
    page = portal.visit(path, "admin", language, width)
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.locator("#site-name").is_visible()
    tools = page.locator("#user-tools").bounding_box()
    header = page.locator("#header").bounding_box()
    assert tools["y"] + tools["height"] <= header["y"] + header["height"] + 1, "the tools stay inside the header"
    assert portal.faults[page] == []
    assert_axe_finds_nothing(page, WCAG)
    page.close()
