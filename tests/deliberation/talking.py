"""Rounds in which people talk, and what they say, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
from sqlalchemy import select

from pbvote.db import Database
from pbvote.rounds.models import Round

SLUG = "harbourside-2026"
TOKENS = [f"{number:032x}" for number in range(1, 9)]


async def let_talk(database: Database, comments: str = "open", *, supports: bool = True, slug: str = SLUG) -> None:
    """Let people comment on a round's proposals, and back them."""
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == slug))).one()
        round_.comments, round_.supports = comments, supports


async def say(
    client: httpx.AsyncClient, text: str = "A good idea.", number: int = 1, parent: str | None = None
) -> httpx.Response:
    body = {"name": "Kim", "text": text, "parent": parent}
    return await client.post(f"/api/rounds/{SLUG}/proposals/{number}/comments", json=body)


async def said(client: httpx.AsyncClient, text: str = "A good idea.", **more: Any) -> dict[str, str]:
    """A comment that was taken."""
    answer = await say(client, text, **more)
    assert answer.status_code == 201, answer.text
    written: dict[str, str] = answer.json()
    return written


async def talk(client: httpx.AsyncClient, number: int = 1, *, after: str | None = None) -> dict[str, Any]:
    query = {} if after is None else {"after": after}
    answer = await client.get(f"/api/rounds/{SLUG}/proposals/{number}/comments", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def back(client: httpx.AsyncClient, token: str, number: int = 1, *, supports: bool = True) -> httpx.Response:
    return await client.put(
        f"/api/rounds/{SLUG}/proposals/{number}/support", json={"token": token, "supports": supports}
    )


async def flag(client: httpx.AsyncClient, id_: str, token: str = TOKENS[0], reason: str = "") -> httpx.Response:
    return await client.post(f"/api/rounds/{SLUG}/comments/{id_}/flag", json={"token": token, "reason": reason})


async def ask(client: httpx.AsyncClient, text: str = "Who mows it?", number: int | None = None) -> httpx.Response:
    return await client.post(f"/api/rounds/{SLUG}/questions", json={"number": number, "name": "Kim", "text": text})


async def questions(client: httpx.AsyncClient, number: int | None = None) -> dict[str, Any]:
    answer = await client.get(f"/api/rounds/{SLUG}/questions", params={} if number is None else {"number": number})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def words(parts: list[dict[str, str]]) -> str:
    return "".join(part["text"] for part in parts)


def shown(found: dict[str, Any]) -> list[str]:
    """What can be read of a list of comments or questions, replies after what they reply to."""
    return [
        words(one["parts"]) or f"{one['state']}: {one['reason']}"
        for item in found["items"]
        for one in (item, *item.get("replies", []))
    ]
