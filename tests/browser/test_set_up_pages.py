"""Setting a round up in Chromium: from a template to its opening, its delivery and its end."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desks import ORGANISER, PHONE, WIDTHS, Desk, Visit, new_round, slug_of

pytestmark = [pytest.mark.browser]


@WIDTHS
def test_an_organiser_makes_and_opens_a_round_in_three_pages(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    page = desk.open("o")
    page.get_by_role("link", name="Start a new round").click()
    desk.drawn()
    page.get_by_role("radio", name="Harbourside Community Forum").check()
    expect(page.get_by_role("radio", name="Community Forum budget")).to_be_visible()
    page.get_by_role("button", name="Create and go to set-up").click()
    expect(page.locator("#problems li")).to_have_text(["Choose a template"])
    page.get_by_role("radio", name="Community Forum budget").check()
    expect(page.locator("main")).to_contain_text("£12,500 of Tarnshire County Council")
    page.get_by_label("Title of the round").fill("")
    page.get_by_role("button", name="Create and go to set-up").click()
    expect(page.locator("#problems li")).to_have_text(["Enter a title"])
    desk.check("new-round")
    page.get_by_label("Title of the round").fill(f"Journey at {width}")
    page.get_by_role("button", name="Create and go to set-up").click()
    expect(page.locator("#done")).to_contain_text("The round is created")
    expect(page.locator(".tasks .tag.warn")).to_have_count(0)
    expect(page.locator(".tasks")).to_contain_text(
        ["£12,500 from 1 funder", "First vote: Score every proposal", "No voting codes"]
    )
    desk.check("set-up")
    page.get_by_role("link", name="Preview it as residents will see it").first.click()
    desk.drawn()
    expect(page.locator("#banner")).to_contain_text("Preview")
    desk.check("preview")
    page.go_back()
    desk.drawn()
    page.get_by_role("button", name="Open the round").click()
    expect(page.locator("#done")).to_have_text("The round is open to the public.")
    page.get_by_role("link", name="See the public page").click()
    desk.drawn()
    expect(page.locator("#banner")).to_be_hidden()


@WIDTHS
def test_what_is_missing_leads_to_where_it_is_mended(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    page = desk.open(f"o/r/{new_round(desk, f'Mended {width}', template='pooled-pot')}")
    page.get_by_role("button", name="Open the round").click()
    expect(page.locator("#problems")).to_be_focused()
    _fill_dates(desk)
    _fill_money(desk)
    _fill_vote(desk)
    expect(page.locator(".tasks .tag.ok")).to_have_count(7)
    page.get_by_role("button", name="Open the round").click()
    expect(page.locator("#done")).to_have_text("The round is open to the public.")


def _fill_money(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("link", name="Money", exact=True).click()
    desk.drawn()
    page.get_by_label("Amount").nth(1).fill("12,50")
    page.get_by_role("radio", name="Another share").check()
    page.get_by_label("Money", exact=True).uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems li")).to_have_text(
        [
            "Enter an amount in pounds, such as 25,000 or 250.50",
            "Enter a share that is less than the whole, such as 1 of 4",
            re.compile("Tick what counts as"),
        ]
    )
    desk.check("money-wrong")
    page.get_by_label("Amount").nth(1).fill("£20,000")
    page.get_by_role("radio", name="One pound for every two raised").check()
    page.get_by_label("Hours that volunteers work").check()
    page.get_by_label("What an hour is worth").fill("12.21")
    pot = page.get_by_role("group", name="Funder 3", exact=True)
    pot.locator("summary", has_text="Pays for: anything").click()
    pot.get_by_role("checkbox").first.check()
    pot.get_by_label("What is left of it").select_option("reserve")
    page.get_by_role("button", name="Add another funder").click()
    expect(page.get_by_role("textbox", name="Funder").nth(3)).to_be_focused()
    page.keyboard.type("Tarnshire Police")
    page.keyboard.press("Tab")
    page.keyboard.type("5000.50")
    page.get_by_role("button", name="Add another funder").click()
    page.get_by_role("button", name="Remove row 5").click()
    expect(page.locator("output")).to_have_text("£55,000.50")
    page.get_by_label("A proposal may get a part").check()
    desk.check("money")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: money.")
    kept = desk.api(f"rounds/{page.url.split('/')[-1].split('?')[0]}/setup")
    assert kept["match"] == {"part": 1, "of": 3, "counts": ["hours"], "hour_value": 1221, "cap": None}
    assert (len(kept["pots"][2]["categories"]), kept["pots"][2]["leftover"]) == (1, "reserve")
    assert (kept["part_funding"], kept["budget"]) == (True, 55_000_50)


def _fill_dates(desk: Desk) -> None:
    page = desk.page
    page.locator("#problems").get_by_role("link", name="Voting opens").click()
    desk.drawn()
    page.get_by_role("button", name="Suggest dates from the template").click()
    expect(page.get_by_label("Proposals open")).not_to_have_value("")
    spring = _clocks_go_forward(date.today().year + 2)  # noqa: DTZ011  # only the year matters
    page.get_by_label("Result comes out").fill(f"{spring}T01:30")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("does not exist: the clocks go forward")
    expect(page.get_by_label("Result comes out")).to_have_attribute("aria-invalid", "true")
    desk.check("dates-refused")
    page.get_by_label("Result comes out").fill(f"{spring}T12:30")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: dates.")


def _clocks_go_forward(year: int) -> date:
    last = date(year, 3, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _fill_vote(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("link", name="The vote", exact=True).click()
    desk.drawn()
    page.get_by_role("radio", name="Put your favourites in order").check()
    page.get_by_label("Fewest choices on a ballot").fill("4")
    page.get_by_label("Most choices on a ballot").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("The most choices cannot be fewer than the fewest")
    page.get_by_label("Fewest choices on a ballot").fill("1")
    page.get_by_role("radio", name="Most votes first").check()
    page.get_by_label("What is counted").select_option("borda")
    page.get_by_role("button", name="Move up: The one with more votes").click()
    expect(page.locator(".ties .name").first).to_have_text("The one with more votes comes first")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: the vote.")


@WIDTHS
def test_an_organiser_sets_every_kind_of_parameter(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = new_round(desk, f"Parameters {width}", template="pooled-pot")
    page = desk.open(f"o/r/{slug}/vote")
    for rule in ("Costs carried together", "Costs spread most evenly", "The best set for the money", "Equal shares"):
        page.get_by_role("radio", name=rule).check()
        desk.check()
    page.get_by_label("What happens to money that is left").select_option("add1u")
    page.get_by_label("How much a share is raised at a time").fill("0.50")
    page.get_by_label("How often a share is raised at most").fill("0")
    page.get_by_label("Support that a proposal needs for its cost").fill("a third")
    page.get_by_label("Let the count by most votes decide").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems li")).to_have_text(
        ["Enter a whole number of 1 or more", "Enter a fraction such as 1/3, or “none”"]
    )
    desk.check()
    page.get_by_label("How often a share is raised at most").fill("5000")
    page.get_by_label("Support that a proposal needs for its cost").fill(" 1/3 ")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: the vote.")
    chosen = desk.api(f"rounds/{slug}/setup")["polls"][0]["rule"]["parameters"]
    assert {name: chosen[name] for name in ("step", "max_steps", "comparison", "eligibility")} == {
        "step": 50,
        "max_steps": 5000,
        "comparison": True,
        "eligibility": "1/3",
    }


@WIDTHS
def test_dice_can_have_the_last_word_between_equals(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = new_round(desk, f"Dice {width}", template="pooled-pot")
    page = desk.open(f"o/r/{slug}/vote")
    page.get_by_role("radio", name="Dice rolled in public after the vote").check()
    expect(page.locator(".ties .name").last).to_have_text("Dice rolled in public after the vote")
    page.get_by_role("button", name="Leave out: The cheaper proposal").click()
    desk.check("ties-dice")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: the vote.")
    assert desk.api(f"rounds/{slug}/setup")["polls"][0]["ties"] == ["most-votes"]
    desk.open(f"o/r/{slug}/vote")
    page.get_by_role("button", name="Leave out: The one with more votes").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: the vote.")
    assert desk.api(f"rounds/{slug}/setup")["polls"][0]["ties"] == []
    desk.open(f"o/r/{slug}/vote")
    expect(page.locator(".ties .name")).to_have_text(["Dice rolled in public after the vote"])
    page.get_by_role("radio", name="The one that stands first on the ballot").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: the vote.")
    assert desk.api(f"rounds/{slug}/setup")["polls"][0]["ties"] == ["ballot-order"]


@WIDTHS
def test_an_organiser_sets_conditions(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = new_round(desk, f"Conditions {width}", template="pooled-pot")
    page = desk.open(f"o/r/{slug}")
    page.get_by_role("link", name="Conditions").click()
    desk.drawn()
    page.get_by_label("Fewest supporters that a proposal needs").fill("many")
    page.get_by_label("Only one of these").fill("3 and 4")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems li")).to_have_text(
        ["Enter a whole number, 0 or more", "Enter numbers of proposals with commas between them, such as 3, 8"]
    )
    desk.check()
    page.get_by_label("Fewest supporters that a proposal needs").fill("5")
    page.get_by_label("Only one of these").fill("")
    page.get_by_label("Length of the reserve list").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: conditions.")
    expect(page.locator(".tasks").nth(1)).to_contain_text("2 conditions")
    kept = desk.api(f"rounds/{slug}/setup")["polls"][0]["conditions"]
    assert (kept["min_votes"], kept["reserve"]) == (5, 3)


@WIDTHS
def test_two_votes_stand_on_one_timeline(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = new_round(desk, f"Two votes {width}", template="pooled-pot")
    page = desk.open(f"o/r/{slug}/polls")
    page.get_by_role("radio", name="Two votes, one after the other").check()
    page.get_by_label("What the first vote is called").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems li")).to_have_text(["Enter a title"])
    page.get_by_label("What the first vote is called").fill("Rate them all")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: how many votes.")
    page.get_by_role("link", name="First vote: Rate them all").click()
    desk.drawn()
    expect(page.get_by_role("radio", name="The best go on")).to_be_checked()
    page.get_by_label("How many go on").fill("7")
    desk.check("vote-first")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: the vote.")
    page.get_by_role("link", name="Dates", exact=True).click()
    desk.drawn()
    page.get_by_role("button", name="Suggest dates from the template").click()
    expect(page.get_by_label("Second vote closes")).not_to_have_value("")
    expect(page.locator(".picture .course-word")).to_have_count(6)
    page.get_by_label("Second vote opens").fill("2031-01-01T09:00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("must come after")
    desk.check("dates-two-votes")
    page.get_by_label("Second vote closes").fill("2031-01-02T09:00")
    page.get_by_label("Result comes out").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: dates.")
    kept = desk.api(f"rounds/{slug}/setup")
    assert [poll["rule"]["id"] for poll in kept["polls"]] == ["top", "equal-shares"]
    assert kept["polls"][0]["rule"]["parameters"]["k"] == 7
    assert kept["calendar"]["second_voting_close"]["local"] == "2031-01-02T09:00"


@WIDTHS
def test_a_set_up_is_used_again(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = new_round(desk, f"Used again {width}")
    page = desk.open(f"o/r/{slug}/talk")
    page.get_by_role("radio", name="Comments checked first").check()
    page.get_by_label("Working days to check a proposal").fill("0")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems li")).to_have_text(["Enter a number from 1 to 365"])
    page.get_by_label("Working days to check a proposal").fill("3")
    desk.check("talk")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: comments and checks.")
    page.get_by_role("button", name="Save this set-up as a template").click()
    page.get_by_role("button", name="Save the template").click()
    expect(page.locator("#problems li")).to_have_count(2)
    page.get_by_label("Name of the template").fill(f"Our yearly round {width}")
    page.get_by_label("What kind of round it is").fill("A night in the hall.")
    desk.check("save-template")
    page.get_by_role("button", name="Save the template").click()
    expect(page.locator("#done")).to_have_text("Saved as a template of your forum.")
    page.get_by_role("button", name="Make a rehearsal copy").click()
    expect(page.locator("#done")).to_contain_text("a copy to practise with")
    expect(page.locator("main")).to_contain_text("Rehearsal. This round is for practice")
    page.get_by_role("button", name="Open the round").click()
    expect(page.locator("#done")).to_have_text("The round is open to the public.")
    page.get_by_role("button", name="Let it begin now").click()
    expect(page.locator("#done")).to_have_text("The next date is now.")
    expect(page.locator(".round-head")).to_contain_text("Open for ideas")
    desk.check("rehearsal")
    desk.open("o/rounds/new")
    page.get_by_role("radio", name="Harbourside Community Forum").check()
    expect(page.get_by_role("radio", name=f"Our yearly round {width}")).to_be_visible()
    page.get_by_role("radio", name="The same as “Harbourside budget 2025”").check()
    page.get_by_label("Title of the round").fill(f"Once more {width}")
    desk.check("new-round-as-before")
    page.get_by_role("button", name="Create and go to set-up").click()
    expect(page.locator("#done")).to_contain_text("The round is created")
    assert desk.api(f"rounds/once-more-{width}/setup")["calendar"]["voting_open"]


@WIDTHS
def test_an_organiser_changes_the_texts_of_the_forum(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    page = desk.open("o/f/castle-hill")
    page.get_by_label("Email address").fill("nobody")
    page.get_by_role("button", name="Add a person").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_be_focused()
    desk.check("forum-texts")
    page.get_by_label("Email address").fill("hill@tarnshire.example")
    page.get_by_role("group", name="Person 2").get_by_label("Name").fill(f"Ada at {width}")
    page.get_by_role("group", name="Person 2").get_by_label("What they do").fill("treasurer")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_have_count(0)
    expect(page.locator("#done")).to_have_text("Saved: the forum.")
    page.get_by_role("link", name="See the forum").click()
    desk.drawn()
    expect(page.locator("main")).to_contain_text(f"Ada at {width}, treasurer")
    desk.check("forum")
    desk.open("o/f/castle-hill")
    page.get_by_role("button", name="Remove row 2").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: the forum.")


def test_two_organisers_do_not_overwrite_each_other(visit: Visit) -> None:
    first, second = visit(ORGANISER), visit(ORGANISER, PHONE)
    slug = new_round(first, "Two at once")
    first.open(f"o/r/{slug}/about")
    second.open(f"o/r/{slug}/about")
    first.page.get_by_label("Title of the round").fill("Two at once, renamed")
    first.page.get_by_role("button", name="Save").click()
    expect(first.page.locator("#done")).to_have_text("Saved: about the round.")
    page = second.page
    page.get_by_label("Who can vote").fill("Everybody over 11.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#conflict")).to_contain_text("Somebody else saved first")
    expect(page.get_by_label("Who can vote")).to_have_value("Everybody over 11.")
    page.get_by_role("button", name="Load the newer version").click()
    expect(page.locator("#conflict")).to_contain_text("Two at once, renamed")
    second.check()
    page.get_by_role("button", name="Use theirs: Title of the round").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: about the round.")
    setup = first.api(f"rounds/{slug}/setup")
    assert (setup["title"], setup["eligibility"]) == ("Two at once, renamed", "Everybody over 11.")


@WIDTHS
def test_what_was_typed_stays_when_the_connection_goes(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    page = desk.open(f"o/r/{new_round(desk, f'Offline {width}')}/about")
    page.get_by_label("Title of the round").fill("Typed on a train")
    desk.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text("You are offline")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("You may be offline")
    expect(page.get_by_label("Title of the round")).to_have_value("Typed on a train")
    desk.context.set_offline(False)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: about the round.")


@WIDTHS
def test_a_held_round_comes_first_and_says_what_is_missing(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = slug_of(desk, "review")

    def held(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for round_ in body["items"]:
            round_["held"] = round_["slug"] == slug
        route.fulfill(response=answer, json=body)

    def missing(route: Route) -> None:
        answer = route.fetch()
        reason = {"code": "roll_is_empty", "params": {}, "detail": "", "field": "voters"}
        route.fulfill(response=answer, json=answer.json() | {"held": True, "reasons": [reason]})

    desk.page.route("**/api/officer/rounds?*", held)
    desk.page.route(f"**/api/rounds/{slug}/readiness", missing)
    page = desk.open("o")
    first = page.locator(".todo").first
    expect(first).to_contain_text("Held: “Voting is open” should have begun")
    desk.check()
    first.get_by_role("link", name="Held").click()
    desk.drawn()
    desk.check()
    page.get_by_role("link", name="Nobody is on the roll yet").click()
    expect(page.locator("h1")).to_have_text("Voters")


def test_a_round_is_cancelled_with_a_public_reason(visit: Visit) -> None:
    desk = visit(ORGANISER)
    page = desk.open(f"o/r/{new_round(desk, 'Never to be')}")
    page.get_by_role("button", name="Cancel the round").click()
    page.get_by_role("button", name="Cancel the round for good").click()
    expect(page.locator("#problems")).to_be_focused()
    page.get_by_label("Why is the round cancelled?").fill("The money went elsewhere.")
    page.get_by_role("button", name="Cancel the round for good").click()
    expect(page.locator("#done")).to_have_text("The round is cancelled.")
    desk.check()


def test_the_round_goes_on_to_delivery_and_its_end(visit: Visit) -> None:
    desk = visit(ORGANISER)
    page = desk.open(f"o/r/{slug_of(desk, 'published')}")
    page.get_by_role("button", name="Begin delivery").click()
    expect(page.locator("#done")).to_have_text("Delivery has begun.")
    page.get_by_role("button", name="Finish the round").click()
    expect(page.locator("#done")).to_have_text("The round is finished.")
    desk.check()
