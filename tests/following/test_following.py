"""Following by e-mail: what is told to nobody, what is told to whom, and how it ends."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, text

from pbvote.db import Database
from pbvote.following import telling
from pbvote.following.models import Follower, Following, FollowRequest, News, Told
from pbvote.following.service import GOOD_FOR, MOST
from pbvote.following.telling import KEPT_FOR, forget_what_is_over, send_daily, tell
from pbvote.following.tokens import follower_token, read_token
from pbvote.following.writing import FollowWriter
from pbvote.keys import Keys
from pbvote.notices.mailers import TryLater
from pbvote.notices.models import Outgoing
from pbvote.notices.sending import send_waiting
from pbvote.notices.service import put
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.service import begin
from pbvote.settings import Mail, Settings
from tests.conftest import BASE_URL, SettableClock, browser
from tests.deliberation.talking import SLUG, ask, let_talk, said
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote
from tests.notices.smtp import Post, serving
from tests.notices.test_mailers import smtp
from tests.notices.test_sending import Postbox
from tests.roll.test_at_rest import files_of

pytestmark = pytest.mark.new_database

ANN, BOB, NOBODY = "Ann.Quetzal@example.net", "bob@example.net", "nobody@example.net"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a way out for e-mail."""
    return replace(settings, mail=Mail("news@example.org", folder=tmp_path / "mail"))


@dataclass(frozen=True)
class Forum:
    """A forum with a round in review, an officer, and the mail that goes out."""

    app: Litestar
    client: httpx.AsyncClient
    officer: httpx.AsyncClient
    database: Database
    keys: Keys
    clock: SettableClock
    post: Postbox = field(default_factory=Postbox)

    @property
    def writer(self) -> FollowWriter:
        return FollowWriter(self.app.state["writer"])

    async def ask(self, email: str = ANN, kind: str = "round", how: str = "at_once", **more: Any) -> httpx.Response:
        slug = {"forum": "harbourside"}.get(kind, SLUG)
        number = 1 if kind == "proposal" else None
        body = {"kind": kind, "slug": slug, "number": number, "email": email, "how": how} | more
        return await self.client.post("/api/following", json=body)

    async def post_out(self) -> list[tuple[str, EmailMessage]]:
        """The mail that went out since the last time."""
        self.post.taken.clear()
        await send_waiting(self.database, self.keys, self.post)
        return sorted(self.post.taken, key=lambda one: one[0])

    async def follow(self, email: str = ANN, kind: str = "round", how: str = "at_once") -> str:
        """Ask, and confirm with what came by mail: the follower's token."""
        assert (await self.ask(email, kind, how)).status_code == 202
        [(to, message)] = await self.post_out()
        assert to == email
        answer = await self.client.post("/api/following/confirm", json={"token": token_in(message)})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token"]
        return token

    async def news(self) -> list[tuple[str, str, str]]:
        """To whom, subject and text of the news that go out now, in no order."""
        await tell(self.database, self.keys, self.writer)
        return sorted((to, str(one["Subject"]), str(one.get_content())) for to, one in await self.post_out())

    async def mine(self, token: str) -> httpx.Response:
        return await self.client.post("/api/following/mine", json={"token": token})

    async def stop(self, token: str, id_: str | None = None) -> httpx.Response:
        return await self.client.post("/api/following/stop", json={"token": token, "id": id_})

    async def enter(self, phase: Phase, reason: str = "") -> None:
        async with self.database.session(write=True) as db:
            await begin(db, (await db.scalars(select(Round).where(Round.slug == SLUG))).one(), phase, None, reason)

    async def rows(self, model: Any) -> int:
        async with self.database.session(write=False) as db:
            return (await db.execute(select(func.count()).select_from(model))).scalar_one()


@pytest.fixture
async def forum(app: Litestar, database: Database, keys: Keys, clock: SettableClock) -> AsyncIterator[Forum]:
    await make_people(database)
    await make_round(database)
    await let_talk(database)
    async with AsyncExitStack() as stack:
        client, officer = [await stack.enter_async_context(browser(app)) for _ in range(2)]
        await let_in(database, officer, "officer@example.org")
        yield Forum(app, client, officer, database, keys, clock)


