"""The pages without JavaScript, in a browser that runs none: a vote from the ballot to its receipt, and the reading."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pbvote.ballotbox.receipts import read_receipt

pytestmark = [pytest.mark.browser]

AXE = Path("frontend/node_modules/axe-core/axe.min.js")
SHOTS = os.environ.get("PBVOTE_TEST_SHOTS")
BOTH = pytest.mark.parametrize("width", [375, 1280])
VOTING, DECIDED, COUNTING = "harbourside-budget-2026", "harbourside-budget-2025", "castle-hill-winter-fund"


class Reader:
    """Somebody whose browser runs no JavaScript, and axe, which needs some, looking at the same pages."""

    def __init__(self, plain: BrowserContext, inspector: Page, base: str) -> None:
        self.context, self.inspector, self.base = plain, inspector, base
        self.page = plain.new_page()

    def open(self, address: str) -> Page:
        self.page.goto(f"{self.base}/en/{address}")
        return self.page

    def check(self, name: str) -> None:
        """Nothing that axe finds, no sideways scrolling, one h1, no cookie, and no code in any address."""
        if SHOTS:
            width = self.page.evaluate("innerWidth")
            self.page.screenshot(path=f"{SHOTS}/plain-{name}-{width}.png", full_page=True)
        content = self.page.content()
        self.inspector.route("**/inspected", lambda route: route.fulfill(body=content, content_type="text/html"))
        self.inspector.goto(f"{self.base}/inspected")
        self.inspector.evaluate(AXE.read_text())
        found = self.inspector.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
        assert self.inspector.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert self.page.locator("h1").count() == 1
        assert self.page.locator(".wait:visible, .loading:visible").count() == 0
        assert self.context.cookies() == []
        assert self.page.url.removeprefix(self.base).count("?") == 0


@pytest.fixture
def reader(chromium: Browser, live_server: str) -> Iterator[Callable[[int], Reader]]:
    contexts: list[BrowserContext] = []

    def arrive(width: int) -> Reader:
        viewport: Any = {"width": width, "height": 812 if width == 375 else 900}
        plain = chromium.new_context(viewport=viewport, java_script_enabled=False, service_workers="block")
        seeing = chromium.new_context(viewport=viewport, service_workers="block", reduced_motion="reduce")
        contexts.extend((plain, seeing))
        plain.set_default_timeout(10_000)
        return Reader(plain, seeing.new_page(), live_server)

    yield arrive
    for context in contexts:
        context.close()


@BOTH
def test_a_vote_from_the_letter_to_the_receipt(reader: Callable[[int], Reader], code: str, width: int) -> None:
    voter = reader(width)
    page = voter.open(f"r/{VOTING}/vote")
    page.get_by_role("link", name="Vote", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Choose how to spend £25,000")).to_be_visible()
    voter.check("ballot")
    boxes = page.locator(".card input")
    for index in range(boxes.count()):
        boxes.nth(index).check()
    page.get_by_role("button", name="Check your vote").click()
    expect(page.get_by_role("alert")).to_contain_text("Your choices cost")
    expect(page).to_have_title("There is a problem: Choose how to spend £25,000 - Tarnshire Partnership")
    voter.check("problems")
    page.get_by_role("link", name="Enter your voting code").click()
    assert page.url.endswith("/plain#f-code")
    for index in range(2, boxes.count()):
        boxes.nth(index).uncheck()
    chosen = [str(title) for title in page.locator(".card:has(:checked) h3").all_inner_texts()]
    page.get_by_label("Voting code").fill(code.lower().replace("-", " "))
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Check your vote").click()
    expect(page.get_by_role("heading", level=1, name="Check your vote")).to_be_visible()
    expect(page.locator("tbody th")).to_have_text(chosen, use_inner_text=True)
    voter.check("check")
    page.get_by_role("button", name="Change my choices").click()
    expect(page.locator(".card :checked")).to_have_count(2)
    page.get_by_role("button", name="Check your vote").click()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_role("heading", level=1, name="Vote received")).to_be_visible()
    receipt = page.locator(".key").inner_text()
    page.get_by_text("The whole receipt, to copy and save").click()
    saved = read_receipt(page.locator("pre.code").inner_text().encode())
    assert (saved.symbols, saved.browser_random) == (receipt, None)
    expect(page.get_by_text("our computer drew both of the random numbers")).to_be_visible()
    voter.check("receipt")
    page.reload()
    assert page.locator(".key").inner_text() == receipt
    assert code not in page.content()
    page.get_by_role("link", name="See where your vote is").click()
    page.get_by_label("Receipt code").fill("K7QF")
    page.get_by_role("button", name="Find my vote").click()
    expect(page.get_by_role("alert")).to_contain_text("12 letters and numbers")
    voter.check("receipt-problem")
    page.get_by_label("Receipt code").fill(receipt.lower())
    page.get_by_role("button", name="Find my vote").click()
    expect(page.get_by_role("heading", level=2, name=re.compile("Your vote is (stored|in the box)"))).to_be_visible()
    assert receipt not in page.url
    voter.check("receipt-found")


@BOTH
@pytest.mark.parametrize(
    ("address", "name", "heading"),
    [
        (f"r/{VOTING}/plain/proposals", "proposals", "Proposals: Harbourside budget 2026"),
        (f"r/{DECIDED}/plain/results", "results", "13 proposals will be funded"),
        (f"r/{VOTING}/plain/results", "no-results", "The results are not out yet"),
        (f"r/{COUNTING}/plain", "closed", "Voting has closed"),
        ("r/nothing/plain", "not-found", "Page not found"),
        (f"r/{VOTING}", "round-shell", "Round"),
        (f"r/{VOTING}/receipt", "receipt-shell", "Check my receipt"),
        (f"r/{VOTING}/plain/receipt", "receipt-ask", "Check my receipt"),
        (f"r/{VOTING}/vote", "vote-shell", "Choose how to spend the money"),
    ],
)
def test_a_page_to_read(reader: Callable[[int], Reader], width: int, address: str, name: str, heading: str) -> None:
    visitor = reader(width)
    page = visitor.open(address)
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    visitor.check(name)


def test_the_lists_lead_to_each_other(reader: Callable[[int], Reader]) -> None:
    page = reader(375).open(f"r/{DECIDED}/results")
    page.get_by_role("link", name="Read the results").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("13 proposals will be funded")
    page.get_by_role("link", name="Read the proposals").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Proposals: Harbourside budget 2025")
    expect(page.locator(".card").first).to_contain_text("What the council says:")
