"""Comments over HTTP: when they are closed, who may take one back, what the public reads of what was hidden."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, text

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.deliberation import finding, service
from pbvote.deliberation.models import Comment, CommentFlag
from pbvote.keys import Keys
from pbvote.proposals.service import proposal_of
from pbvote.rounds.models import Round
from tests.conftest import SettableClock, browser
from tests.deliberation.talking import SLUG, TOKENS, flag, let_talk, said, say, shown, talk
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote

OFFICER, ELSEWHERE, CLERK = "officer@example.org", "elsewhere@example.org", "clerk@example.org"


@dataclass(frozen=True)
class Room:
    """A round in review where people talk: somebody from the street, an officer, one of another forum, a clerk."""

    resident: httpx.AsyncClient
    officer: httpx.AsyncClient
    elsewhere: httpx.AsyncClient
    clerk: httpx.AsyncClient


@pytest.fixture
async def room(app: Litestar, database: Database) -> AsyncIterator[Room]:
    await make_people(database)
    await make_round(database)
    await let_talk(database)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(browser(app)) for _ in range(4)]
        for client, email in zip(clients[1:], (OFFICER, ELSEWHERE, CLERK), strict=True):
            await let_in(database, client, email)
        yield Room(*clients)


async def hide(client: httpx.AsyncClient, id_: str, reason: str = "It is about a neighbour.") -> httpx.Response:
    return await client.post(f"/api/rounds/{SLUG}/comments/{id_}/hide", json={"reason": reason})


async def show(client: httpx.AsyncClient, id_: str) -> httpx.Response:
    return await client.post(f"/api/rounds/{SLUG}/comments/{id_}/show")


async def moderation(client: httpx.AsyncClient, which: str = "todo") -> list[dict[str, object]]:
    answer = await client.get(f"/api/rounds/{SLUG}/moderation", params={"which": which})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


async def test_a_round_without_comments_takes_none(room: Room, database: Database) -> None:
    await let_talk(database, "off")
    refused = await say(room.resident)
    assert (refused.status_code, refused.json()["code"]) == (409, "comments_are_closed")
    assert refused.json()["reasons"][0]["code"] == "comments_off"


async def test_nobody_comments_while_voting_is_open_and_everybody_reads(
    room: Room, database: Database, keys: Keys, clock: SettableClock
) -> None:
    first = await said(room.resident)
    await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    for client in (room.resident, room.officer):
        refused = await say(client)
        assert (refused.status_code, refused.json()["code"]) == (409, "comments_are_closed")
    found = await talk(room.resident)
    assert (found["open"], found["count"], found["supports"], shown(found)) == (False, None, None, ["A good idea."])
    assert (await flag(room.resident, first["id"])).status_code == 204
    assert (await hide(room.officer, first["id"])).status_code == 200
    assert (await show(room.officer, first["id"])).status_code == 200  # undone


async def test_what_waits_is_not_shown_first_while_voting_is_open(
    room: Room, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await let_talk(database, "checked")
    waiting = await said(room.resident)
    await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    refused = await show(room.officer, waiting["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "comments_are_closed")
    assert shown(await talk(room.resident)) == []


async def test_one_replies_to_comments_that_are_there_and_to_no_reply(room: Room) -> None:
    first = await said(room.resident)
    other = await said(room.resident, "Elsewhere.", number=2)
    reply = await said(room.officer, "Thank you.", parent=first["id"])
    gone = await said(room.resident, "Oh no.")
    await hide(room.officer, gone["id"])
    for parent in (str(uuid4()), reply["id"], other["id"], gone["id"]):
        assert (await say(room.resident, parent=parent)).status_code == 404
    [item, _] = (await talk(room.resident))["items"]
    assert [(one["official"], one["name"]) for one in (item, *item["replies"])] == [(False, "Kim"), (True, "Kim")]


async def test_a_thread_has_an_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_REPLIES", 2)
    first = await said(room.resident)
    for _ in range(2):
        await said(room.resident, "So it is.", parent=first["id"])
    refused = await say(room.resident, "And more.", parent=first["id"])
    assert refused.json()["reasons"][0]["code"] == "thread_full"


async def test_hostile_words_are_only_words(room: Room) -> None:
    attack = '<script>alert(1)</script> https://evil.example/"><img src=x onerror=alert(1)>'
    await said(room.resident, attack)
    [item] = (await talk(room.resident))["items"]
    assert "".join(part["text"] for part in item["parts"]) == attack
    assert [part["href"] for part in item["parts"] if part["href"]] == ["https://evil.example/"]


async def test_in_a_round_that_checks_nothing_shows_before_an_officer_looked(room: Room, database: Database) -> None:
    await let_talk(database, "checked")
    waiting = await said(room.resident)
    assert waiting["state"] == "waiting"
    assert (await said(room.officer, "From the forum."))["state"] == "shown"
    assert shown(await talk(room.resident)) == ["From the forum."]
    assert (await flag(room.resident, waiting["id"])).status_code == 404
    assert [one["state"] for one in await moderation(room.officer)] == ["waiting"]
    assert (await show(room.officer, waiting["id"])).status_code == 200
    assert shown(await talk(room.resident)) == ["A good idea.", "From the forum."]


async def test_only_officers_of_the_forum_moderate(room: Room, database: Database) -> None:
    written = await said(room.resident)
    for client in (room.resident, room.elsewhere, room.clerk):
        assert (await hide(client, written["id"])).status_code in {401, 403}
        assert (await show(client, written["id"])).status_code in {401, 403}
        assert (await client.get(f"/api/rounds/{SLUG}/moderation")).status_code in {401, 403}
    await make_round(database, "castle-hill-2026", forum="castle-hill")
    through = await room.elsewhere.post(
        f"/api/rounds/castle-hill-2026/comments/{written['id']}/hide", json={"reason": "Through my own round."}
    )
    assert through.status_code == 404
    assert shown(await talk(room.resident)) == ["A good idea."]


async def test_the_public_reads_why_something_was_hidden(room: Room, database: Database) -> None:
    written = await said(room.resident, "Something bad about a neighbour.")
    await said(room.resident, "I agree.", parent=written["id"])
    assert (await hide(room.officer, written["id"], "")).status_code == 400
    assert (await hide(room.officer, written["id"])).status_code == 200
    answer = await room.resident.get(f"/api/rounds/{SLUG}/proposals/1/comments")
    assert "neighbour." in answer.text
    assert "Something bad" not in answer.text
    assert shown(answer.json()) == ["hidden: It is about a neighbour.", "I agree."]
    assert [one["state"] for one in await moderation(room.officer, "hidden")] == ["hidden"]
    await show(room.officer, written["id"])
    assert shown(await talk(room.resident)) == ["Something bad about a neighbour.", "I agree."]
    async with database.session(write=False) as db:
        kinds = list(
            await db.scalars(select(AuditEvent.kind).where(AuditEvent.round_id.is_not(None)).order_by(AuditEvent.id))
        )
        told = str(list(await db.scalars(select(AuditEvent.data))))
    assert kinds == ["comment_written", "comment_written", "comment_hidden", "comment_shown"]
    assert "Something bad" not in told
    assert "Kim" not in told


async def test_a_flag_counts_once_for_each_browser_and_hides_nothing(room: Room, database: Database) -> None:
    written = await said(room.resident)
    assert (await flag(room.resident, written["id"], "not hex")).status_code == 400
    assert (await flag(room.resident, str(uuid4()))).status_code == 404
    for reason in ("", "It is rude.", "Something else."):
        assert (await flag(room.resident, written["id"], reason=reason)).status_code == 204
    [item] = await moderation(room.officer)
    assert (item["flags"], item["alert"]) == (["It is rude."], False)
    for token in TOKENS[1:3]:
        await flag(room.resident, written["id"], token)
    [item] = await moderation(room.officer)
    assert item["alert"] is True
    assert (await room.officer.get("/api/officer/talk")).json()["items"] == [
        {"round": SLUG, "waiting": 0, "flagged": 1, "alerts": 1, "questions": 0}
    ]
    assert (await room.elsewhere.get("/api/officer/talk")).json() == {"items": []}
    assert shown(await talk(room.resident)) == ["A good idea."]
    await show(room.officer, written["id"])
    assert await moderation(room.officer) == []
    async with database.session(write=False) as db:
        assert TOKENS[0].encode() not in b"".join(await db.scalars(select(CommentFlag.flagger)))


async def test_whoever_has_the_key_takes_a_comment_back_for_good(room: Room, database: Database) -> None:
    written = await said(room.resident, "I should not have said Popocatepetl.")
    removal = f"/api/rounds/{SLUG}/comments/{written['id']}/removal"
    wrong = await room.officer.post(removal, json={"key": "K7QF-2MXR-9CVW-TN3H"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_key")
    await said(room.resident, "A reply.", parent=written["id"])
    assert (await room.resident.post(removal, json={"key": written["key"].lower()})).status_code == 204
    assert (await room.resident.post(removal, json={"key": written["key"]})).status_code == 404
    assert shown(await talk(room.resident)) == ["removed: ", "A reply."]
    assert (await talk(room.resident))["count"] == 1
    async with database.session(write=False) as db:
        stored = (await db.execute(text("SELECT name, text FROM comments WHERE state = 'removed'"))).one()
    assert tuple(stored) == ("", "")


async def test_a_long_list_goes_on_where_it_ended(
    room: Room, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "AT_ONCE", 3)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        proposal = await proposal_of(db, round_, 1)
        db.add_all(comment_at(number, round_.id, proposal.id, round_.created_at) for number in range(7))
    read: list[str] = []
    after: str | None = None
    for _ in range(3):
        found = await talk(room.resident, after=after)
        read += shown(found)
        after = found["items"][-1]["id"]
    assert (read, found["more"], found["count"]) == ([f"Number {number}" for number in range(7)], False, 7)


def comment_at(number: int, round_id: UUID, proposal_id: UUID, moment: object) -> Comment:
    """A comment from long ago."""
    values = {"round_id": round_id, "proposal_id": proposal_id, "parent_id": None, "written_at": moment}
    return Comment(
        id=UUID(int=(7 << 76) | (2 << 62) | number),
        **values,
        name="Kim",
        text=f"Number {number}",
        official=False,
        state="shown",
        reason="",
        key_hash=b"",
    )


async def test_too_many_from_one_network_are_refused(room: Room) -> None:
    codes = [(await say(room.resident)).status_code for _ in range(31)]
    assert codes == [201] * 30 + [429]