def token_in(message: EmailMessage) -> str:
    [token] = re.findall(rf"{BASE_URL}/en/following#confirm=(\S+)", str(message.get_content()))
    return str(token)


async def test_without_mail_nobody_is_promised_any(forum: Forum) -> None:
    forum.app.state["settings"] = replace(forum.app.state["settings"], mail=None)
    refused = await forum.ask()
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (400, "no_mail")
    assert (await forum.client.get("/api/following")).json() == {"possible": False}


CANNOT_BE_FOLLOWED: list[tuple[dict[str, Any], int]] = [
    ({"email": "kim"}, 400),
    ({"email": "kim@example.org\nBcc: all@example.org"}, 400),
    ({"slug": "no-such-round"}, 404),
    ({"kind": "proposal"}, 400),
    ({"kind": "proposal", "number": 99}, 404),
    ({"number": 1}, 400),
    ({"how": "hourly"}, 400),
    ({"kind": "officer"}, 400),
]


async def test_what_cannot_be_followed(forum: Forum) -> None:
    for change, status in CANNOT_BE_FOLLOWED:
        body = {"kind": "round", "slug": SLUG, "number": None, "email": ANN, "how": "daily"} | change
        assert (await forum.client.post("/api/following", json=body)).status_code == status, change
    assert await forum.rows(Outgoing) == 0


async def test_a_round_that_is_no_rehearsal_and_public_alone_can_be_followed(forum: Forum) -> None:
    async with forum.database.session(write=True) as db:
        (await db.scalars(select(Round))).one().rehearsal = True
    assert (await forum.ask()).status_code == 404
    async with forum.database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        round_.rehearsal, round_.opened_at = False, None
    assert (await forum.ask()).status_code == 404


async def test_the_answer_does_not_tell_whether_an_address_is_known(forum: Forum) -> None:
    await forum.follow(BOB)
    known, unknown = await forum.ask(BOB), await forum.ask(NOBODY)
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text) == (202, '{"hours":24}')
    said_to = {to: re.sub(r"#\S+", "", str(one.get_content())) for to, one in await forum.post_out()}
    assert said_to[BOB] == said_to[NOBODY]


async def test_an_address_gets_few_links_in_a_day_and_the_answer_stays_the_same(forum: Forum) -> None:
    answers = [await forum.ask(email) for email in [ANN] * (MOST + 1)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"hours":24}')}
    async with forum.database.session(write=False) as db:
        assert len({len(sealed) for sealed in await db.scalars(select(Outgoing.sealed))}) == 1
    assert len(await forum.post_out()) == MOST
    forum.clock.advance(hours=25)
    await forum.ask(ANN)
    assert len(await forum.post_out()) == 1


async def test_nothing_is_stored_of_an_address_that_nobody_confirmed(forum: Forum) -> None:
    await forum.ask()
    [(_, message)] = await forum.post_out()
    assert (await forum.rows(Follower), await forum.rows(Following)) == (0, 0)
    forum.clock.advance(hours=24)
    late = await forum.client.post("/api/following/confirm", json={"token": token_in(message)})
    assert (late.status_code, late.json()["code"]) == (410, "follow_link_does_not_work")
    await forget_what_is_over(forum.database)
    assert await forum.rows(FollowRequest) == 0


async def test_a_link_works_once(forum: Forum) -> None:
    await forum.ask()
    [(_, message)] = await forum.post_out()
    confirmations = [
        (await forum.client.post("/api/following/confirm", json={"token": token})).status_code
        for token in ("x", token_in(message), token_in(message))
    ]
    assert confirmations == [410, 200, 410]


async def test_words_of_residents_are_not_sent_to_whom_somebody_names(forum: Forum) -> None:
    await forum.ask(kind="proposal")
    [(_, message)] = await forum.post_out()
    assert "Proposal 1" not in str(message.get_content())
    assert "proposal number 1 in Harbourside budget 2026" in str(message.get_content())


async def test_a_made_up_token_is_nobodys(forum: Forum) -> None:
    token = await forum.follow()
    follower = read_token(forum.keys, token)
    assert follower
    assert follower_token(forum.keys, follower) == token
    other = follower_token(replace(forum.keys, pepper=bytes(32)), follower)
    for wrong in ("", "x", "é", "A" * 43, other, token[:-1], token + "A"):
        assert (await forum.mine(wrong)).status_code == 410
        assert (await forum.stop(wrong)).status_code == 410
    assert (await forum.client.post(f"/api/following/unsubscribe/{other}")).status_code == 410
    assert (await forum.mine(token)).status_code == 200


