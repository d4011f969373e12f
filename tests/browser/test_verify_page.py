"""The page on which anybody checks a result: what it says of right, wrong, odd and missing bundles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from pbvote.ballotbox.archive import read_archive, write_archive
from pbvote.ballotbox.bundle_files import write_bundle
from tests.ballotbox.bundles import LOG_KEY, WITNESS
from tests.ballotbox.test_checking import RECEIPT
from tests.browser.desks import DESK, PHONE
from tests.browser.pictures import keep
from tests.browser.residents import COUNTING, DECIDED, Resident
from tests.verify.test_verify import BUNDLE, DATA

pytestmark = [pytest.mark.browser]

BOTH = pytest.mark.parametrize("width", [PHONE, DESK])
ADDRESS = f"r/{DECIDED}/verify"
TOTALS = write_bundle(replace(BUNDLE, ballots=None, election=None))
LIES = {"outcome.json": b'{"projects":[]}', "roll.json": b'{"channels":{},"electors":3}'}
FORGED = write_archive({**read_archive(DATA), **LIES})


@pytest.fixture
def resident(chromium: Browser, live_server: str) -> Iterator[Callable[[int], Resident]]:
    contexts: list[BrowserContext] = []

    def arrive(width: int) -> Resident:
        viewport: Any = {"width": width, "height": 812 if width == PHONE else 900}
        context = chromium.new_context(viewport=viewport, service_workers="block", reduced_motion="reduce")
        context.set_default_timeout(10_000)
        contexts.append(context)
        return Resident(context, live_server)

    yield arrive
    for context in contexts:
        context.close()


def publish(page: Page, data: bytes, status: int = 200) -> None:
    """The round's bundle, from now on."""

    def answer(route: Route) -> None:
        route.fulfill(status=status, body=data, content_type="application/zip")

    page.context.route("**/results/bundle.zip", answer)


def start(page: Page) -> None:
    page.get_by_role("button", name="Check the result").click()


def verdict(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=2, name=words)).to_be_visible()
    expect(page.locator("#verdict")).to_be_focused()


def look(visitor: Resident, name: str) -> None:
    visitor.check()
    keep(visitor.page, f"verify-{name}")


def test_the_result_that_the_demo_publishes(resident: Callable[[int], Resident]) -> None:
    page = resident(DESK).open(ADDRESS)
    start(page)
    verdict(page, "Checked: nothing is wrong")


@BOTH
def test_a_right_result(resident: Callable[[int], Resident], width: int) -> None:
    visitor = resident(width)
    publish(visitor.page, DATA)
    page = visitor.open(ADDRESS)
    look(visitor, "start")
    start(page)
    verdict(page, "Checked: nothing is wrong")
    findings = page.locator(".findings")
    expect(findings.locator(":scope > li")).to_have_count(8)
    expect(findings).to_contain_text("Right: Each of the 40 votes is what was sealed when it was cast.")
    expect(findings).to_contain_text("Counted again (Equal shares): 5 proposals get £15,000, as published.")
    expect(findings).to_contain_text("For you to judge: Compare the key of this log with the one in the notice")
    expect(findings).to_contain_text(LOG_KEY.verify_key.text)
    look(visitor, "right")


@BOTH
def test_a_wrong_result(resident: Callable[[int], Resident], width: int) -> None:
    visitor = resident(width)
    publish(visitor.page, FORGED)
    page = visitor.open(ADDRESS)
    start(page)
    verdict(page, "Something is wrong")
    expect(page.locator("#verdict")).to_contain_text("3 things do not hold.")
    expect(page.locator(".findings")).to_contain_text("outcome.json is not the file that was named when it was signed")
    expect(page).to_have_title("There is a problem: Check this result yourself - Tarnshire Partnership")
    look(visitor, "wrong")


@BOTH
def test_totals_alone(resident: Callable[[int], Resident], width: int) -> None:
    visitor = resident(width)
    publish(visitor.page, TOTALS)
    page = visitor.open(ADDRESS)
    start(page)
    verdict(page, "Checked: nothing is wrong in what is published")
    look(visitor, "totals")


@BOTH
@pytest.mark.parametrize(
    ("name", "data", "status", "words"),
    [
        ("unreadable", DATA[:-1], 200, "The file cannot be read"),
        ("missing", b"", 404, "There is no file to check"),
        ("refused", b"", 503, "The votes could not be fetched"),
    ],
)
def test_no_result_to_check(
    resident: Callable[[int], Resident], width: int, name: str, data: bytes, status: int, words: str
) -> None:
    visitor = resident(width)
    publish(visitor.page, data, status)
    page = visitor.open(ADDRESS)
    start(page)
    verdict(page, words)
    look(visitor, name)


