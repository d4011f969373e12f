"""The pages for voting without JavaScript in tests: what a form sends, and what the answer shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import html5lib
import httpx
from sqlalchemy import select

from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.rounds.models import Round
from tests.voting.looking import ballots_that_count

SLUG = "harbourside-2026"
PATH = f"/en/r/{SLUG}/plain"
Form = Sequence[tuple[str, str]]


def form(code: str, *marks: tuple[str, str], act: str = "check") -> list[tuple[str, str]]:
    return [("order", "7"), *marks, ("code", code), ("eligible", "yes"), ("act", act)]


def ticks(*numbers: int) -> list[tuple[str, str]]:
    return [("choice", str(number)) for number in numbers]


async def post(client: httpx.AsyncClient, fields: Form, **headers: str) -> httpx.Response:
    content = "&".join(str(httpx.QueryParams([field])) for field in fields)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return await client.post(PATH, content=content, headers=kind | headers)


ONE_VOTERS = frozenset({"no-store"})
EVERYBODYS = ONE_VOTERS | {"public, no-cache"}  # on PostgreSQL nothing is kept before changes are listened to


def page(answer: httpx.Response, caching: AbstractSet[str] = ONE_VOTERS) -> Any:
    """The page as a browser reads it, which has nothing to put right in it."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root = parser.parse(answer.text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {link.get("href")[1:] for link in root.iter("a") if link.get("href", "").startswith("#")} <= set(ids)
    described = " ".join(element.get("aria-describedby", "") for element in root.iter()).split()
    assert set(described) <= set(ids)
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] in caching
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script", answer.text)
    return root


def text_of(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def title(root: Any) -> str:
    return text_of(next(root.iter("h1")))


def problems(root: Any) -> list[str]:
    """The lines of the error summary."""
    [summary] = [box for box in root.iter("div") if box.get("class") == "summary"] or [None]
    return [] if summary is None else [text_of(line) for line in summary.iter("li")]


def sent_back(root: Any, act: str = "check") -> list[tuple[str, str]]:
    """What the page's form sends when it is sent as it stands."""
    [found] = root.iter("form")
    assert (found.get("method"), found.get("action")) == ("post", PATH)
    controls = [one for one in found.iter("input") if one.get("type") != "checkbox" or "checked" in one.attrib]
    return [*((one.get("name"), one.get("value", "")) for one in controls), ("act", act)]


async def ballots(database: Database, keys: Keys) -> list[Choice]:
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        found = await ballots_that_count(db, keys, round_.poll.id)
        return [Choice(ballot.projects, ballot.points or None) for ballot in found]