async def test_somebody_else_s_following_is_not_ended(forum: Forum) -> None:
    ann, bob = await forum.follow(ANN), await forum.follow(BOB)
    [bobs] = (await forum.mine(bob)).json()["items"]
    assert (await forum.stop(ann, bobs["id"])).status_code == 204
    assert len((await forum.mine(bob)).json()["items"]) == 1


async def test_one_request_of_a_mail_program_ends_everything_and_the_address_is_gone(forum: Forum) -> None:
    await forum.follow()
    await forum.follow(kind="forum")
    await forum.enter(Phase.CANCELLED, "The money is gone.")
    await tell(forum.database, forum.keys, forum.writer)
    [(_, message)] = await forum.post_out()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(message["List-Unsubscribe"]).strip("<>")
    assert address.startswith(f"{BASE_URL}/api/following/unsubscribe/")
    looked = await forum.client.get(address)
    assert (looked.status_code, looked.headers["location"]) == (303, f"/en/following#{address.rpartition('/')[2]}")
    assert await forum.rows(Follower) == 1  # looking ends nothing
    for _ in range(2):
        ended = await forum.client.post(address, data={"List-Unsubscribe": "One-Click"})
        assert ended.status_code == 204
    assert [await forum.rows(model) for model in (Follower, Following)] == [0, 0]


async def test_who_follows_is_told_what_happens_once(forum: Forum) -> None:
    token = await forum.follow(ANN, "forum")
    await forum.follow(ANN, "round")
    await forum.follow(BOB, "proposal")
    assert [one["kind"] for one in (await forum.mine(token)).json()["items"]] == ["forum", "round"]
    await make_codes(forum.database, forum.keys)
    await open_the_vote(forum.database, forum.keys, forum.clock)
    assert [(to, subject) for to, subject, _ in await forum.news()] == [
        (ANN, "Voting is open: Harbourside budget 2026"),
        (BOB, "Voting is open: Harbourside budget 2026"),
    ]
    assert await forum.news() == []


async def test_followers_of_a_proposal_are_told_of_answers_and_replies(forum: Forum) -> None:
    await forum.follow(ANN, "proposal")
    await forum.follow(BOB, "round")
    comment = await said(forum.client, "Who mows it, Popocatepetl?")
    await said(forum.client, "Not you.", parent=comment["id"])  # what residents say is told to nobody
    assert await forum.news() == []
    await said(forum.officer, "We do.", parent=comment["id"])
    for number in (1, None):
        question = (await ask(forum.client, number=number)).json()["id"]
        path = f"/api/rounds/{SLUG}/questions/{question}/answer"
        assert (await forum.officer.post(path, json={"answer": "The council."})).status_code == 204
    found = await forum.news()
    assert [(to, subject) for to, subject, _ in found] == [
        (ANN, "Officers answered a question: Proposal 1 (Harbourside budget 2026)"),
        (ANN, "Officers replied to a comment: Proposal 1 (Harbourside budget 2026)"),
        (BOB, "Officers answered a question: Harbourside budget 2026"),
    ]
    assert "The council." in found[0][2]
    assert not any("Popocatepetl" in said for _, _, said in found)


async def test_rehearsals_tell_nobody(forum: Forum) -> None:
    await forum.follow(ANN, "forum")
    async with forum.database.session(write=True) as db:
        (await db.scalars(select(Round))).one().rehearsal = True
    await forum.enter(Phase.CANCELLED, "Enough.")
    assert await forum.news() == []


async def test_what_happened_before_somebody_followed_is_no_news(forum: Forum) -> None:
    await forum.enter(Phase.CANCELLED, "Enough.")
    forum.clock.advance(seconds=1)
    await forum.follow(ANN, "forum")
    assert await forum.news() == []


