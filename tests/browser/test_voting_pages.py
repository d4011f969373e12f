"""The vote in Chromium, as two officers steer it: they agree to open it, pause, extend and close it, mend its roll."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import CLERK, OFFICER, ORGANISER, SECOND, WIDTHS, Desk, Visit, slug_of

pytestmark = [pytest.mark.browser]

CHECKS = {"appropriate": True, "feasible": True, "sustainable": True}


def ask(page: Page, what: str, reason: str, **fields: str) -> None:
    """Open a step's form, fill it in and ask for it."""
    page.get_by_role("button", name=what).click()
    for label, value in fields.items():
        page.get_by_label({"until": "New closing time", "whose": "Reference or voting code"}[label]).fill(value)
    page.get_by_label(re.compile("^Why ")).fill(reason)
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#done")).to_contain_text("Asked.")


def test_who_is_no_officer_reads_and_changes_nothing(visit: Visit) -> None:
    desk = visit(CLERK)
    page = desk.open(f"o/r/{slug_of(desk, 'voting')}/voting")
    expect(page.locator("main")).to_contain_text("Voting is open")
    expect(page.locator("main .step button")).to_have_count(0)


@WIDTHS
def test_two_officers_pause_the_vote_and_residents_read_why(visit: Visit, width: int, own_code: str) -> None:
    first, second, resident = visit(OFFICER, width), visit(SECOND, width), visit(None, width)
    slug = slug_of(first, "voting")
    page = first.open(f"o/r/{slug}/voting")
    page.get_by_role("button", name="Pause the vote").click()
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#problems")).to_contain_text("Say why")
    expect(page.get_by_label("Why must the vote be paused?")).to_have_attribute("aria-invalid", "true")
    first.check("pause-form")
    page.get_by_label("Why must the vote be paused?").fill("The letters for Mill Lane\nwere sent twice.")
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#done")).to_have_text("Asked. The vote goes on until a second officer approves.")
    expect(page.locator("#two-pause_voting")).to_contain_text("It waits for a second officer")
    expect(page.locator("#two-pause_voting").get_by_role("button")).to_have_count(0)
    first.check("pause-mine")
    other = second.open("o")
    expect(other.locator(".todo").first).to_contain_text("Omar Officer asked")
    second.check("today-asked")
    other.locator(".todo").first.get_by_role("link").click()
    second.drawn()
    expect(other.locator("#two-pause_voting")).to_contain_text("The letters for Mill Lane")
    second.check("pause-theirs")
    other.get_by_role("button", name="Approve and pause the vote now").click()
    expect(other.locator("#done")).to_have_text("The vote is paused.")
    second.check("paused")
    _a_vote_waits(resident, slug, own_code)
    ask(first.open(f"o/r/{slug}/voting"), "Let the vote go on", "New letters are out.")
    second.open(f"o/r/{slug}")
    other.get_by_role("link", name=re.compile("to let the vote go on")).click()
    second.drawn()
    other.get_by_role("button", name="Approve and let the vote go on").click()
    expect(other.locator("#done")).to_have_text("The vote goes on.")
    resident.page.get_by_role("button", name="Send my vote").click()
    resident.page.wait_for_url("**/done")


def _a_vote_waits(resident: Desk, slug: str, code: str) -> None:
    """Somebody who is about to vote while the vote is paused keeps everything and reads why."""
    page = resident.open(f"r/{slug}")
    expect(page.locator("#paused")).to_contain_text("The letters for Mill Lane")
    resident.check("paused-round")
    page = resident.open(f"r/{slug}/vote")
    expect(page.locator("#paused")).to_contain_text("come back and send your vote")
    page.locator(".cards .add").first.click()
    resident.check("paused-vote")
    page = resident.open(f"r/{slug}/check")
    page.get_by_label("Voting code").fill(code)
    page.locator("#f-eligible").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.locator("#problems")).to_contain_text("Voting is paused, so your vote was not sent")
    expect(page.locator("table.choices tbody tr")).to_have_count(1)
    resident.check("paused-check")


@WIDTHS
def test_both_choose_the_same_later_time(visit: Visit, width: int) -> None:
    first, second = visit(OFFICER, width), visit(ORGANISER, width)
    slug = slug_of(first, "voting")
    year = 2040 if width < 1000 else 2041
    page = first.open(f"o/r/{slug}/voting")
    page.get_by_role("button", name="Extend the vote").click()
    page.get_by_label("New closing time").fill("2020-01-01T12:00")
    page.get_by_label("Why must people").fill("Snow.")
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#problems")).to_contain_text("Choose a time after the one at which voting closes now")
    first.check()
    page.get_by_label("New closing time").fill(f"{year}-06-01T21:00")
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#done")).to_contain_text("Asked.")
    other = second.open(f"o/r/{slug}/voting")
    panel = other.locator("#two-extend_voting")
    panel.get_by_role("button").click()
    expect(other.locator("#problems")).to_contain_text("Enter the new closing time")
    panel.get_by_label("New closing time").fill(f"{year}-06-01T20:00")
    panel.get_by_role("button").click()
    expect(other.locator("#problems")).to_contain_text("Omar Officer asked for another time")
    second.check("extend-theirs")
    panel.get_by_label("New closing time").fill(f"{year}-06-01T21:00")
    panel.get_by_role("button").click()
    expect(other.locator("#done")).to_have_text("The vote is extended.")
    expect(other.locator("main")).to_contain_text(f"1 June {year}, 21:00")


