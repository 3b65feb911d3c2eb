"""Every type of page, in both languages, on a phone and on a wide screen."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.e2e.conftest import LANGUAGES, WIDTHS, Portal, assert_page_is_sound
from tests.e2e.pages import NOT_PAGES, PAGES, PageType


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", PAGES, ids=str)
def test_is_sound(portal: Portal, kind: PageType, language: str):
    page = portal.tab(kind.role, language)
    portal.go(page, kind.address())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        try:
            assert_page_is_sound(portal, page, language)
        except AssertionError as error:
            error.add_note(f"at {width} pixels wide")
            raise


def names_of(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Return the name of every address, with its namespace; an address without a name is told by its pattern."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from names_of(pattern.url_patterns, space)
        else:
            yield f"{prefix}{pattern.name or pattern.pattern}"


def test_no_address_is_forgotten():
    visited = {kind.name for kind in PAGES}
    whole = tuple(name[:-1] for name in NOT_PAGES if name.endswith("*"))
    forgotten = sorted(
        name
        for name in set(names_of(get_resolver().url_patterns))
        if name not in visited and name not in NOT_PAGES and not name.startswith(whole)
    )
    assert forgotten == [], "add them to tests/e2e/pages.py, or say there why they are no pages"


def test_no_line_of_the_list_is_out_of_date():
    names = set(names_of(get_resolver().url_patterns))
    listed = {kind.name for kind in PAGES} | {name for name in NOT_PAGES if not name.endswith("*")}
    assert sorted(listed - names) == []
