"""Browser tests: the portal as it is served (collected files, WhiteNoise, its own database), Chromium, axe.

A test asks for `portal` and never for `db`: the data is laid out once, before the first test, and stays. What a test
writes it keeps apart from the others' by making rows of its own.
"""

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client
from django.test.utils import override_settings, setup_databases, teardown_databases
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from ministry.models import User
from tests.workers import empty_queue, worker

# Playwright keeps an event loop in this thread, which the ORM would refuse to run beside.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
LANGUAGES = ("ar", "en")
WIDTHS = (360, 1280)
SCREENSHOTS = Path(settings.BASE_DIR) / "screenshots"
HERE = Path(__file__).parent
DEMO_HOUSEHOLDS = 150


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder; skip those a machine without browser or axe cannot run, and say why."""
    for item in items:
        if HERE not in item.path.parents:
            continue
        item.add_marker(pytest.mark.e2e)
        if CHROMIUM is None:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine: install the package `chromium`"))
        elif not AXE.exists():
            item.add_marker(pytest.mark.skip(reason="axe-core is not installed: run `make e2e`, or `npm ci`"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the machine's Chromium; inside containers it has no sandbox of its own."""
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing: the browser's faults are collected instead."""


@dataclass
class Portal:
    """The running portal and its visitors."""

    url: str
    browser: Browser
    contexts: dict[tuple[str, str, int, bool], BrowserContext] = field(default_factory=dict)
    tabs: dict[tuple[str, str], Page] = field(default_factory=dict)
    # Per page: what the browser complained about, and hosts it asked.
    faults: dict[Page, list[str]] = field(default_factory=dict)

    def context(
        self, role: str = "", language: str = "ar", width: int = 1280, *, javascript: bool = True
    ) -> BrowserContext:
        """Return the browser of one person: `role` is a demo user's name, empty for a citizen."""
        key = (role, language, width, javascript)
        if key not in self.contexts:
            context = self.browser.new_context(
                base_url=self.url,
                locale="ar-EG" if language == "ar" else "en-GB",
                viewport={"width": width, "height": 800 if width < 700 else 900},
                java_script_enabled=javascript,
            )
            cookies = [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": self.url}]
            if role:
                client = Client()
                client.force_login(User.objects.get(username=role))
                cookies.append(
                    {
                        "name": settings.SESSION_COOKIE_NAME,
                        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                        "url": self.url,
                    }
                )
            context.add_cookies(cookies)
            self.contexts[key] = context
        return self.contexts[key]

    def page(self, role: str = "", language: str = "ar", width: int = 1280, *, javascript: bool = True) -> Page:
        """Return a new page of a person, watched for complaints."""
        return self.watch(self.context(role, language, width, javascript=javascript).new_page())

    def watch(self, page: Page) -> Page:
        """Collect what the browser complains about on a page. A refused form (4xx) is an answer, no complaint."""
        faults = self.faults[page] = []

        def console(message: ConsoleMessage) -> None:
            if message.type == "error" and "the server responded with a status of 4" not in message.text:
                faults.append(f"{message.text} ({message.location['url']}:{message.location['lineNumber']})")

        def request(asked: Request) -> None:
            if not asked.url.startswith((self.url, "data:", "blob:")):
                faults.append(f"asks another host: {asked.url}")

        page.on("console", console)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", request)
        return page

    def tab(self, role: str = "", language: str = "ar") -> Page:
        """Return the one tab in which a person goes from page to page, which is quicker than opening new ones."""
        key = (role, language)
        if key not in self.tabs:
            self.tabs[key] = self.page(role, language)
        return self.tabs[key]

    def go(self, page: Page, path: str, *, status: int = 200) -> None:
        """Go to a path and check the status; earlier complaints of the tab are forgotten."""
        self.faults[page].clear()
        response = page.goto(path)
        assert response is not None
        assert response.status == status, f"{path} answered {response.status}"

    def visit(self, path: str, role: str = "", language: str = "ar", width: int = 1280, *, status: int = 200) -> Page:
        """Open a page and check its status."""
        page = self.page(role, language, width)
        self.go(page, path, status=status)
        return page


@pytest.fixture(scope="session")
def database(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Have a database for all browser tests. It stays open to them: nothing is rolled back between tests."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "")
    connection.settings_dict["TEST"]["NAME"] = f"e2e_{connection.settings_dict['NAME']}{process}"
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
        yield
        with connection.cursor() as cursor:
            # Threads of the server and of a worker keep their connections for a while.
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def served(database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the portal as in production: compressed files with hashed names, one thread for each visitor."""
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "ministry.static_storage.PortalStaticFilesStorage"}}
    with override_settings(STORAGES=storages, STATIC_ROOT=str(tmp_path_factory.mktemp("collected"))):
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("load_reference_data", verbosity=0)
        call_command("demo", households=DEMO_HOUSEHOLDS, seed=5)
        server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet, allow_reuse_address=False)
        server.set_app(get_wsgi_application())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def portal(served: str, browser: Browser) -> Iterator[Portal]:
    """Return the running portal; people of the demo are signed in by name: `portal.visit("/desk/", "caseworker")`."""
    portal = Portal(served, browser)
    yield portal
    for context in portal.contexts.values():
        context.close()


@pytest.fixture(scope="session")
def working(served: str) -> Iterator[None]:
    """Have a real Celery worker beside the portal."""
    empty_queue()
    with worker():
        yield


_LAYOUT = """() => [...document.querySelectorAll('body *')].filter((element) => {
  const box = element.getBoundingClientRect();
  if (box.width < 2 || box.height < 2) return false;
  // What scrolls inside a box of its own, or is hidden on purpose, is no overflow of the page.
  if (element.closest('.nav, .scroll, .tabs, .pattern, .hush, .skip, thead, svg, .module, #changelist')) return false;
  return box.right > document.documentElement.clientWidth + 1 || box.left < -1;
}).slice(0, 5).map((element) => element.tagName + '.' + element.className)"""

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def assert_page_is_sound(portal: Portal, page: Page, language: str) -> None:
    """Check what holds for every page: direction, one heading, title, layout, silence of the browser, axe."""
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1, "a page has one h1"
    heading = " ".join(page.locator("h1").inner_text().split())
    assert heading in " ".join(page.title().split()), f"title {page.title()!r}, heading {heading!r}"
    assert page.evaluate(_LAYOUT) == [], "elements reach beyond the page"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1")
    # Before axe, which tries things of its own that the policy refuses.
    assert portal.faults[page] == [], "the browser complained"
    assert_axe_finds_nothing(page)
    portal.faults[page].clear()


def assert_axe_finds_nothing(page: Page, tags: Sequence[str] = AXE_TAGS) -> None:
    """Run axe over the page as it stands now."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text())
    options = {
        "runOnly": {"type": "tag", "values": list(tags)},
        "resultTypes": ["violations"],
        "elementRef": False,
        # What it would load once more serves no rule of these tags.
        "preload": False,
    }
    found = page.evaluate("(options) => axe.run(document, options)", options)
    told = [
        f"{violation['id']} ({violation['help']}): {node['html'][:160]} — {node['failureSummary'][:240]}"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]
    assert told == [], "\n".join(told)


def take_picture(page: Page, name: str) -> Path:
    """Keep a picture of the whole page under screenshots/ (not in the repository)."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