def test_a_ballot_and_then_a_person_are_taken_out_by_two_who_both_know_whose(visit: Visit, own_code: str) -> None:
    first, second = visit(OFFICER), visit(SECOND)
    slug = slug_of(first, "voting")
    page = first.open(f"o/r/{slug}/voting")
    for name, button, done in (
        ("void_ballot", "Take a ballot out", "A ballot of this person no longer counts"),
        ("remove_elector", "Take a person off", "The person is off the roll."),
    ):
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_label("Reference or voting code").fill("nobody at all")
        page.get_by_label(re.compile("^Why ")).fill("A stolen letter.")
        page.get_by_role("button", name="Ask a second officer").click()
        expect(page.locator("#problems")).to_contain_text("Nobody on this roll has that reference or voting code")
        first.check(name)
        page.get_by_label("Reference or voting code").fill(own_code)
        page.get_by_role("button", name="Ask a second officer").click()
        expect(page.locator("#done")).to_contain_text("Asked.")
        other = second.open(f"o/r/{slug}/voting")
        panel = other.locator(f"#two-{name}")
        panel.get_by_role("button").click()
        expect(other.locator("#problems")).to_contain_text(re.compile("Enter the person.s reference or voting code"))
        panel.get_by_label("Reference or voting code").fill("somebody else")
        panel.get_by_role("button").click()
        expect(other.locator("#problems")).to_contain_text("Nobody on this roll")
        second.check(f"{name}-theirs")
        panel.get_by_label("Reference or voting code").fill(own_code.lower())
        panel.get_by_role("button").click()
        expect(other.locator("#done")).to_contain_text(done)
    poll = first.api(f"rounds/{slug}")["poll"]["id"]
    answer = first.context.request.post(f"{first.base}/api/polls/{poll}/code", data={"code": own_code})
    assert answer.json()["code"] == "not_on_the_roll"


@WIDTHS
def test_somebody_comes_on_the_roll_late_and_the_second_officer_hands_the_code_over(visit: Visit, width: int) -> None:
    first, second = visit(OFFICER, width), visit(SECOND, width)
    slug = slug_of(first, "voting")
    page = first.open(f"o/r/{slug}/voting")
    page.get_by_role("button", name="Put a person on the roll").click()
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#problems li")).to_have_count(3)
    first.check("late-form")
    page.get_by_label("Reference of the new person").fill(f"Desk {width}")
    page.get_by_role("radio", name="They showed a document with a photo").check()
    page.get_by_label("Why so late?").fill("Moved here last week.")
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#done")).to_contain_text("Asked.")
    other = second.open(f"o/r/{slug}/voting")
    panel = other.locator("#two-register_elector")
    expect(panel).to_contain_text("a document with a photo")
    panel.get_by_label("Reference of the new person").fill(f"Desk {width + 1}")
    panel.get_by_role("button").click()
    expect(other.locator("#problems")).to_contain_text("is not quite what was asked for")
    panel.get_by_label("Reference of the new person").fill(f"desk {width}")
    second.check("late-theirs")
    panel.get_by_role("button").click()
    expect(other.locator("#late-code .code-text")).to_have_text(re.compile(r"^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$"))
    second.check("late-code")
    other.emulate_media(media="print")
    expect(other.locator(".code-card")).to_be_visible()
    expect(other.locator(".public-notice")).to_have_count(0)
    other.emulate_media(media="screen")
    other.get_by_role("button", name="I have passed it on").click()
    expect(other.locator("#late-code")).to_have_count(0)
    first.open(f"o/r/{slug}/voting")
    expect(page.locator("main")).to_contain_text("Put a person on the roll")
    expect(page.locator(".code-text")).to_have_count(0)


def test_whoever_asks_second_is_shown_the_first_request(visit: Visit) -> None:
    first, second = visit(OFFICER), visit(SECOND)
    slug = slug_of(first, "voting")
    first.open(f"o/r/{slug}/voting")
    page = second.open(f"o/r/{slug}/voting")
    ask(first.page, "Close the vote early", "The hall burnt down.")
    page.get_by_role("button", name="Close the vote early").click()
    page.get_by_label(re.compile("^Why ")).fill("There is no hall.")
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#problems")).to_contain_text("Another officer has asked for this already")
    expect(page.locator("#two-close_voting")).to_contain_text("The hall burnt down.")
    second.check("asked-already")


