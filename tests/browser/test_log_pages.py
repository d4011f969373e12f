"""The public log of a vote, and a receipt that is looked up, in Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from pbvote.ballotbox.canonical import receipt
from pbvote.ballotbox.checkpoints import cosign
from pbvote.demo.story import PASSWORD
from tests.ballotlog.logged import witness_key
from tests.browser.desks import DESK, PHONE
from tests.browser.pictures import keep
from tests.browser.residents import CHECKING, DECIDED, VOTING, Resident, choose, to_check

pytestmark = [pytest.mark.browser]
BOTH = pytest.mark.parametrize("width", [PHONE, DESK])


def shoot(page: Page, name: str) -> None:
    """Keep a picture, where somebody wants to look at one."""
    keep(page, name)


def vote(somebody: Resident, code: str, folder: Path) -> tuple[str, Path]:
    """Vote, and save the receipt: its symbols and its file."""
    page = somebody.open(f"r/{VOTING}/vote#{code}")
    choose(page, "Community fridge")
    to_check(page)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_role("heading", level=1, name="Vote received")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Save the receipt").click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return page.locator(".receipt .key").inner_text(), file


@BOTH
def test_the_log_says_what_happened_and_how_to_watch(resident: Callable[[int], Resident], width: int) -> None:
    somebody = resident(width)
    page = somebody.open(f"r/{DECIDED}/log")
    expect(page.get_by_role("heading", level=1, name="The public log of this vote")).to_be_visible()
    expect(
        page.get_by_text(re.compile(r"Voting opened for \d+ electors\. By Omar Officer, Ruth Officer\."))
    ).to_be_visible()
    expect(page.get_by_text(re.compile(r"Voting closed with \d+ votes in the box"))).to_be_visible()
    expect(page.get_by_text("Nobody has countersigned this log so far.")).to_be_visible()
    expect(page.get_by_text(f"pbvote witness {somebody.base}/en/r/{DECIDED}/log --keep {DECIDED}.txt")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Save the checkpoint").click()
    assert "\n\n— " in Path(started.value.path()).read_text()
    shoot(page, "log")
    somebody.check()


@pytest.mark.parametrize("name", ["log", "receipt"])
def test_before_voting_opens_there_is_neither(resident: Callable[[int], Resident], name: str) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{CHECKING}/{name}")
    expect(page.get_by_text("Voting has not opened yet")).to_be_visible()
    somebody.check()


def test_symbols_that_cannot_be_are_told(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/receipt")
    page.get_by_label("Receipt code").fill("K7QF")
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#problems")).to_contain_text("12 letters and numbers")
    page.get_by_label("Receipt code").fill("K7QF-2MXR-9CVW")
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#problems")).to_contain_text("No vote of this round has this receipt")
    somebody.check()


@BOTH
def test_a_receipt_is_found_by_its_symbols_and_by_its_file(
    resident: Callable[[int], Resident], code: str, tmp_path: Path, width: int
) -> None:
    somebody = resident(width)
    symbols, file = vote(somebody, code, tmp_path)
    page = somebody.open(f"r/{VOTING}/receipt#{symbols}")
    expect(page.get_by_label("Receipt code")).to_have_value(symbols)
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#answer h2")).to_have_text(re.compile("Your vote is (stored|in the box)"))
    page.get_by_label("Or the receipt that you saved").set_input_files(file)
    page.get_by_role("button", name="Find my vote").click()
    expect(page.get_by_text("has checked that the service signed your receipt")).to_be_visible()
    shoot(page, "receipt")
    somebody.check()


def test_a_changed_receipt_is_found_out(resident: Callable[[int], Resident], code: str, tmp_path: Path) -> None:
    somebody = resident(PHONE)
    _, file = vote(somebody, code, tmp_path)
    text = file.read_text()
    place = text.index("promise: ") + 12
    file.write_text(text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :])
    page = somebody.open(f"r/{VOTING}/receipt")
    page.get_by_label("Or the receipt that you saved").set_input_files(file)
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#answer h2")).to_have_text("Something is wrong with this receipt")


def test_a_proof_that_does_not_fit_is_found_out(resident: Callable[[int], Resident]) -> None:
    """A ballot of the published round: first its true proof, then one with another hash in it."""
    somebody = resident(PHONE)
    page = somebody.open(f"r/{DECIDED}/receipt")
    poll = page.evaluate(f"fetch('/api/rounds/{DECIDED}').then((one) => one.json()).then((one) => one.poll.id)")
    leaves = page.evaluate(f"fetch('/api/polls/{poll}/log/leaves').then((one) => one.text())")
    commitment = next(line.split()[1] for line in leaves.splitlines() if line.startswith("ballot "))
    symbols = receipt(bytes.fromhex(commitment))
    page.get_by_label("Receipt code").fill(symbols)
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#answer h2")).to_have_text("Your vote was counted")
    expect(page.get_by_text("the log that the service has signed holds your vote")).to_be_visible()

    def forged(route: Route) -> None:
        response = route.fetch()
        content = response.json()
        content["proof"][0] = "00" * 32
        route.fulfill(response=response, json=content)

    page.route("**/receipts/*", forged)
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#answer h2")).to_have_text("Something is wrong with this receipt")


def test_a_promised_vote_that_is_missing_is_told_loudly(
    resident: Callable[[int], Resident], code: str, tmp_path: Path
) -> None:
    somebody = resident(PHONE)
    _, file = vote(somebody, code, tmp_path)
    page = somebody.open(f"r/{VOTING}/receipt")
    lost = {"code": "receipt_not_found", "detail": "No vote has it.", "reasons": []}
    page.route("**/receipts/*", lambda route: route.fulfill(status=404, json=lost))
    page.get_by_label("Or the receipt that you saved").set_input_files(file)
    page.get_by_role("button", name="Find my vote").click()
    expect(page.get_by_role("alert")).to_contain_text("Your vote is missing")
    expect(page.get_by_role("alert")).to_contain_text("it is proof")
    shoot(page, "receipt-missing")
    somebody.check()
    page.get_by_label("Receipt code").fill("K7QF-2MXR-9CVW")  # symbols alone prove nothing
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#problems")).to_contain_text("No vote of this round has this receipt")


@pytest.mark.parametrize("state", ["waiting", "in_the_box"])
def test_an_answer_about_another_vote_is_found_out(
    resident: Callable[[int], Resident], code: str, tmp_path: Path, state: str
) -> None:
    somebody = resident(PHONE)
    symbols, _ = vote(somebody, code, tmp_path)
    page = somebody.open(f"r/{VOTING}/receipt#{symbols}")
    other: dict[str, Any] = {
        "state": state,
        "commitment": "11" * 32,
        "index": None,
        "size": None,
        "proof": [],
        "checkpoint": None,
    }
    page.route("**/receipts/*", lambda route: route.fulfill(json=other))
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#answer h2")).to_have_text("Something is wrong with this receipt")


def test_a_vote_that_waits_after_the_close_is_not_right(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{DECIDED}/receipt")
    waits: dict[str, Any] = {"state": "waiting", "index": None, "size": None, "proof": [], "checkpoint": None}
    page.route("**/receipts/*", lambda route: route.fulfill(json={**waits, "commitment": "00" * 32}))
    page.get_by_label("Receipt code").fill("0000-0000-0000")
    page.get_by_role("button", name="Find my vote").click()
    expect(page.get_by_text("voting is over, and every vote should be in the box by now")).to_be_visible()


@pytest.mark.parametrize("behind", ["%", "%E0%A4%A", "<b>", "K7QF", "x" * 200])
def test_nonsense_behind_the_address_is_left_out(resident: Callable[[int], Resident], behind: str) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{DECIDED}/receipt#{behind}")
    expect(page.get_by_label("Receipt code")).to_have_value("")
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#problems")).to_contain_text("12 letters and numbers")
    assert somebody.complaints == []


@BOTH
def test_who_countersigned_stands_on_the_pages(resident: Callable[[int], Resident], width: int) -> None:
    somebody = resident(width)
    key = witness_key(f"neighbours.example.org/{width}", seed=width % 100)
    api = somebody.context.request
    signed_in = api.post(f"{somebody.base}/api/login", data={"email": "olive@tarnshire.example", "password": PASSWORD})
    assert signed_in.ok
    poll = api.get(f"{somebody.base}/api/rounds/{DECIDED}").json()["poll"]["id"]
    named = api.post(f"{somebody.base}/api/rounds/{DECIDED}/witnesses", data={"key": key.verify_key.text})
    assert named.status == 201, named.text()
    log = f"{somebody.base}/api/polls/{poll}/log"
    note = cosign(api.get(f"{log}/checkpoint").text(), key, 1_772_000_000)
    assert api.post(f"{log}/cosignatures", data={"note": note}).ok
    page = somebody.open(f"r/{DECIDED}/log")
    expect(page.get_by_text(f"{key.name} countersigned")).to_be_visible()
    shoot(page, "log-witness")
    somebody.check()
    page = somebody.open(f"r/{DECIDED}")
    expect(page.get_by_text(re.compile(r"witness(es have| has) countersigned the public log"))).to_be_visible()
    shoot(page, "round-witness")
    somebody.check()
