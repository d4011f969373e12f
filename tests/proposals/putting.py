"""Proposals made over HTTP, as residents make them."""

from __future__ import annotations

from typing import Any

import httpx

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock
from tests.rounds.ready import SLUG, open_round

BENCH: dict[str, Any] = {
    "title": "A bench by the school",
    "summary": "A place to sit while waiting.",
    "description": "One bench of recycled plastic.\nIt faces the river.",
    "category": "green-spaces",
    "place": "School Lane",
    "proposer": "Friends of School Lane",
    "contact_email": "secret-address@example.org",
    "running_costs": "",
    "lines": [
        {"what": "Bench", "amount": 600_00, "basis": "quote"},
        {"what": "Fitting", "amount": 150_00, "basis": "estimate"},
    ],
}
CHECKS = {"appropriate": True, "feasible": True, "sustainable": True}


async def take_proposals(organiser: httpx.AsyncClient, clock: SettableClock, database: Database, keys: Keys) -> None:
    """A round that takes proposals now."""
    await open_round(organiser)
    clock.advance(days=7)
    await keep_time(database, keys)


async def submit(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    """Put a proposal forward."""
    return await client.post(f"/api/rounds/{SLUG}/proposals", json=BENCH | changes)


async def decide(client: httpx.AsyncClient, number: int, decision: str = "accepted", **changes: Any) -> httpx.Response:
    """Decide on a proposal from the version that is there now."""
    items = (await client.get(f"/api/rounds/{SLUG}/review?size=200")).json()["items"]
    version = next((item["version"] for item in items if item["number"] == number), 1)
    body = {"decision": decision, "reason": "We looked.", "checks": CHECKS, "cost": None, "version": version}
    return await client.post(f"/api/rounds/{SLUG}/proposals/{number}/decision", json=body | changes)
