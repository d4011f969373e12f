"""Hostile texts in every text field, seen in the browser: nothing runs, nothing is reported, nothing breaks out.

Every kind of text on every run; all 500 with the nightly profile.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import demo_in, demo_on_a_port
from tests.browser.desks import PHONE
from tests.browser.hostile import SINK, Forger, hostile_texts
from tests.browser.residents import CHECKING, IDEAS, VOTING

NIGHTLY = os.environ.get("PBVOTE_HYPOTHESIS") == "nightly"
TEXTS = hostile_texts(500 if NIGHTLY else 44)
ONE_BY_ONE = TEXTS if NIGHTLY else TEXTS[1::4]
LISTENER = """
window.reports = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.reports.push(`${event.violatedDirective} ${event.sample}`);
});
"""

TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth).slice(0, 5)
  .map((one) => one.outerHTML.slice(0, 160))"""


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Forger]]:
    """A demo of this module's own, and somebody who writes into its database."""
    folder = demo_in(tmp_path_factory, "forged")
    with demo_on_a_port(folder) as address:
        yield address, Forger(folder / "data" / "pbvote.db")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": PHONE, "height": 812}, service_workers="block")
    context.add_init_script(LISTENER)
    yield context.new_page()
    context.close()


def look(page: Page, address: str) -> None:
    """Open a page, and find it quiet and within its borders."""
    page.goto(address)
    page.wait_for_function("() => !document.querySelector('main .wait')")
    harm = page.evaluate("() => [window.pwned || 0, window.reports, document.documentElement.scrollWidth - innerWidth]")
    assert harm[:2] == [0, []], address
    assert harm[2] <= 0, f"{address} is wider than the screen: {page.evaluate(TOO_WIDE)}"
    assert page.locator("header").first.is_visible()


def test_the_campaign_sees_a_text_that_is_no_text(page: Page, forged: tuple[str, Forger]) -> None:
    """The control: a page that runs what it shows is found, by the counter and by the browser's report."""
    address, _ = forged
    page.goto(f"{address}/en/")
    page.evaluate(
        "document.body.insertAdjacentElement('beforeend', document.createElement('img')).src = 'https://evil.example/x'"
    )
    page.evaluate(SINK)
    page.wait_for_function("() => window.reports.length > 0")
    assert page.evaluate("window.pwned") == 1


def test_no_text_of_proposals_comments_and_questions_is_more_than_text(page: Page, forged: tuple[str, Forger]) -> None:
    address, forger = forged
    numbers = dict(zip(TEXTS, forger.copy_proposals(forger.round_id(IDEAS), TEXTS), strict=True))
    for first in range(1, (len(TEXTS) + 20) // 20 + 1):
        look(page, f"{address}/en/r/{IDEAS}/proposals?page={first}")
        look(page, f"{address}/en/r/{IDEAS}/plain/proposals?page={first}")
    for text in ONE_BY_ONE:
        look(page, f"{address}/en/r/{IDEAS}/proposals/{numbers[text]}")
        look(page, f"{address}/en/r/{IDEAS}/plain/comments?number={numbers[text]}")


@pytest.mark.parametrize("slug", [VOTING, CHECKING])
def test_no_text_of_forums_rounds_and_votes_is_more_than_text(
    page: Page, forged: tuple[str, Forger], slug: str
) -> None:
    address, forger = forged
    round_id = forger.round_id(slug)
    for text in ONE_BY_ONE:
        for table, where in (("rounds", "id"), ("polls", "round_id"), ("pots", "round_id"), ("projects", "poll_id")):
            forger.overwrite(table, where, round_id, text)
        forger.overwrite("proposals", "round_id", round_id, text)
        forger.connection.execute("UPDATE forums SET name = ?, description = ?", [text, text])
        forger.connection.commit()
        pages = ("", f"r/{slug}", f"r/{slug}/plain", f"r/{slug}/vote", f"r/{slug}/proposals", "plan")
        for path in pages if text in ONE_BY_ONE[:4] else (f"r/{slug}",):
            look(page, f"{address}/en/{path}")


def test_there_are_five_hundred_texts() -> None:
    assert len(set(hostile_texts())) == 500
