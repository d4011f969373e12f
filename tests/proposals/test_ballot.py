from __future__ import annotations

from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.proposals.ballot import projects_of, put_on_ballot, readiness, record_outcome
from pbvote.proposals.models import Proposal
from pbvote.proposals.service import accepted
from pbvote.proposals.states import NotFromThisStatus, Status
from pbvote.rounds.models import Round
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote, sign_in
from tests.rounds.ready import OFFICER, SLUG

PATH = f"/api/rounds/{SLUG}/proposals"


@pytest.fixture(autouse=True)
async def house(database: Database) -> None:
    await make_people(database)
    await make_round(database)


async def opened(database: Database, keys: Keys, clock: SettableClock) -> UUID:
    await make_codes(database, keys)
    return await open_the_vote(database, keys, clock)


async def reject(database: Database, number: int, status: str = "rejected") -> None:
    async with database.session(write=True) as db:
        proposal = (await db.scalars(select(Proposal).where(Proposal.number == number))).one()
        proposal.status = status


async def reasons_of(database: Database) -> list[tuple[str, object]]:
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        return [(reason.code, reason.params.get("number")) for reason in await readiness(db, round_)]


async def test_a_ballot_takes_only_what_was_accepted(database: Database) -> None:
    await reject(database, 2)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        assert [proposal.number for proposal in await accepted(db, round_.id)] == [1, 3, 4]
        rejected = (await db.scalars(select(Proposal).where(Proposal.number == 2))).one()
        with pytest.raises(NotFromThisStatus):
            await put_on_ballot(db, round_.poll, [rejected])


async def test_proposals_that_wait_or_cost_too_much_speak_against_opening(database: Database) -> None:
    assert await reasons_of(database) == []
    await reject(database, 2, "submitted")
    assert await reasons_of(database) == [("proposals_undecided", None)]
    async with database.session(write=True) as db:
        (await db.scalars(select(Round))).one().largest_award = 300_00
    assert await reasons_of(database) == [("proposals_undecided", None), ("cost_too_large", 3)]
    for number in (1, 2, 3, 4):
        await reject(database, number)
    assert await reasons_of(database) == [("nothing_accepted", None)]


async def test_projects_are_numbered_in_the_order_of_proposals_and_frozen(
    database: Database, keys: Keys, clock: SettableClock
) -> None:
    await reject(database, 2)
    poll_id = await opened(database, keys, clock)
    async with database.session(write=True) as db:
        for proposal in await db.scalars(select(Proposal)):
            proposal.title, proposal.cost, proposal.category = "Changed", 1, "changed"
    async with database.session(write=False) as db:
        projects = await projects_of(db, poll_id)
        rows = [(project.number, project.reference, project.proposal.number) for project in projects]
    assert rows == [(1, "1", 1), (2, "2", 3), (3, "3", 4)]
    assert [(project.title, project.cost, project.category) for project in projects] == [
        ("Proposal 1", 100_00, "parks"),
        ("Proposal 3", 400_00, "parks"),
        ("Proposal 4", 75_00, "parks"),
    ]


async def test_references_can_be_given(database: Database) -> None:
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        proposals = await accepted(db, round_.id)
        projects = await put_on_ballot(db, round_.poll, list(reversed(proposals)), {3: "BO.3"})
    assert [(project.number, project.reference) for project in projects] == [(1, "1"), (2, "2"), (3, "BO.3"), (4, "4")]


async def test_the_public_sees_what_became_of_a_proposal(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await reject(database, 1)
    poll_id = await opened(database, keys, clock)
    shown = (await client.get(f"{PATH}/3")).json()
    assert (shown["status"], shown["project_number"]) == ("on_the_ballot", 2)
    assert shown["status_reason"] == "It can be done for this cost."
    async with database.session(write=True) as db:
        await record_outcome(db, poll_id, {1: Status.FUNDED, 2: Status.FUNDED, 3: Status.NOT_FUNDED})
    cards = (await client.get(PATH)).json()["items"]
    assert [(card["number"], card["status"], card["project_number"]) for card in cards] == [
        (1, "rejected", None),
        (2, "funded", 1),
        (3, "funded", 2),
        (4, "not_funded", 3),
    ]
    async with database.session(write=True) as db:
        await record_outcome(db, poll_id, {2: Status.NOT_FUNDED, 3: Status.FUNDED})
    shown = (await client.get(f"{PATH}/3")).json()
    assert [step["status"] for step in shown["history"]] == ["on_the_ballot", "funded", "not_funded"]
    assert (await client.get(f"{PATH}?status=funded")).json()["total"] == 2


async def test_nothing_is_decided_or_withdrawn_once_the_vote_is_open(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await opened(database, keys, clock)
    await sign_in(client, OFFICER)
    checks = {"appropriate": True, "feasible": True, "sustainable": True}
    body = {"decision": "rejected", "reason": "Late.", "checks": checks, "cost": None, "version": 2}
    answer = await client.post(f"{PATH}/1/decision", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_this_phase")
    answer = await client.post(f"{PATH}/1/withdraw", json={"key": ""})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_this_phase")
