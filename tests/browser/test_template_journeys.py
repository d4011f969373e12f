"""Two templates from the picker to the published result, clicked by everybody who has a part in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from pbvote.rounds.templates import Template, shipped
from tests.browser.desks import PHONE, Desk
from tests.browser.house import House, house_on_a_port
from tests.browser.residents import choose, to_check
from tests.browser.test_proposal_desk_pages import pass_checks
from tests.browser.test_suggestion_pages import go_on, heading
from tests.test_every_template import CHECKS, choice, proposal

pytestmark = [pytest.mark.browser]

VOTERS = 36
RECEIPT = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$")


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on_a_port(tmp_path_factory.mktemp("house"), chromium) as opened:
        yield opened
        opened.everybody_leaves()


def test_a_community_forum_scores_everything_and_then_picks_three(house: House) -> None:
    organiser, officer, second = (house.sit_down(name) for name in ("organiser", "officer", "second"))
    resident = house.sit_down(width=PHONE)
    slug = begin(organiser, "Community Forum budget with a Decision Night", "The forum decides")
    give_money(organiser)
    mend_the_dates(organiser)
    open_the_round(organiser)
    resident.open(f"r/{slug}")
    expect(resident.page.get_by_role("heading", name="Two votes")).to_be_visible()
    resident.check("journey-round")

    reach(house, organiser, slug, "proposals_open")
    suggest(resident, slug)
    send_others(resident, slug, shipped("community-forum-budget"), 10)
    reach(house, organiser, slug, "proposals_close")
    decide(officer, slug, 11)
    codes = make_codes(house.sit_down("clerk"), slug)

    agree_to_open(officer, second, slug, "Give every proposal 1 to 5 points.", "journey-opening")
    reach(house, organiser, slug, "voting_open")
    first_receipt = score_everything(resident, slug, codes[0])
    vote(resident, slug, codes[1:])
    reach(house, organiser, slug, "voting_close")
    count_and_publish(officer, second, slug, "journey-shortlist")
    page = resident.open(f"r/{slug}/results")
    heading(page, "9 proposals go to the second vote")
    expect(page.locator(".outcome .state", has_text="Shortlisted")).to_have_count(9)
    resident.check("journey-shortlist")

    agree_to_open(officer, second, slug, "Choose exactly 3 proposals.", "journey-opening-second")
    reach(house, organiser, slug, "second_voting_open")
    last_receipt = pick_three(resident, slug, codes[0])
    vote(resident, slug, codes[1:])
    reach(house, organiser, slug, "second_voting_close")
    count_and_publish(officer, second, slug, "journey-result")
    page = resident.open(f"r/{slug}/results")
    for words in ("provisional until it is confirmed by the partnership", "could be funded in part", "Vote 1 of 2"):
        expect(page.locator("main")).to_contain_text(words)
    result = resident.api(f"rounds/{slug}/results")
    awarded = {one["title"]: one["awarded"] for one in result["projects"]}
    assert 0 < sum(awarded.values()) <= result["budget"] == 2_500_00
    funded = page.locator(".outcome tbody tr", has=page.locator(".state", has_text=re.compile("^Funded$")))
    expect(funded).to_have_count(sum(one["awarded"] == one["cost"] for one in result["projects"]))
    resident.check("journey-result")
    find_the_receipts(resident, slug, first_receipt, last_receipt)


def test_funders_pool_their_pots_and_each_pays_what_it_is_for(house: House) -> None:
    organiser, officer, second = (house.sit_down(name) for name in ("organiser", "officer", "second"))
    resident = house.sit_down(width=PHONE)
    slug = begin(organiser, "Pooled pot of several funders", "Several funders, one pot", first_day=False)
    suggest_dates(organiser)
    lessen_the_pots(organiser)
    open_the_round(organiser)
    page = resident.open(f"r/{slug}")
    for words in (
        "Police and Crime Commissioner",
        "Only for: Safety, Young people. What is left goes back to the funder.",
        "Only for: Streets and transport, Parks and green spaces.",
        "For any proposal. What is left is kept for the next in line.",
    ):
        expect(page.locator("main")).to_contain_text(words)
    resident.check("journey-pots")

    reach(house, organiser, slug, "proposals_open")
    suggest(resident, slug)
    send_others(resident, slug, shipped("pooled-pot"), 8)
    reach(house, organiser, slug, "proposals_close")
    decide(officer, slug, 9)
    codes = make_codes(house.sit_down("clerk"), slug)
    agree_to_open(officer, second, slug, "Choose as many proposals as you like.")
    reach(house, organiser, slug, "voting_open")
    page = resident.open(f"r/{slug}/vote#{codes[0]}")
    heading(page, "Choose how to spend £5,000")
    choose(page, "A bench by the ford", "Idea 1,", "Idea 2,")
    receipt = send(resident)
    vote(resident, slug, codes[1:])
    reach(house, organiser, slug, "voting_close")
    count_and_publish(officer, second, slug, "journey-pots-counted")
    page = resident.open(f"r/{slug}/results")
    result = resident.api(f"rounds/{slug}/results")
    assert [pot["pot"] for pot in result["leftovers"]] == [
        "Police and Crime Commissioner",
        "District Council",
        "County Council",
    ]
    pots = page.locator("li", has_text="is spent")
    for pot in result["leftovers"]:
        assert pot["spent"] + pot["left"] == pot["amount"]
        expect(pots.filter(has_text=f"{pot['pot']}: £{pot['spent'] / 100:,.0f} of £")).to_have_count(1)
    expect(page.locator("main")).not_to_contain_text("provisional")
    page.locator(".outcome .why summary").first.click()
    expect(page.locator(".outcome details[open]")).to_contain_text("Paid by")
    resident.check("journey-pots-result")
    find_the_receipts(resident, slug, receipt)


def begin(desk: Desk, template: str, title: str, *, first_day: bool = True) -> str:
    """Make a round from the template picker; its slug."""
    page = desk.open("o")
    page.get_by_role("link", name="Start a new round").first.click()
    desk.drawn()
    page.get_by_role("radio", name=template).check()
    page.get_by_label("Title of the round").fill(title)
    if not first_day:
        page.get_by_label("First day").fill("")
    page.get_by_role("button", name="Create and go to set-up").click()
    expect(page.locator("#done")).to_contain_text("The round is created")
    return page.url.split("/")[-1].split("?")[0]


def task(desk: Desk, name: str) -> Page:
    desk.page.locator(".tasks").get_by_role("link", name=name, exact=True).click()
    desk.drawn()
    return desk.page


def save(desk: Desk, what: str) -> None:
    desk.page.get_by_role("button", name="Save").click()
    expect(desk.page.locator("#done")).to_have_text(f"Saved: {what}.")


def give_money(desk: Desk) -> None:
    page = task(desk, "Money")
    page.get_by_role("textbox", name="Funder").fill("Tarnshire County Council")
    page.get_by_role("textbox", name="Amount").fill("2,500")
    page.get_by_label("Largest award").fill("1,000")
    save(desk, "money")


def lessen_the_pots(desk: Desk) -> None:
    """So that each runs out, and says so."""
    page = task(desk, "Money")
    for row, amount in enumerate(("1,500", "1,000", "2,500")):
        page.get_by_role("textbox", name="Amount").nth(row).fill(amount)
    page.get_by_label("Largest award").fill("2,000")
    expect(page.locator("output")).to_have_text("£5,000")
    desk.check("journey-pots-money")
    save(desk, "money")


def mend_the_dates(desk: Desk) -> None:
    """They follow from the first day; one of them is not as the forum wants it."""
    page = task(desk, "Dates")
    results = page.get_by_label("Result comes out")
    day = datetime.fromisoformat(results.input_value()) + timedelta(days=7)
    results.fill(f"{day:%Y-%m-%dT%H:%M}")
    desk.check("journey-dates")
    save(desk, "dates")


def suggest_dates(desk: Desk) -> None:
    page = task(desk, "Dates")
    page.get_by_role("button", name="Suggest dates from the template").click()
    expect(page.get_by_label("Voting closes")).not_to_have_value("")
    save(desk, "dates")


def open_the_round(desk: Desk) -> None:
    expect(desk.page.locator(".tasks .tag.warn")).to_have_count(0)
    desk.page.get_by_role("button", name="Open the round").click()
    expect(desk.page.locator("#done")).to_have_text("The round is open to the public.")
    desk.check("journey-opened")


def reach(house: House, desk: Desk, slug: str, date: str) -> None:
    """A minute after this date of the round."""
    at = desk.api(f"rounds/{slug}/setup")["calendar"][date]["at"]
    house.time_comes(datetime.fromisoformat(at) + timedelta(minutes=1))


def suggest(desk: Desk, slug: str) -> None:
    """One proposal, page by page."""
    page = desk.open(f"r/{slug}")
    page.get_by_role("link", name="Suggest a proposal").first.click()
    heading(page, "Your idea")
    page.get_by_label("Title").fill("A bench by the ford")
    page.get_by_label("Summary").fill("An oak bench where the footpath meets the ford.")
    go_on(page, "What would happen")
    page.get_by_label("What would be done").fill("The bench is made in the Men's Shed.")
    page.get_by_role("radio").first.check()
    go_on(page, "Where would it be?")
    page.get_by_label("Place").fill("Ford Lane")
    go_on(page, "What would it cost?")
    page.get_by_label("What is it for?").fill("Oak and concrete")
    page.get_by_label("How much?").fill("620")
    go_on(page, "Who pays for it?")
    smallest = page.get_by_label("The smallest amount that would still do")
    if smallest.count():
        smallest.fill("200")
    desk.check("journey-suggest")
    go_on(page, "Who will look after it, and what will that cost?")
    go_on(page, "Photos and documents")
    go_on(page, "About you")
    page.get_by_label("Name of your group").fill("Men's Shed")
    page.get_by_label("Your email address").fill("shed@example.org")
    go_on(page, "Check your answers")
    page.get_by_role("button", name="Send the proposal").click()
    heading(page, "Proposal received")


def post(desk: Desk, path: str, body: object, method: str = "POST") -> Any:
    answer = desk.context.request.fetch(f"{desk.base}/api/{path}", method=method, data=body)
    assert answer.ok, answer.text()
    return answer.json()


def send_others(desk: Desk, slug: str, template: Template, count: int) -> None:
    for index in range(count):
        post(desk, f"rounds/{slug}/proposals", proposal(template, index))


def decide(desk: Desk, slug: str, count: int) -> None:
    """The first proposal in the queue is accepted by hand."""
    page = desk.open(f"o/r/{slug}/proposals")
    expect(page.locator("tbody tr")).to_have_count(count)
    page.get_by_role("link", name="A bench by the ford").click()
    desk.drawn()
    pass_checks(page)
    page.get_by_role("radio", name="Accept", exact=True).check()
    page.get_by_label("Reason", exact=True).fill("It can be done.")
    desk.check("journey-decide")
    page.get_by_role("button", name="Save and go to the next").click()
    expect(page.locator("#done")).to_contain_text("Saved: proposal 1")
    decision = {"decision": "accepted", "reason": "It can be done.", "checks": CHECKS, "cost": None, "version": 1}
    for number in range(2, count + 1):
        post(desk, f"rounds/{slug}/proposals/{number}/decision", decision)


def make_codes(desk: Desk, slug: str) -> list[str]:
    page = desk.open(f"o/r/{slug}/voters")
    page.get_by_label("Name of this batch").fill("Letters")
    page.get_by_label("How many codes").fill(str(VOTERS))
    with page.expect_response(lambda one: one.url.endswith("/codes") and one.request.method == "POST") as made:
        page.get_by_role("button", name="Make codes").click()
    expect(page.locator("#codes")).to_contain_text("These codes are shown only now")
    codes: list[str] = made.value.json()["codes"]
    return codes


def agree_to_open(first: Desk, second: Desk, slug: str, rule: str, shot: str = "") -> None:
    page = first.open(f"o/r/{slug}/voting")
    expect(page.locator("main")).not_to_contain_text("is not what is set up now")
    expect(page.locator("main")).to_contain_text(rule)
    first.check(shot)
    page.get_by_role("button", name="Agree to open the vote").click()
    expect(page.locator("#done")).to_contain_text("You have agreed.")
    page = second.open(f"o/r/{slug}/voting")
    page.get_by_role("button", name="I agree too").click()
    expect(page.locator("#done")).to_have_text("Two officers have agreed.")
    second.check()


def send(desk: Desk) -> str:
    """From the ballot to the receipt; its symbols."""
    page = desk.page
    to_check(page)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    heading(page, "Vote received")
    expect(page.get_by_text("has checked that this receipt is for the choices you sent")).to_be_visible()
    desk.check("journey-receipt")
    symbols = page.locator(".receipt .key").inner_text()
    assert RECEIPT.match(symbols)
    return symbols


def refused(page: Page, problem: str) -> None:
    """What is not a whole vote yet is refused at the check; and back to the ballot."""
    to_check(page)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.locator("#problems li")).to_have_text([problem])
    page.go_back()
    heading(page, "Choose")


def score_everything(desk: Desk, slug: str, code: str) -> str:
    page = desk.open(f"r/{slug}/vote#{code}")
    expect(page.locator("main")).to_contain_text("Vote 1 of 2: Score every proposal")
    expect(page.locator("main")).to_contain_text("Give every proposal 1 to 5 points.")
    page.get_by_label("Points: A bench by the ford").fill("5")
    page.keyboard.press("Tab")
    refused(page, "Give points to every proposal. 10 are still without any.")
    expect(page.get_by_label("Points: A bench by the ford")).to_have_value("5")
    for place in range(1, 11):
        page.get_by_label(f"Points: Idea {place}", exact=True).fill(str(1 + place % 5))
    page.keyboard.press("Tab")
    desk.check("journey-score")
    return send(desk)


def pick_three(desk: Desk, slug: str, code: str) -> str:
    page = desk.open(f"r/{slug}/vote#{code}")
    expect(page.locator("main")).to_contain_text("Vote 2 of 2: Choose three")
    boxes = page.get_by_role("checkbox", name=re.compile("^Add: "))
    expect(boxes).to_have_count(9)
    for place in range(2):
        boxes.nth(place).check()
    refused(page, "You have 2. Choose at least 3.")
    boxes.nth(2).check()
    desk.check("journey-three")
    return send(desk)


def vote(desk: Desk, slug: str, codes: Sequence[str]) -> None:
    """Everybody else."""
    paper = desk.api(f"rounds/{slug}/ballot-paper")
    for index, code in enumerate(codes):
        choices, points = choice(paper, index)
        if paper["design"]["max_choices"]:
            choices = choices[: paper["design"]["max_choices"]]
        ballot = {"code": code, "choices": choices, "points": points, "idempotency_key": f"{slug:.20}-vote-{index:04}"}
        post(desk, f"polls/{paper['poll_id']}/ballot", ballot, "PUT")


def count_and_publish(first: Desk, second: Desk, slug: str, shot: str) -> None:
    page = first.open(f"o/r/{slug}/count")
    page.get_by_role("button", name="Count the votes").click()
    expect(page.locator("#done")).to_contain_text("The votes are counted")
    first.check(shot)
    page.get_by_role("button", name="Ask to publish this result").click()
    expect(page.locator("#done")).to_contain_text("Asked. The result stays secret")
    page = second.open(f"o/r/{slug}/count")
    page.get_by_role("button", name="Approve and publish now").click()
    expect(page.locator("#done")).to_have_text("The result is published.")
    second.check(f"{shot}-published")


def find_the_receipts(desk: Desk, slug: str, *receipts: str) -> None:
    for position, symbols in enumerate(receipts, start=1):
        page = desk.open(f"r/{slug}/receipt")
        page.get_by_label("Receipt code").fill(symbols)
        page.get_by_role("button", name="Find my vote").click()
        expect(page.get_by_role("heading", name="Your vote was counted")).to_be_visible()
        if len(receipts) > 1:
            expect(page.locator("#answer")).to_contain_text(f"Vote {position} of {len(receipts)}")
    desk.check("journey-receipt-found")