@WIDTHS
def test_two_officers_agree_to_what_will_be_on_the_ballot(visit: Visit, width: int) -> None:
    first, second, organiser = visit(OFFICER, width), visit(SECOND, width), visit(ORGANISER)
    slug = slug_of(first, "review")
    address = f"o/r/{slug}/voting"
    page = first.open(address)
    if page.get_by_text("Before two officers can agree").is_visible():
        expect(page.get_by_role("button", name="Agree to open the vote")).to_have_count(0)
        first.check("opening-early")
        _decide_everything(first, slug)
    _reword(organiser, slug, f"Everybody over 11, on a screen of {width}.")
    page = first.open(address)
    page.get_by_role("button", name=re.compile("^Try the keys")).click()
    expect(page.locator("#done")).to_have_text("The keys work: a trial ballot was sealed and opened again.")
    first.check("rehearsed")
    page.get_by_role("button", name="Agree to open the vote").click()
    expect(page.locator("#done")).to_contain_text("You have agreed.")
    _reword(organiser, slug, f"Everybody over 12, on a screen of {width}.")
    other = second.open(address)
    expect(other.locator("main")).to_contain_text("is not what is set up now. Please look again")
    expect(other.locator("#two-open_voting")).to_have_count(0)
    second.check("opening-stale")
    other.get_by_role("button", name="Agree to open the vote").click()
    expect(other.locator("#done")).to_contain_text("You have agreed.")
    first.open(address)
    expect(page.locator("main")).to_contain_text("Everybody over 12")
    first.check("opening-theirs")
    page.get_by_role("button", name="I agree too").click()
    expect(page.locator("#done")).to_have_text("Two officers have agreed.")
    expect(page.locator("main")).to_contain_text("Ruth Officer and Omar Officer agreed to open the vote")
    first.check("opening-agreed")


def _decide_everything(desk: Desk, slug: str) -> None:
    for one in desk.api(f"rounds/{slug}/review?status=submitted")["items"]:
        body = {"decision": "accepted", "reason": "Good.", "checks": CHECKS, "cost": None, "version": one["version"]}
        address = f"{desk.base}/api/rounds/{slug}/proposals/{one['number']}/decision"
        assert desk.context.request.post(address, data=body).ok


def _reword(desk: Desk, slug: str, eligibility: str) -> None:
    setup = desk.api(f"rounds/{slug}/setup")
    names = ("title", "description", "confirmed_by", "challenge_days", "advisory", "version")
    body = {name: setup[name] for name in names} | {"eligibility": eligibility}
    assert desk.context.request.put(f"{desk.base}/api/rounds/{slug}/setup/about", data=body).ok


@WIDTHS
def test_the_notice_of_the_vote_prints_alone(visit: Visit, width: int) -> None:
    desk = visit(OFFICER, width)
    slug = slug_of(desk, "voting")
    page = desk.open(f"o/r/{slug}/voting")
    keys = desk.api(f"rounds/{slug}/keys")
    sheet = page.locator(".public-notice")
    expect(sheet).to_contain_text(keys["log_key"])
    expect(sheet).to_contain_text(keys["seal_key"])
    page.emulate_media(media="print")
    expect(sheet).to_be_visible()
    assert page.locator("main").inner_text().strip().startswith(sheet.inner_text().strip()[:40])
    expect(page.get_by_role("heading", name="Change the course of the vote")).to_be_hidden()
    expect(page.get_by_role("button", name="Print the notice")).to_be_hidden()


@WIDTHS
def test_an_organiser_lets_a_board_keep_the_key(visit: Visit, width: int) -> None:
    desk, officer = visit(ORGANISER, width), visit(OFFICER)
    slug = slug_of(desk, "draft")
    page = desk.open(f"o/r/{slug}/voting")
    page.get_by_role("button", name=re.compile("^Try the keys")).click()
    expect(page.locator(".public-notice")).to_be_visible()
    page.get_by_text("Let somebody else keep the key").click()
    expect(page.locator("#f-keys")).to_contain_text("a notice that was printed with it is worth nothing")
    desk.check("custody")
    page.get_by_role("button", name="Let a board keep the key").click()
    expect(page.locator("#done")).to_contain_text("A board keeps the key from now on")
    expect(page.locator("#f-keys code")).to_have_text(f"pbvote keys board {slug} --vote 1")
    expect(page.locator(".public-notice")).to_have_count(0)
    desk.check("custody-board")
    other = officer.open(f"o/r/{slug}/voting")
    expect(other.get_by_text("Let somebody else keep the key")).to_have_count(0)
    page.get_by_text("Let somebody else keep the key").click()
    page.get_by_role("button", name="Let this service keep the key").click()
    expect(page.locator("#done")).to_contain_text("This service keeps the key from now on")