@BOTH
def test_before_the_result_is_out(resident: Callable[[int], Resident], width: int) -> None:
    visitor = resident(width)
    page = visitor.open(f"r/{COUNTING}/verify")
    expect(page.get_by_role("heading", level=2, name="The result is not out yet")).to_be_visible()
    expect(page.get_by_role("button", name="Check the result")).to_have_count(0)
    look(visitor, "early")


@BOTH
def test_what_somebody_kept(resident: Callable[[int], Resident], width: int, tmp_path: Path) -> None:
    """Nothing unreadable is taken along; what is right makes findings of its own, and no file is sent anywhere."""
    visitor = resident(width)
    sent: list[str] = []
    visitor.page.context.on("request", lambda request: sent.append(request.method))
    publish(visitor.page, DATA)
    page = visitor.open(ADDRESS)
    page.get_by_text("Check with something you kept").click()
    kept = {"receipt": RECEIPT.text(), "checkpoint": BUNDLE.checkpoints[-2].encode().replace("\n", "\r\n"), "odd": "x"}
    paths = {name: tmp_path / f"{name}.txt" for name in kept}
    for name, text in kept.items():
        paths[name].write_text(text, newline="")
    page.get_by_label("The key of the vote").fill("odd")
    page.get_by_label("Your receipt").set_input_files(paths["odd"])
    page.get_by_label("A checkpoint").set_input_files(paths["odd"])
    page.get_by_role("button", name="Check with these").click()
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary.get_by_role("listitem")).to_have_text(
        [
            "This is not a key. Copy it whole, from the first letter to the last.",
            "A file is not a receipt as this service gives it.",
            "This file is not a checkpoint of a log.",
        ]
    )
    look(visitor, "problems")
    page.get_by_label("The key of the vote").fill(f"{LOG_KEY.verify_key.text}\n {WITNESS.verify_key.text}\n")
    page.get_by_label("Your receipt").set_input_files(paths["receipt"])
    page.get_by_label("A checkpoint").set_input_files(paths["checkpoint"])
    page.get_by_role("button", name="Check with these").click()
    verdict(page, "Checked: nothing is wrong")
    findings = page.locator(".findings")
    for words in (
        "The log is signed with a key that you gave.",
        "saw the log of 49 entries.",
        "The log begins with the 49 entries of your checkpoint.",
        f"Receipt {RECEIPT.symbols}: your vote is in the box, and counted.",
    ):
        expect(findings).to_contain_text(words)
    look(visitor, "kept")
    assert set(sent) == {"GET"}


@BOTH
def test_another_copy_of_the_result(resident: Callable[[int], Resident], width: int, tmp_path: Path) -> None:
    visitor = resident(width)
    page = visitor.open(ADDRESS)
    copy = tmp_path / "bundle.zip"
    copy.write_bytes(FORGED)
    page.get_by_text("Check with something you kept").click()
    page.get_by_label("Another copy of the result").set_input_files(copy)
    start(page)
    verdict(page, "Something is wrong")
    expect(page.get_by_text("Harbourside: a budget for the quay, 2026")).to_be_visible()


def test_a_browser_without_ed25519_says_so(resident: Callable[[int], Resident]) -> None:
    visitor = resident(PHONE)
    publish(visitor.page, DATA)
    worker = "onmessage = () => postMessage({ unable: true });"
    visitor.page.context.route(
        "**/verify/worker.js", lambda route: route.fulfill(body=worker, content_type="text/javascript")
    )
    page = visitor.open(ADDRESS)
    start(page)
    verdict(page, "This browser cannot check signatures")
    look(visitor, "unable")


def test_a_check_that_breaks_off_says_nothing_of_the_result(resident: Callable[[int], Resident]) -> None:
    visitor = resident(PHONE)
    visitor.page.context.route("**/verify/worker.js", lambda route: route.fulfill(status=404, body=""))
    page = visitor.open(ADDRESS)
    start(page)
    verdict(page, "The check broke off")


def test_the_check_can_be_stopped(resident: Callable[[int], Resident]) -> None:
    visitor = resident(PHONE)
    waiting: list[Route] = []
    visitor.page.context.route("**/results/bundle.zip", lambda route: waiting.append(route))  # noqa: PLW0108  # Playwright takes no method of a list
    page = visitor.open(ADDRESS)
    start(page)
    expect(page.get_by_role("progressbar", name="Fetching the votes…")).to_be_visible()
    look(visitor, "running")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Check the result")).to_be_focused()
    expect(page.locator("#verdict")).to_have_count(0)


def test_the_results_lead_here(resident: Callable[[int], Resident]) -> None:
    page = resident(PHONE).open(f"r/{DECIDED}/results")
    page.get_by_role("link", name="Check this result in your browser").click()
    expect(page.get_by_role("heading", level=1, name="Check this result yourself")).to_be_visible()
