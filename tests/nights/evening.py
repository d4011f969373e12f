"""What tests of Decision Nights share: a night of a round, and the people who come."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

SLUG = "harbourside-2026"
ROUND = f"/api/rounds/{SLUG}"
NIGHT = f"{ROUND}/night"
SHEET = {
    "welcome": 10,
    "each": 3,
    "breaks": [{"after": 2, "minutes": 15}],
    "first_vote": 15,
    "count": 20,
    "second_vote": 10,
}
PLAN: dict[str, object] = {
    "place": "Mill Lane Hall",
    "address": "1 Mill Lane\nTS1 2AB",
    "access": "No steps. Hearing loop.",
    "doors": "2026-03-20T18:30",
    "begins": "2026-03-20T19:00",
    "places": 3,
    "sheet": SHEET,
    "seed_source": "Ten throws of a die in the hall at 19:00",
    "version": 0,
}
KIM = {"name": "Kim Quetzal", "email": "kim.quetzal@example.net", "phone": "01632 960 777", "needs": "A ramp"}


async def plan_a_night(organiser: httpx.AsyncClient, **changes: object) -> httpx.Response:
    answer = await organiser.put(NIGHT, json={**PLAN, **changes})
    assert answer.status_code == 200, answer.text
    return answer


async def take_place(client: httpx.AsyncClient, **changes: str) -> Mapping[str, object]:
    answer = await client.post(f"{NIGHT}/guests", json={**KIM, **changes})
    assert answer.status_code == 201, answer.text
    taken: Mapping[str, object] = answer.json()
    return taken
