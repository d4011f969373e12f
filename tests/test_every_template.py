"""Every template, from its set-up to the published result, over HTTP and by the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from pbvote.ballots.design import Kind
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.rounds.templates import Template, all_templates
from pbvote.verify import OK, verify
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_people

PEOPLE = ("resident", "organiser", "officer", "second", "clerk")
VOTERS = 31
PROPOSALS = 12
CHECKS = {"appropriate": True, "feasible": True, "sustainable": True}
DATES = {
    "proposals_open": "2026-03-09T09:00",
    "proposals_close": "2026-03-31T23:59",
    "voting_open": "2026-05-04T18:00",
    "voting_close": "2026-05-04T19:00",
    "results": "2026-05-12T12:00",
}
SECOND_DATES = {"second_voting_open": "2026-05-04T19:30", "second_voting_close": "2026-05-04T20:30"}


@dataclass(frozen=True)
class World:
    """Everybody at their browsers, and the time."""

    people: Mapping[str, httpx.AsyncClient]
    database: Database
    keys: Keys
    clock: SettableClock

    async def ask(self, who: str, method: str, path: str, body: object = None, status: int = 200) -> Any:
        answer = await self.people[who].request(method, path, json=body)
        assert answer.status_code == status, (who, method, path, answer.status_code, answer.text)
        return answer.json()

    async def time_comes(self, month: int, day: int, hour: int, minute: int = 0) -> None:
        self.clock.set(datetime(2026, month, day, hour, minute, tzinfo=UTC))
        await keep_time(self.database, self.keys)


@pytest.fixture
async def world(app: Litestar, database: Database, keys: Keys, clock: SettableClock) -> AsyncIterator[World]:
    await make_people(database)
    async with AsyncExitStack() as stack:
        people = {name: await stack.enter_async_context(browser(app)) for name in PEOPLE}
        for name, client in people.items():
            if name != "resident":
                await let_in(database, client, f"{name}@example.org")
        yield World(people, database, keys, clock)


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template.id)
async def test_a_round_of_each_template_runs_to_its_published_result(world: World, template: Template) -> None:
    path = await set_up(world, template)
    await world.time_comes(3, 9, 10)
    for index in range(PROPOSALS):
        await world.ask("resident", "POST", f"{path}/proposals", proposal(template, index), 201)
    await world.time_comes(4, 1, 9)
    decision = {"decision": "accepted", "reason": "It can be done.", "checks": CHECKS, "cost": None, "version": 1}
    for number in range(1, PROPOSALS + 1):
        await world.ask("officer", "POST", f"{path}/proposals/{number}/decision", decision)
    made = await world.ask("clerk", "POST", f"{path}/codes", {"label": "Letters", "count": VOTERS}, 201)
    last: dict[str, Any] = {}
    for poll, (opens, closes) in enumerate([((5, 4, 17, 5), (5, 4, 18, 5)), ((5, 4, 18, 35), (5, 4, 19, 35))], start=1):
        if poll <= len(template.polls):
            await open_the_vote(world, path)
            await world.time_comes(*opens)
            await vote(world, path, made["codes"])
            await world.time_comes(*closes)
            last = await count_and_publish(world, path, poll)
    await check_the_end(world, path, template, last)


async def set_up(world: World, template: Template) -> str:
    """Begin from the template, and give what it cannot know: the dates and, where it has none, the money."""
    new = {"forum": "harbourside", "template": template.id, "title": f"Harbourside: {template.id}"}
    setup = await world.ask("organiser", "POST", "/api/rounds", new, 201)
    path = f"/api/rounds/{setup['slug']}"
    if not setup["pots"] and not setup["advisory"]:
        pot = {"funder": "Tarnshire", "amount": max(12 * (template.smallest_award or 0), template.largest_award or 0)}
        money = {
            "pots": [{**pot, "categories": [], "proposals": [], "leftover": "returned"}],
            **{name: setup[name] for name in ("smallest_award", "largest_award", "match", "part_funding", "version")},
        }
        setup = await world.ask("organiser", "PUT", f"{path}/setup/money", money)
    dates = DATES | (SECOND_DATES if len(template.polls) > 1 else {})
    setup = await world.ask("organiser", "PUT", f"{path}/setup/dates", {**dates, "version": setup["version"]})
    await world.ask("organiser", "POST", f"{path}/open")
    return path


def proposal(template: Template, index: int) -> dict[str, Any]:
    """A proposal that fits the template's awards and match rule, and asks for another amount than the others."""
    least = template.smallest_award or 10_000
    most = min(template.largest_award or 4 * least, 4 * least)
    asks = least + (most - least) * index // PROPOSALS // 100 * 100
    whole, match = asks, {}
    if template.match is not None:
        whole = -(-asks * template.match.of // template.match.part)
        brought = whole - asks
        hours = -(-brought // template.match.hour_value) if template.match.hour_value and index % 2 else 0
        match = {"match_hours": hours} if hours else {"match_cash": brought}
    lines = [] if template.advisory else [{"what": "Everything", "amount": whole, "basis": "quote"}]
    return {
        "title": f"Idea {index + 1}",
        "summary": "What it is, in a sentence.",
        "description": "What it is, in a few more.",
        "category": template.categories[index % len(template.categories)].id,
        "place": "The Meadows",
        "proposer": "Mill Lane Hall committee",
        "contact_email": "hall@example.org",
        "running_costs": "",
        "lines": lines,
        "ask": None if template.advisory else asks,
        "smallest": asks // 2 if template.part_funding and not template.advisory else None,
        **match,
    }


async def open_the_vote(world: World, path: str) -> None:
    agreed = await agree(world.people["officer"], world.people["second"], f"{path}/open-voting", {})
    assert agreed.status_code == 200, agreed.text


async def vote(world: World, path: str, codes: Sequence[str]) -> None:
    paper = await world.ask("resident", "GET", f"{path}/ballot-paper")
    for index, code in enumerate(codes):
        choices, points = choice(paper, index)
        ballot = {
            "code": code,
            "choices": choices,
            "points": points,
            "idempotency_key": f"{paper['poll_id']}-{index:04}",
        }
        await world.ask("resident", "PUT", f"/api/polls/{paper['poll_id']}/ballot", ballot)


def choice(paper: Mapping[str, Any], voter: int) -> tuple[list[int], list[int] | None]:
    """What a voter chooses: early proposals more often than late ones, within the limits of the design."""
    design, numbers = paper["design"], [project["number"] for project in paper["projects"]]
    liked = sorted(numbers, key=lambda number: (number * (voter % 7 + 1)) % 13)
    match design["kind"]:
        case Kind.SCORE:
            chosen = numbers if design["every"] else liked[:3]
            return chosen, [1 + (number * (voter + 2)) % design["max_points"] for number in chosen]
        case Kind.POINTS:
            return sorted(liked[:3]), [5, 3, 2]
        case Kind.KNAPSACK:
            costs = {project["number"]: project["cost"] for project in paper["projects"]}
            chosen = []
            for number in liked:
                if sum(costs[one] for one in [*chosen, number]) <= paper["budget"]:
                    chosen.append(number)
            return sorted(chosen), None
        case Kind.RANKING:
            return liked[: design["max_choices"]], None
        case _:
            return sorted(liked[: min(design["max_choices"] or 4, 4)]), None


async def count_and_publish(world: World, path: str, poll: int) -> dict[str, Any]:
    counted = await world.ask("officer", "POST", f"{path}/count", {}, 201)
    published = await agree(
        world.people["officer"], world.people["second"], f"{path}/publish", {"outcome_id": counted["outcome_id"]}
    )
    assert published.status_code == 200, published.text
    bundle = await world.people["resident"].get(f"{path}/results/bundle.zip?poll={poll}")
    report = verify(bundle.content)
    assert (report.code, report.wrong) == (OK, ())
    result: dict[str, Any] = await world.ask("resident", "GET", f"{path}/results?poll={poll}")
    assert result["ballots"] == VOTERS
    return result


async def check_the_end(world: World, path: str, template: Template, result: Mapping[str, Any]) -> None:
    """The round is published, says what its template promises, and every proposal knows what became of it."""
    round_ = await world.ask("resident", "GET", path)
    assert (round_["phase"], round_["advisory"], len(round_["polls"])) == (
        "published",
        template.advisory,
        len(template.polls),
    )
    assert (result["cost"] == 0) if template.advisory else (0 < result["cost"] <= result["budget"])
    statuses = {
        one["number"]: one["status"]
        for one in (await world.ask("resident", "GET", f"{path}/proposals?size=100"))["items"]
    }
    assert "on_the_ballot" not in statuses.values()
    if not template.advisory:
        assert "funded" in statuses.values()
    for project in result["projects"]:
        if project["pots"]:
            assert sum(project["pots"].values()) == project["awarded"]
    if any(pot.fenced for pot in template.pots):
        spent = {pot["id"]: pot["spent"] for pot in result["conditions"]["pots"]}
        amounts = {pot.funder: pot.amount for pot in template.pots}
        assert spent.keys() == amounts.keys()
        assert all(spent[name] <= amounts[name] for name in amounts)
    assert msgspec.to_builtins(template)["id"] in path
