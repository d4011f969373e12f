"""Every page type there is: axe finds nothing, nothing complains, nothing is wider than the screen.

On a phone on every run. With PBVOTE_TEST_SHOTS=FOLDER on a desk too, and each leaves its pictures there: `make pages`
takes those of docs/pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from pbvote.demo.story import PASSWORD
from pbvote.web.pages import read_page
from tests.browser.desks import DESK, PHONE, Desk, Visit
from tests.browser.pictures import FOLDER
from tests.browser.residents import CHECKING, DECIDED, IDEAS, VOTING

PAGES = {path.stem: read_page(path) for path in sorted(Path("frontend/pages").glob("*.html"))}
PLAIN = {
    "plain-plan": "plan",
    "plain-ballot": f"r/{VOTING}/plain",
    "plain-proposals": f"r/{IDEAS}/plain/proposals",
    "plain-comments": f"r/{IDEAS}/plain/comments?number=1",
    "plain-results": f"r/{DECIDED}/plain/results",
    "plain-receipt": f"r/{VOTING}/plain/receipt",
}
ROUNDS = {
    **dict.fromkeys(("proposals", "proposal", "suggest", "suggest-step", "mine"), IDEAS),
    **dict.fromkeys(("results", "verify", "log", "receipt"), DECIDED),
    **dict.fromkeys(("officer-proposals", "officer-proposal", "officer-comments"), CHECKING),
    "officer-count": "castle-hill-winter-fund",
}
PEOPLE = {"officer": "olive", "admin": "ada"}
BY = {"officer-proposal": "omar", "officer-count": "omar", "officer-timer": "clara", "officer-door": "clara"}
NOBODYS = {"officer-sign-in", "officer-join"}


def address_of(name: str) -> str:
    """Where a page of the demo is."""
    if name in PLAIN:
        return PLAIN[name]
    path = PAGES[name].path.lstrip("/") or ("nothing/here" if name == "not-found" else "")
    filled = path.replace("{round}", ROUNDS.get(name, VOTING)).replace("{number}", "1").replace("{step}", "title")
    return filled.replace("{forum}", "castle-hill")


def visitor_of(name: str) -> str | None:
    """Who sees a page: None is anybody."""
    if name in NOBODYS:
        return None
    return BY.get(name) or PEOPLE.get(name.partition("-")[0])


@pytest.fixture(scope="module")
def walk(chromium: Browser, live_server: str) -> Iterator[Visit]:
    """`walk("olive", 375)` is always the same browser: she goes from page to page."""
    desks: dict[tuple[str | None, int], Desk] = {}

    def goes_on(who: str | None, width: int) -> Desk:
        if (who, width) not in desks:
            viewport: Any = {"width": width, "height": 812 if width == PHONE else 900}
            context = chromium.new_context(viewport=viewport, service_workers="block", reduced_motion="reduce")
            if who:
                body = {"email": f"{who}@tarnshire.example", "password": PASSWORD}
                answer = context.request.post(f"{live_server}/api/login", data=body)
                assert answer.ok, answer.text()
            desks[who, width] = Desk(context, live_server)
        desks[who, width].complaints.clear()
        return desks[who, width]

    yield goes_on
    for desk in desks.values():
        desk.context.close()


@pytest.mark.parametrize("width", [PHONE, DESK] if FOLDER else [PHONE])
@pytest.mark.parametrize("name", [*PAGES, *PLAIN])
def test_a_page_is_in_order(walk: Visit, name: str, width: int) -> None:
    desk = walk(visitor_of(name), width)
    desk.open(address_of(name))
    desk.check(name)


@pytest.mark.parametrize("name", [*PAGES, *PLAIN])
def test_the_documentation_shows_the_page(name: str) -> None:
    for width in (PHONE, DESK):
        assert Path(f"docs/pages/{name}-{width}.webp").is_file(), "run `make pages`"
