"""The pages of a round with two votes, and of votes without money: the server's answers, altered on their way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.desks import DESK, PHONE
from tests.browser.pictures import keep
from tests.browser.residents import DECIDED, VOTING, Resident

pytestmark = [pytest.mark.browser]

BOTH = pytest.mark.parametrize("width", [PHONE, DESK])
FIRST = {"position": 1, "of": 2, "title": "Score every proposal"}
SECOND = {"position": 2, "of": 2, "title": "Choose three"}


def altered(page: Page, address: str, change: Callable[[dict[str, Any]], None]) -> None:
    def answer(route: Route) -> None:
        response = route.fetch()
        told = response.json()
        change(told)
        route.fulfill(response=response, json=told)

    page.route(address, answer)


def look(visitor: Resident, name: str) -> None:
    visitor.check()
    keep(visitor.page, f"two-votes-{name}")


def shortlist(result: dict[str, Any]) -> None:
    """The result as a first vote's, by the mean of points, of which three are chosen."""
    result |= {"vote": FIRST, "votes": [FIRST], "decides_money": False, "cost": 0, "others": [], "simple_count": []}
    result["rule"] = {"id": "top", "parameters": {"k": 3, "utility": "mean", "ties": "cheapest"}}
    result["leftovers"] = []
    for number, project in enumerate(result["projects"]):
        chosen = number < 3
        project |= {"becomes": "shortlisted" if chosen else "not_shortlisted", "funded": chosen, "awarded": 0}
        params = {"score": "4.8", "place": number + 1}
        project["why"] = {"code": "in_place", "params": params, "detail": "", "field": ""}
        project |= {"step": number + 1 if chosen else None, "votes": 100, "score": 480 - 7 * number, "also": []}


def priorities(result: dict[str, Any]) -> None:
    """The result as one that only advises."""
    shortlist(result)
    result |= {"vote": {"position": 1, "of": 1, "title": "The vote"}, "votes": [], "advisory": True, "budget": 0}
    result["rule"] = {"id": "priorities", "parameters": {"utility": "points", "ties": "cheapest"}}
    for place, project in enumerate(result["projects"], start=1):
        project |= {"becomes": "placed", "funded": True, "step": place}


def money(result: dict[str, Any]) -> None:
    """The result as a second vote's, with part-funding, a reserve list, two pots and somebody who confirms it."""
    result |= {"vote": SECOND, "votes": [FIRST, SECOND], "confirmed_by": "the partnership", "certified": None}
    part = next(one for one in result["projects"] if one["funded"])
    part |= {"awarded": part["cost"] - 100_00, "becomes": "part_funded"}
    waits = next(one for one in result["projects"] if not one["funded"])
    waits["becomes"] = "reserve"
    result["reserve"] = [waits["number"]]
    result["leftovers"] = [
        {"pot": "County", "amount": 20_000_00, "spent": 19_000_00, "left": 1_000_00, "becomes": "reserve"},
        {"pot": "Police", "amount": 5_000_00, "spent": 4_950_00, "left": 50_00, "becomes": "returned"},
        {"pot": "Parish", "amount": 500_00, "spent": 500_00, "left": 0, "becomes": "returned"},
    ]


@BOTH
def test_results_of_both_votes_and_of_one_that_advises(resident: Callable[[int], Resident], width: int) -> None:
    somebody = resident(width)
    page, main = somebody.page, somebody.page.locator("main")
    address = f"**/api/rounds/{DECIDED}/results"
    altered(page, address, shortlist)
    somebody.open(f"r/{DECIDED}/results")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 proposals go to the second vote")
    expect(page.get_by_role("link", name="Vote 1 of 2: Score every proposal")).to_have_attribute("aria-current", "page")
    expect(main.locator(".outcome tbody tr").first).to_contain_text("4.8")
    expect(main.locator(".outcome tbody tr").first).to_contain_text("Shortlisted")
    expect(main).to_contain_text("The proposals with the highest score are chosen for the second vote.")
    expect(main.locator(".ruler")).to_have_count(0)
    page.get_by_role("button", name="Not chosen").click()
    expect(main.locator(".outcome tbody")).not_to_contain_text("Shortlisted")
    look(somebody, "shortlist")

    page.unroute(address)
    altered(page, address, money)
    somebody.open(f"r/{DECIDED}/results")
    for words in (
        "This result is provisional until it is confirmed by the partnership.",
        "County: £19,000 of £20,000 is spent. £1,000 is left and is kept for the reserve list.",
        "Police: £4,950 of £5,000 is spent. £50 is left and goes back.",
        "Parish: £500 of £500 is spent. Nothing is left.",
        "Funded in part",
        "On the reserve list",
    ):
        expect(main).to_contain_text(words)
    expect(page.get_by_role("link", name="Vote 1 of 2: Score every proposal")).to_have_attribute("href", "?poll=1")
    look(somebody, "money")

    page.unroute(address)
    altered(page, address, priorities)
    somebody.open(f"r/{DECIDED}/results")
    expect(main).to_contain_text("This vote advises. It gives no money.")
    expect(main.locator(".outcome tbody tr").first).to_contain_text("Place 1")
    expect(main).not_to_contain_text("£")
    look(somebody, "advice")


@BOTH
def test_the_round_and_the_ballot_say_which_vote_it_is(resident: Callable[[int], Resident], width: int) -> None:
    def two(round_: dict[str, Any]) -> None:
        second = round_["polls"][0]
        first = {**second, "id": "3f0c5c1e-3a3e-4c57-9b1f-0d7c8d6f5a11", "title": FIRST["title"], "state": "published"}
        round_["polls"] = [first, {**second, "position": 2, "title": SECOND["title"], "state": "open"}]
        round_["current"] = 2

    def second(paper: dict[str, Any]) -> None:
        paper["vote"] = SECOND

    somebody = resident(width)
    page, main = somebody.page, somebody.page.locator("main")
    altered(page, f"**/api/rounds/{VOTING}", two)
    altered(page, f"**/api/rounds/{VOTING}/ballot-paper", second)
    somebody.open(f"r/{VOTING}")
    expect(page.get_by_role("heading", name="Two votes")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^See the result"))).to_have_attribute(
        "href", f"/en/r/{VOTING}/results?poll=1"
    )
    look(somebody, "round")
    somebody.open(f"r/{VOTING}/vote")
    expect(main).to_contain_text("Vote 2 of 2: Choose three")
    look(somebody, "ballot")


def test_choices_of_the_first_vote_are_none_of_the_second(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    page.get_by_role("checkbox").first.check()
    kept = somebody.stored("localStorage", f"pbvote:{VOTING}")
    assert len(kept["choices"]) == 1

    def other(paper: dict[str, Any]) -> None:
        paper |= {"vote": SECOND, "poll_id": "3f0c5c1e-3a3e-4c57-9b1f-0d7c8d6f5a11"}

    altered(page, f"**/api/rounds/{VOTING}/ballot-paper", other)
    somebody.open(f"r/{VOTING}/vote")
    assert somebody.stored("localStorage", f"pbvote:{VOTING}")["choices"] == []