async def test_once_a_day_means_one_mail_with_all_that_was_new(forum: Forum) -> None:
    token = await forum.follow(ANN, "proposal", "daily")
    comment = await said(forum.client)
    for _ in range(2):
        await said(forum.officer, "We do.", parent=comment["id"])
    assert await forum.news() == []
    assert await send_daily(forum.database, forum.keys, forum.writer) == 0  # it is nine in the morning
    forum.clock.advance(hours=8)
    assert await send_daily(forum.database, forum.keys, forum.writer) == 1
    [(to, message)] = await forum.post_out()
    assert (to, message["Subject"]) == (ANN, "2 pieces of news from Tarnshire Partnership")
    assert f"{BASE_URL}/en/r/{SLUG}/proposals/1" in str(message.get_content())
    assert await send_daily(forum.database, forum.keys, forum.writer) == 0
    assert await forum.rows(News) == 0
    changed = await forum.client.post("/api/following/how", json={"token": token, "how": "at_once"})
    assert changed.status_code == 204
    await said(forum.officer, "Still.", parent=comment["id"])
    assert len(await forum.news()) == 1


async def test_many_followers_are_told_in_turns_and_each_once(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    names = [f"{number}@example.net" for number in range(5)]
    for name in names:
        await forum.follow(name)
    await forum.enter(Phase.CANCELLED, "Enough.")
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(telling, "put", _fail_the_second_time(put))
        first = [to for to, _, _ in await forum.news()]
    rest = [to for to, _, _ in await forum.news()]
    assert (len(first), len(rest)) == (2, 3)
    assert sorted(first + rest) == names
    async with forum.database.session(write=False) as db:
        assert list(await db.scalars(select(Told.done))) == [True]


def _fail_the_second_time(really: Any) -> Any:
    calls: list[int] = []

    async def sometimes(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("Ann.Quetzal@example.net")
        await really(*arguments)

    return sometimes


async def test_a_follower_sealed_with_other_keys_keeps_nobody_from_their_news(forum: Forum) -> None:
    await forum.follow(ANN)
    await forum.follow(BOB)
    async with forum.database.session(write=True) as db:
        await db.execute(text("UPDATE followers SET sealed = email_hash WHERE id = (SELECT id FROM followers LIMIT 1)"))
    await forum.enter(Phase.CANCELLED, "Enough.")
    assert len(await forum.news()) == 1


async def test_rounds_that_are_long_over_are_followed_by_nobody(forum: Forum) -> None:
    await forum.follow(ANN, "round")
    await forum.follow(ANN, "proposal")
    await forum.follow(BOB, "forum")
    await forum.enter(Phase.CANCELLED, "Enough.")
    forum.clock.advance(seconds=KEPT_FOR.total_seconds() - 1)
    await forget_what_is_over(forum.database)
    assert await forum.rows(Following) == 3
    forum.clock.advance(seconds=1)
    await forget_what_is_over(forum.database)
    assert (await forum.rows(Following), await forum.rows(Follower)) == (1, 1)


async def test_no_address_is_on_the_disk_or_in_the_log(
    forum: Forum, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await forum.follow()
    await forum.ask("another.quetzal@example.net")
    await forum.enter(Phase.CANCELLED, "Because of Ixtlilxochitl.")
    await tell(forum.database, forum.keys, forum.writer)
    forum.post.trouble = {ANN: [TryLater("451")]}
    await forum.post_out()
    stored = files_of(database_url).lower()
    assert b"ixtlilxochitl" in stored  # what is stored in plain is found this way
    assert b"quetzal" not in stored
    assert "quetzal" not in caplog.text.lower()


async def test_news_go_out_over_a_real_server(forum: Forum) -> None:
    await forum.follow()
    await forum.enter(Phase.CANCELLED, "The money is gone.")
    await tell(forum.database, forum.keys, forum.writer)
    with serving(Post()) as post:
        assert await send_waiting(forum.database, forum.keys, smtp(post), "Tarnshire Partnership") == 1
    [(to, message)] = post.received
    assert (to, message["Subject"]) == (ANN, "The round was cancelled: Harbourside budget 2026")
    assert re.fullmatch(rf"<{BASE_URL}/api/following/unsubscribe/[\w-]{{43}}>", str(message["List-Unsubscribe"]))
    assert "The money is gone." in str(message.get_content())


def test_the_numbers_are_those_of_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operating.md").read_text()
    assert f"{KEPT_FOR.days} days" in page
    assert f"{int(GOOD_FOR.total_seconds()) // 3600} hours" in page
