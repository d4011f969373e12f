"""After the close in Chromium: count, roll dice, look for what must not be, publish, certify, destroy the keys."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desks import OFFICER, ORGANISER, SCRUTINEER, SECOND, WIDTHS, Desk, Visit, slug_of

pytestmark = [pytest.mark.browser]

THROWN = "4163 2255 1364 2"
UNSOUND = {"strangers": 2, "twice": 0, "missing": 1, "sound": False}


@WIDTHS
def test_an_unsound_vote_is_a_loud_warning_and_cannot_be_published(visit: Visit, width: int) -> None:
    desk = visit(OFFICER, width)
    slug = slug_of(desk, "counting")

    def unsound(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | UNSOUND)

    desk.page.route("**/uniqueness", unsound)
    page = desk.open(f"o/r/{slug}/count")
    alarm = page.locator(".alarm")
    expect(alarm).to_contain_text("Stop: this vote is not sound")
    expect(page.locator(".unique tr", has_text="Ballots of nobody on the roll")).to_contain_text("Must be none")
    desk.check("unsound")
    page.get_by_role("button", name=re.compile("^Count (the votes|again)")).click()
    expect(page.locator("#done")).to_contain_text("The votes are counted")
    expect(page.get_by_role("button", name="Ask to publish this result")).to_have_count(0)


@WIDTHS
def test_a_board_opens_the_box_with_two_passphrases_that_are_not_kept(visit: Visit, width: int) -> None:
    desk = visit(OFFICER, width)
    slug = slug_of(desk, "counting")
    sent: list[Any] = []

    def by_a_board(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"custody": "board"})

    def refuse(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(status=404, json={"code": "not_counted", "detail": "", "reasons": []})
            return
        sent.append(json.loads(route.request.post_data or "null"))
        route.fulfill(status=403, json={"code": "wrong_passphrases", "detail": "No.", "reasons": []})

    desk.page.route(f"**/{slug}/keys", by_a_board)
    desk.page.route(f"**/api/rounds/{slug}/count", refuse)
    page = desk.open(f"o/r/{slug}/count")
    page.get_by_role("button", name="Count the votes").click()
    expect(page.locator("#problems li")).to_have_text(["Enter the passphrase", "Enter the passphrase"])
    for number, words in ((1, "correct horse battery"), (2, "staple of the trade")):
        field = page.get_by_label(f"Passphrase {number}")
        expect(field).to_have_attribute("type", "password")
        field.fill(words)
    desk.check("board")
    page.get_by_role("button", name="Count the votes").click()
    expect(page.locator("#problems")).to_contain_text("These two passphrases do not open the box")
    assert sent == [{"unlock": ["correct horse battery", "staple of the trade"]}]
    expect(page.get_by_label("Passphrase 1")).to_have_value("")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")
    assert "horse" not in kept


def test_two_officers_count_roll_dice_and_publish(visit: Visit) -> None:
    first, second = visit(OFFICER), visit(SECOND, 375)
    slug = slug_of(first, "counting")
    address = f"o/r/{slug}/count"
    _a_tie_needs_dice(first, slug)
    _both_enter_what_they_showed(first, second, slug)
    page = second.page
    page.get_by_role("button", name=re.compile("^Count (the votes|again)")).click()
    expect(page.locator("#done")).to_contain_text("The votes are counted")
    expect(page.locator(".result .tag.ok").first).to_have_text("Funded")
    page.locator(".why summary").first.click()
    expect(page.locator("main")).to_contain_text("Every vote counts once, and nobody was added.")
    second.check("counted")
    page.get_by_role("button", name="Ask to publish this result").click()
    expect(page.locator("#done")).to_contain_text("Asked. The result stays secret")
    assert second.context.request.get(f"{second.base}/api/rounds/{slug}/results").status == 404
    page = first.open(address)
    first.check("publish-theirs")
    page.get_by_role("button", name="Approve and publish now").click()
    expect(page.locator("#done")).to_have_text("The result is published.")
    expect(page.get_by_role("link", name="See the public result").first).to_have_attribute(
        "href", f"/en/r/{slug}/results"
    )
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download the bundle").click()
    assert downloading.value.suggested_filename == f"{slug}-bundle.zip"
    expect(page.locator("main")).to_contain_text("Until then the result can be challenged.")
    first.check("published")
    assert first.api(f"rounds/{slug}/results")["provisional"] is False


def _a_tie_needs_dice(desk: Desk, slug: str) -> None:
    """As the service answers where two proposals are equal and the round leaves that to dice."""
    problem = {"code": "dice_needed", "detail": "Two proposals are equal.", "reasons": []}
    desk.page.route(
        f"**/api/rounds/{slug}/count",
        lambda route: route.fulfill(status=409, json=problem) if route.request.method == "POST" else route.continue_(),
    )
    page = desk.open(f"o/r/{slug}/count")
    page.get_by_role("button", name=re.compile("^Count (the votes|again)")).click()
    expect(page.locator("#problems")).to_contain_text("Two proposals are equal, and this round lets dice decide")
    expect(page.get_by_role("radio", name="To decide between equal proposals")).to_be_checked()
    desk.check("dice-needed")
    desk.page.unroute(f"**/api/rounds/{slug}/count")


def _both_enter_what_they_showed(first: Desk, second: Desk, slug: str) -> None:
    page = first.page
    page.get_by_label("What the dice showed").fill("4 1 6")
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#problems")).to_contain_text("Enter 12 to 60 digits")
    first.check()
    page.get_by_label("What the dice showed").fill(THROWN)
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#done")).to_contain_text("A second officer has to type the same digits")
    other = second.open(f"o/r/{slug}/count")
    panel = other.locator("#two-roll_dice")
    expect(panel).not_to_contain_text("4163")
    panel.get_by_label("What the dice showed").fill("4163 2255 1364 3")
    panel.get_by_role("button").click()
    expect(other.locator("#problems")).to_contain_text("Omar Officer entered other digits")
    second.check("dice-theirs")
    panel.get_by_label("What the dice showed").fill(THROWN.replace(" ", ""))
    panel.get_by_role("button").click()
    expect(other.locator("#done")).to_contain_text("Count the votes again now")
    expect(other.locator("main")).to_contain_text(THROWN)


def test_a_scrutineer_looks_and_does_nothing(visit: Visit) -> None:
    desk = visit(SCRUTINEER)
    page = desk.open(f"o/r/{slug_of(desk, 'published')}/count")
    expect(page.get_by_role("link", name="Download it for scrutineers")).to_be_visible()
    expect(page.locator("main").get_by_role("button")).to_have_count(0)
    desk.check()


def test_the_result_is_certified_and_then_the_keys_are_destroyed(visit: Visit) -> None:
    first, second = visit(OFFICER, 375), visit(ORGANISER)
    slug = slug_of(first, "closed")
    address = f"o/r/{slug}/count"
    for ask, approve, asked, done in (
        (
            "Ask to certify the result",
            "Approve and certify the result",
            "is certified when",
            "The result is certified.",
        ),
        (
            "Ask to destroy the keys",
            "Approve and destroy the keys now",
            "keys stay until",
            "The keys of this vote are destroyed.",
        ),
    ):
        page = first.open(address)
        first.check("certify" if "certify" in ask else "destroy")
        page.get_by_role("button", name=ask).click()
        expect(page.locator("#done")).to_contain_text(asked)
        expect(page.locator(".two, .notice.block").first).to_contain_text("It waits for a second officer")
        other = second.open("o")
        other.locator(".todo").first.get_by_role("link").click()
        second.drawn()
        second.check("certify-theirs" if "certify" in ask else "destroy-theirs")
        other.get_by_role("button", name=approve).click()
        expect(other.locator("#done")).to_have_text(done)
    second.check("destroyed")
    assert first.api(f"rounds/{slug}/keys")["destroyed"]
    expect(first.open(address).locator("main")).to_contain_text("The keys were destroyed on")
