"""Votes that only advise, and votes that fund in part: from the opening to a bundle that can be checked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Poll, Pot, Round
from pbvote.verify import OK, verify
from tests.conftest import SettableClock, browser
from tests.house import agree, agree_to_open, let_in, make_codes, make_people, make_round
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish

ROUND = f"/api/rounds/{SLUG}"
APPROVAL = {"kind": "approval", "min_choices": 1, "max_choices": None, "total_points": None, "max_points": None}
CHOICES = [(1,), (1, 2), (1,), (4,), (1, 4), (3,)] * 6
People = dict[str, httpx.AsyncClient]


@pytest.fixture
async def people(app: Litestar, database: Database) -> AsyncIterator[People]:
    await make_people(database)
    await make_round(database, design=APPROVAL)
    async with AsyncExitStack() as stack:
        found = {"nobody": await stack.enter_async_context(browser(app))}
        for name in ("officer", "second"):
            found[name] = await stack.enter_async_context(browser(app))
            await let_in(database, found[name], f"{name}@example.org")
        yield found


async def published(people: People) -> dict[str, Any]:
    answer = await publish(people["officer"], people["second"], await count(people["officer"]))
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = (await people["nobody"].get(f"{ROUND}/results")).json()
    bundle = await people["nobody"].get(f"{ROUND}/results/bundle.zip")
    report = verify(bundle.content)
    assert report.code == OK, [finding.sentence for finding in report.findings]
    page = await people["nobody"].get(f"/en/r/{SLUG}/plain/results")
    assert page.status_code == 200, page.text
    result["page"] = page.text
    return result


async def statuses(database: Database) -> list[str]:
    async with database.session(write=False) as db:
        return list(await db.scalars(select(Proposal.status).order_by(Proposal.number)))


async def test_a_vote_that_advises_puts_all_in_order_and_gives_no_money(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        round_.advisory, round_.pots = True, []
        round_.poll.rule_id, round_.poll.rule_parameters = "priorities", {"utility": "votes"}
    await hold_the_vote(database, keys, clock, CHOICES)
    result = await published(people)
    assert (result["advisory"], result["budget"], result["cost"], result["leftovers"]) == (True, 0, 0, [])
    assert [(one["becomes"], one["step"], one["awarded"]) for one in result["projects"]] == [
        *(("placed", place, 0) for place in (1, 3, 4, 2)),
    ]
    assert (result["others"], result["simple_count"]) == ([], [])
    assert set(await statuses(database)) == {"placed"}
    assert "Place 1" in result["page"]
    assert "£" not in result["page"]


async def test_a_vote_funds_in_part_and_keeps_a_reserve_until_it_is_confirmed(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        round_.part_funding, round_.confirmed_by = True, "the partnership"
        round_.pots = [
            Pot(position=1, funder="County", amount=260_00, leftover="reserve"),
            Pot(position=2, funder="Parish", amount=160_00),
        ]
        await db.execute(update(Poll).values(conditions={"reserve": 1}))
        await db.execute(update(Proposal).where(Proposal.number == 2).values(smallest=20_00))
        await db.execute(update(Proposal).where(Proposal.number == 3).values(smallest=400_00))  # all of it
    await hold_the_vote(database, keys, clock, CHOICES)
    result = await published(people)
    assert result["conditions"]["smallest"] == {"2": 20_00}
    assert [(one["becomes"], one["awarded"]) for one in result["projects"]] == [
        ("funded", 100_00),
        ("part_funded", 245_00),
        ("reserve", 0),
        ("funded", 75_00),
    ]
    assert await statuses(database) == ["funded", "part_funded", "reserve", "funded"]
    assert [(pot["pot"], pot["spent"], pot["left"], pot["becomes"]) for pot in result["leftovers"]] == [
        ("County", 260_00, 0, "reserve"),
        ("Parish", 160_00, 0, "returned"),
    ]
    assert "provisional until it is confirmed by the partnership" in result["page"]
    clock.advance(days=91)
    assert (await agree(people["officer"], people["second"], f"{ROUND}/certify", {})).status_code == 200
    page = (await people["nobody"].get(f"/en/r/{SLUG}/plain/results")).text
    assert "Confirmed by the partnership" in page
    assert "provisional" not in page


async def test_what_a_proposal_can_do_with_is_part_of_what_two_officers_agree_to(
    people: People, database: Database, keys: Keys
) -> None:
    async with database.session(write=True) as db:
        (await db.scalars(select(Round))).one().part_funding = True
    await make_codes(database, keys)
    await agree_to_open(database)
    told = (await people["officer"].get(f"{ROUND}/readiness")).json()
    assert told["reasons"] == []
    async with database.session(write=True) as db:
        await db.execute(update(Proposal).where(Proposal.number == 2).values(smallest=20_00))
    told = (await people["officer"].get(f"{ROUND}/readiness")).json()
    assert [reason["code"] for reason in told["reasons"]] == ["opening_not_approved"]
