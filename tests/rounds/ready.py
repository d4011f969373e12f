"""Rounds made over HTTP, as an organiser makes them. Plain functions for the tests of several slices."""

from __future__ import annotations

from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.rounds.models import Round

ORGANISER, OFFICER, SECOND = "organiser@example.org", "officer@example.org", "second@example.org"
DATES = {
    "proposals_open": "2026-03-09T09:00",
    "proposals_close": "2026-03-30T23:59",
    "voting_open": "2026-04-13T09:00",
    "voting_close": "2026-04-27T23:59",
    "results": "2026-05-04T12:00",
}


def pot(funder: str, amount: object, **fences: object) -> dict[str, Any]:
    """A pot for anything, unless it is fenced."""
    return {"funder": funder, "amount": amount, "categories": [], "proposals": [], "leftover": "returned"} | fences


MONEY = {
    "pots": [pot("Tarnshire County", 20_000_00), pot("Police", 5_000_00)],
    "smallest_award": 250_00,
    "largest_award": 5_000_00,
    "match": None,
    "part_funding": False,
}
KNAPSACK = {"kind": "knapsack", "min_choices": 1, "max_choices": None, "total_points": None, "max_points": None}
SLUG = "harbourside-2026"


async def make_draft(
    client: httpx.AsyncClient, title: str = "Harbourside 2026", template: str = "match-25"
) -> dict[str, Any]:
    """A new draft; the client is an organiser of Harbourside."""
    body = {"forum": "harbourside", "template": template, "title": title}
    answer = await client.post("/api/rounds", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def change(client: httpx.AsyncClient, part: str, values: dict[str, Any], slug: str = SLUG) -> httpx.Response:
    """Change a part of the set-up from the version that is there now."""
    version = (await client.get(f"/api/rounds/{slug}/setup")).json()["version"]
    return await client.put(f"/api/rounds/{slug}/setup/{part}", json={**values, "version": version})


async def make_ready(client: httpx.AsyncClient, title: str = "Harbourside 2026") -> dict[str, Any]:
    """A draft that can be opened."""
    slug = (await make_draft(client, title))["slug"]
    assert (await change(client, "money", MONEY, slug)).status_code == 200
    answer = await change(client, "dates", DATES, slug)
    assert answer.status_code == 200, answer.text
    ready: dict[str, Any] = answer.json()
    return ready


async def open_round(client: httpx.AsyncClient, title: str = "Harbourside 2026") -> dict[str, Any]:
    """A round that is open to the public and waits for the time of proposals."""
    slug = (await make_ready(client, title))["slug"]
    answer = await client.post(f"/api/rounds/{slug}/open")
    assert answer.status_code == 200, answer.text
    opened: dict[str, Any] = answer.json()
    return opened


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    """Field and code of every reason of a problem."""
    return [(reason["field"], reason["code"]) for reason in answer.json()["reasons"]]


async def round_in(db: AsyncSession, slug: str = SLUG) -> Round:
    """The round of that slug."""
    return (await db.scalars(select(Round).where(Round.slug == slug))).one()
