"""What residents say and follow, in Chromium, and what officers do with it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desks import OFFICER, ORGANISER, WIDTHS, Desk, Visit

pytestmark = [pytest.mark.browser]

IDEAS, VOTING = "castle-hill-spring-fund", "harbourside-budget-2026"
RUDE = 'Rubbish <b>idea</b> of https://evil.example/"onclick="x'


def let_talk(visit: Visit, comments: str) -> None:
    """Let people talk about the ideas of a round."""
    desk = visit(ORGANISER)
    version = desk.api(f"rounds/{IDEAS}/setup")["version"]
    body = {"comments": comments, "supports": True, "checked_within": 5, "version": version}
    answer = desk.context.request.put(f"{desk.base}/api/rounds/{IDEAS}/setup/talk", data=body)
    assert answer.ok, answer.text()


def say(desk: Desk, text: str, number: int = 1, parent: str | None = None) -> str:
    """A comment over the API; its id."""
    body = {"name": "Jo", "text": text, "parent": parent}
    path = f"{desk.base}/api/rounds/{IDEAS}/proposals/{number}/comments"
    answer = desk.context.request.post(path, data=body)
    assert answer.ok, answer.text()
    return str(answer.json()["id"])


@WIDTHS
def test_a_resident_supports_comments_replies_reports_and_takes_back(visit: Visit, width: int) -> None:
    let_talk(visit, "open")
    desk = visit(None, width)
    other = say(desk, f"{RUDE} {width}", number=2)
    page = desk.open(f"r/{IDEAS}/proposals/2")
    section = page.locator("section.comments", has=page.get_by_role("heading", name=re.compile("^Comments")))
    expect(section.get_by_text(f"{RUDE} {width}")).to_be_visible()  # as it was typed, and nothing more
    link = section.get_by_role("link", name="https://evil.example/", exact=True).last
    assert link.get_attribute("rel") == "nofollow ugc noopener"
    section.get_by_role("button", name="Send the comment").click()
    expect(page.locator("#problems")).to_be_focused()
    desk.check()
    section.get_by_label("Your name").fill("Kim")
    section.get_by_label("Your comment").fill("I would use it every day.\n\nSo would my neighbours.")
    section.get_by_role("button", name="Send the comment").click()
    expect(page.locator(".said-note")).to_be_focused()
    mine = section.locator("li.said", has_text="every day").last
    mine.get_by_role("button", name="Reply").click()
    mine.get_by_label("Your comment").fill(f"And I, {width}.")
    mine.get_by_role("button", name="Send the reply").click()
    expect(section.locator(".talk .talk li", has_text=f"And I, {width}.")).to_be_visible()
    rude = page.locator(f"#comment-{other}")
    rude.get_by_role("button", name="Report").click()
    rude.get_by_label("What is wrong with it?").fill("It is rude.")
    page.get_by_role("button", name="I support this idea").click()
    expect(page.get_by_role("button", name="You support this idea")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Support is not a vote")).to_be_visible()
    desk.check("proposal-comments")
    rude.get_by_role("button", name="Tell the officers").click()
    expect(page.locator(".said-note")).to_contain_text("An officer reads what you wrote.")
    mine.get_by_role("button", name="Remove").first.click()
    expect(section.get_by_text("Removed by whoever wrote it.").last).to_be_visible()
    page.get_by_role("button", name="Ask the officers a question").click()
    expect(page.get_by_label("Your question")).to_be_visible()
    page.locator("#f-question-name").fill("Kim")
    page.get_by_label("Your question").fill("Who mows it?")
    page.get_by_role("button", name="Send the question").click()
    expect(page.get_by_text("Not answered yet.").last).to_be_visible()
    desk.check("proposal-questions")


@WIDTHS
def test_while_voting_is_open_nothing_is_counted_and_one_can_still_ask(visit: Visit, width: int) -> None:
    desk = visit(None, width)
    page = desk.open(f"r/{VOTING}")
    page.get_by_role("button", name="Ask the officers a question").click()
    expect(page.get_by_text("public as soon as an officer has answered")).to_be_visible()
    page.locator("#f-question-name").fill("Kim")
    page.get_by_label("Your question").fill("Where is the hall?")
    page.get_by_role("button", name="Send the question").click()
    expect(page.locator(".said-note")).to_contain_text("shows here when an officer has answered it")
    desk.check("round-questions")
    page = desk.open(f"r/{VOTING}/proposals/1")
    expect(page.get_by_role("heading", name="Questions about this proposal")).to_be_visible()
    assert page.locator("#talk").inner_text() == ""
    desk.check()


@WIDTHS
def test_an_officer_looks_at_what_was_said_and_answers(visit: Visit, width: int) -> None:
    let_talk(visit, "checked")
    desk = visit(None, width)
    waiting = say(desk, f"A waiting word, {width}.")
    asked = desk.context.request.post(
        f"{desk.base}/api/rounds/{IDEAS}/questions", data={"number": 1, "name": "Jo", "text": f"How long, {width}?"}
    )
    assert asked.ok
    officer = visit(OFFICER, width)
    page = officer.open("o")
    page.get_by_role("link", name=re.compile("comments? waits? for you")).first.click()
    officer.drawn()
    officer.check("officer-comments")
    item = page.locator("li.todo", has_text=f"A waiting word, {width}.")
    item.get_by_role("button", name="Hide").click()
    item.get_by_role("button", name="Hide it").click()
    expect(page.locator("#problems")).to_be_focused()
    item.get_by_label("Why do you hide it?").fill("It is about a neighbour.")
    officer.check()
    item.get_by_role("button", name="Hide it").click()
    expect(page.locator("#done")).to_contain_text("The comment is hidden")
    page.get_by_label("Show", exact=True).select_option("questions")
    question = page.locator("li.todo", has_text=f"How long, {width}?")
    question.get_by_role("button", name="Answer").click()
    question.get_by_label("Your answer").fill("A year.")
    officer.check("officer-questions")
    question.get_by_role("button", name="Answer").click()
    expect(page.locator("#done")).to_contain_text("The question is answered")
    page = desk.open(f"r/{IDEAS}/proposals/1")
    expect(page.get_by_text("Hidden by an officer: It is about a neighbour.").first).to_be_visible()
    expect(page.locator(".answer", has_text="A year.").first).to_be_visible()
    assert waiting in page.content()
    desk.check()


@WIDTHS
def test_somebody_follows_a_forum_confirms_looks_and_stops(visit: Visit, width: int) -> None:
    desk = visit(None, width)
    page = desk.open("f/harbourside")
    page.get_by_text("Follow this forum by email").click()
    page.get_by_role("button", name="Send me a link").click()
    expect(page.locator("#problems")).to_contain_text("Enter an email address such as kim@example.org")
    page.get_by_label("Your email address").fill(f"kim-{width}@tarnshire.example")
    page.get_by_label("Once a day at most").check()
    desk.check("forum-follow")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.locator(".said-note")).to_contain_text("within 24 hours")
    desk.check()
    followed = [
        {"id": "1", "kind": "forum", "title": "Harbourside Community Forum", "path": ["f", "harbourside"]},
        {"id": "2", "kind": "proposal", "title": "A bench <b>here</b>", "path": ["r", VOTING, "proposals", 1]},
    ]
    written: list[tuple[str, object]] = []

    def answer(route: Route) -> None:
        what = route.request.url.rpartition("/")[2]
        written.append((what, route.request.post_data_json))
        if what == "confirm":
            route.fulfill(json={"title": "Harbourside Community Forum", "path": ["f", "harbourside"], "token": "own"})
        elif what == "mine":
            route.fulfill(json={"how": "daily", "items": followed})
        else:
            route.fulfill(status=204)

    page.route("**/api/following/*", answer)
    page = desk.open("following#confirm=a-token")
    desk.check("following-confirm")
    assert written == []  # looking at the page confirms nothing
    page.get_by_role("button", name="Yes, write to me").click()
    expect(page.locator("#done")).to_be_focused()
    expect(page).to_have_url(re.compile("#own$"))
    page.get_by_label("Each time something happens").check()
    page.get_by_role("button", name="A bench <b>here</b>").click()
    desk.check("following")
    page.get_by_role("button", name="Stop, and delete my address").click()
    expect(page.locator("#done")).to_contain_text("Your address is deleted.")
    desk.check()
    assert written == [
        ("confirm", {"token": "a-token"}),
        ("mine", {"token": "own"}),
        ("how", {"token": "own", "how": "at_once"}),
        ("stop", {"token": "own", "id": "2"}),
        ("stop", {"token": "own", "id": None}),
    ]
    page.unroute("**/api/following/*")
    page.goto("about:blank")
    page = desk.open("following#nobodys")
    expect(page.get_by_text("You follow nothing with this link.")).to_be_visible()
    desk.check()
