"""Officers at their desks: a browser that has signed in, and what each page of theirs has to be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pbvote.demo.story import PASSWORD
from tests.browser.axe import findings
from tests.browser.pictures import keep

PHONE, DESK = 375, 1280
WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])
ORGANISER, OFFICER, SECOND, CLERK, SCRUTINEER = "olive", "omar", "ruth", "clara", "sam"
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Visit = Callable[..., "Desk"]


class Desk:
    """A person at a browser: a page, and what the console said."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context, self.base = context, base
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not REFUSED.match(text):
            self.complaints.append(text)

    def open(self, address: str) -> Page:
        """Go to a page and wait until it is drawn."""
        self.page.goto(f"{self.base}/en/{address}")
        self.drawn()
        return self.page

    def drawn(self) -> None:
        """Wait until the loading state is gone."""
        expect(self.page.locator("main .wait")).to_have_count(0)
        expect(self.page.locator("main h1")).to_be_visible()

    def api(self, path: str) -> Any:
        """What the API says to this person."""
        answer = self.context.request.get(f"{self.base}/api/{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def check(self, shot: str = "") -> None:
        """No complaint, nothing that axe finds, no sideways scrolling, no key without a text.

        With PBVOTE_TEST_SHOTS=FOLDER the page is kept there as a picture.
        """
        if shot:
            keep(self.page, shot)
        assert findings(self.page, *RULES) == []
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert not re.search(r"\b(officer|reason)\.[a-z_]+", self.page.locator("body").inner_text())
        assert self.complaints == []


def sit_down(chromium: Browser, base: str, who: str | None, width: int) -> Desk:
    """A new browser of somebody of the demo, who has signed in; without a name nobody has."""
    viewport: Any = {"width": width, "height": 812 if width == PHONE else 900}
    context = chromium.new_context(viewport=viewport, service_workers="block")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(10_000)
    if who:
        body = {"email": f"{who}@tarnshire.example", "password": PASSWORD}
        answer = context.request.post(f"{base}/api/login", data=body)
        assert answer.ok, answer.text()
    return Desk(context, base)


def slug_of(desk: Desk, phase: str) -> str:
    """A round of the demo that stands in this phase."""
    rounds = desk.api("officer/rounds?size=100")["items"]
    return str(next(round_["slug"] for round_ in rounds if round_["phase"] == phase))


def new_round(desk: Desk, title: str, template: str = "community-forum-budget") -> str:
    """A fresh draft, made over the API."""
    body = {"forum": "harbourside", "template": template, "title": title}
    answer = desk.context.request.post(f"{desk.base}/api/rounds", data=body)
    assert answer.status == 201, answer.text()
    return str(answer.json()["slug"])
