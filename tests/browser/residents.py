"""A resident with a browser of their own, and the steps to a vote."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from pbvote.web.catalogue import read_catalogue
from tests.browser.axe import findings
from tests.browser.desks import PHONE

VOTING = "harbourside-budget-2026"
IDEAS, CHECKING, COUNTING = (
    "castle-hill-spring-fund",
    "castle-hill-small-works",
    "castle-hill-winter-fund",
)
DECIDED, CANCELLED = "harbourside-budget-2025", "skate-park-vote"
WORDS = read_catalogue(Path("frontend/i18n"), "en", officer=True)
KEY = re.compile(rf"(?<![@\w])({'|'.join({key.partition('.')[0] for key in WORDS})})(?:\.[a-z_]+)+(?![@\w/]|\.\w)")
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


class Resident:
    """Somebody with a browser of their own; remembers what the console complained about and who else was asked."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context, self.base = context, base
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._see(request.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not REFUSED.match(text):
            self.complaints.append(text)

    def _see(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.elsewhere.append(url)

    def open(self, address: str) -> Page:
        self.page.goto(f"{self.base}/en/{address}")
        self.drawn()
        return self.page

    def drawn(self) -> None:
        """Wait until the loading state is gone."""
        expect(self.page.locator("main .wait")).to_have_count(0)
        expect(self.page.locator("main h1")).to_be_visible()

    def stored(self, kind: str, key: str) -> Any:
        return json.loads(self.page.evaluate("([kind, key]) => window[kind].getItem(key)", [kind, key]) or "null")

    def check(self) -> None:
        """Nothing that axe finds, no complaint, no stranger, no sideways scrolling, one h1, no key without a text."""
        assert findings(self.page) == []
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert self.page.locator("h1").count() == 1
        assert not KEY.search(self.page.locator("main").inner_text())
        assert (self.complaints, self.elsewhere) == ([], [])


def arrive(chromium: Browser, base: str, width: int) -> Resident:
    """Somebody with a new browser of this width."""
    viewport: Any = {"width": width, "height": 812 if width == PHONE else 900}
    context = chromium.new_context(viewport=viewport, service_workers="block", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    return Resident(context, base)


def choose(page: Page, *titles: str) -> None:
    for title in titles:
        page.get_by_role("checkbox", name=f"Add: {title}").check()


def to_check(page: Page) -> None:
    page.locator("a:visible", has_text="Check your vote").click()
    expect(page.get_by_role("heading", level=1, name="Check your vote")).to_be_visible()
    expect(page.locator("main .wait")).to_have_count(0)
