"""What a citizen's first page costs on a cheap phone and a slow line, and what coming back costs."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.e2e.conftest import Portal

KB = 1024


@dataclass
class Transfers:
    """Bytes on the wire by kind of resource, headers included."""

    size: Counter = field(default_factory=Counter)
    requests: int = 0

    @property
    def total(self) -> int:
        return sum(self.size.values())


def load(portal: Portal, path: str, *, twice: bool = False) -> Transfers:
    """Open a page with an empty cache (`twice`: then once more, and count that) and add up what came over the wire."""
    context = portal.browser.new_context(base_url=portal.url, locale="ar-EG", viewport={"width": 360, "height": 800})
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    transfers, kinds = Transfers(), {}

    def asked(event):
        if event["request"]["url"].startswith("http"):
            kinds[event["requestId"]] = event.get("type", "Other")

    def came(event):
        kind = kinds.get(event["requestId"])
        if kind and event["encodedDataLength"]:
            transfers.size[kind] += event["encodedDataLength"]
            transfers.requests += 1

    protocol.on("Network.requestWillBeSent", asked)
    protocol.on("Network.loadingFinished", came)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    if twice:
        transfers.size.clear()
        transfers.requests = 0
        page.goto(path)
        page.wait_for_load_state("networkidle")
    context.close()
    return transfers


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/data/",
        "/contact/",
        "/complaints/",
        "/complaints/new/",
        "/complaints/track/",
        "/complaints/track/lost/",
        "/complaints/track/pin/",
        "/data/complaints/",
    ],
)
def test_a_first_visit_keeps_to_the_budget(portal: Portal, path: str):
    transfers = load(portal, path)
    assert transfers.total <= 180 * KB, transfers.size
    assert transfers.size["Font"] <= 130 * KB
    assert transfers.size["Stylesheet"] <= 12 * KB
    assert transfers.size["Script"] <= 20 * KB
    assert transfers.requests <= 12


def test_coming_back_costs_next_to_nothing(portal: Portal):
    transfers = load(portal, "/", twice=True)
    assert transfers.total <= 25 * KB, transfers.size


def test_nothing_moves_while_the_page_loads(portal: Portal):
    page = portal.page(width=360)
    page.goto("/")
    page.evaluate("document.fonts.ready")
    shift = page.evaluate(
        """() => new Promise((done) => {
          let total = 0;
          new PerformanceObserver((list) => { for (const entry of list.getEntries()) total += entry.value; })
            .observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => done(total), 300);
        })"""
    )
    page.close()
    assert shift <= 0.05
