"""Registering at a desk, through HTTP: one person, one place on the roll, one code."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.roll.codes import hash_code
from pbvote.roll.models import Elector
from tests.conftest import SettableClock
from tests.house import let_in, open_the_vote
from tests.roll.test_at_rest import files_of
from tests.roll.test_import import GOOD, ROUND, clerk, stored, take

pytestmark = pytest.mark.new_database

__all__ = ["clerk"]

REFERENCE = "Quetzalcoatl 77"


async def register(client: httpx.AsyncClient, reference: str = REFERENCE, evidence: str = "photo-id") -> httpx.Response:
    return await client.post(f"{ROUND}/roll/registrations", json={"reference": reference, "evidence": evidence})


@pytest.mark.parametrize("evidence", ["", "passport 123456", "PHOTO-ID"])
async def test_only_the_kind_of_evidence_can_be_noted(
    clerk: httpx.AsyncClient, database: Database, evidence: str
) -> None:
    answer = await register(clerk, evidence=evidence)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request_body")
    assert await stored(database) == (0, 0, 0)


@pytest.mark.parametrize(
    ("reference", "code"), [("  ", "text_missing"), ("x" * 41, "text_too_long"), ("a\nb", "text_not_plain")]
)
async def test_a_reference_is_needed(clerk: httpx.AsyncClient, database: Database, reference: str, code: str) -> None:
    answer = await register(clerk, reference)
    assert [reason["code"] for reason in answer.json()["reasons"]] == [code]
    assert await stored(database) == (0, 0, 0)


async def test_nobody_is_registered_this_way_once_voting_is_open(
    clerk: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    assert (await register(clerk)).status_code == 201
    await open_the_vote(database, keys, clock)
    answer = await register(clerk, "R-2")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_this_phase")


async def test_whoever_is_on_the_roll_is_not_put_there_again(clerk: httpx.AsyncClient, database: Database) -> None:
    await take(clerk, GOOD)
    await register(clerk)
    for reference in ("r-1", REFERENCE.upper(), f" {REFERENCE.replace(' ', '  ')} "):
        answer = await register(clerk, reference)
        assert (answer.status_code, answer.json()["code"]) == (409, "already_on_the_roll")
    assert await stored(database) == (2, 4, 3)


async def test_two_desks_that_register_one_person_at_once_do_it_once(
    clerk: httpx.AsyncClient, database: Database
) -> None:
    answers = await asyncio.gather(*(register(clerk) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    assert (await stored(database))[1] == 1


async def test_a_registered_elector_can_vote_with_their_code_and_replace_it(
    clerk: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    answer = await register(clerk)
    assert answer.headers["cache-control"] == "no-store"
    code = answer.json()["code"]
    async with database.session(write=False) as db:
        [elector] = await db.scalars(select(Elector))
    assert elector.code_hash == hash_code(keys.pepper, code)
    new = (await clerk.post(f"{ROUND}/replacement-code", json={"reference": REFERENCE.lower()})).json()["code"]
    poll = await open_the_vote(database, keys, clock)
    asked = [await clerk.post(f"/api/polls/{poll}/code", json={"code": one}) for one in (code, new)]
    assert [answer.status_code for answer in asked] == [404, 200]


async def test_all_who_come_to_a_desk_are_in_one_batch(clerk: httpx.AsyncClient) -> None:
    for number in range(3):
        await register(clerk, f"R-{number}")
    roll = (await clerk.get(f"{ROUND}/roll")).json()
    [batch] = roll["batches"]
    assert (roll["electors"], batch["size"], batch["registered"], batch["imported"]) == (3, 3, True, False)


async def test_the_audit_trail_says_what_was_shown_and_not_by_whom(
    clerk: httpx.AsyncClient, database: Database, database_url: str
) -> None:
    code = (await register(clerk, evidence="proof-of-address")).json()["code"]
    async with database.session(write=False) as db:
        event = (await db.scalars(select(AuditEvent).where(AuditEvent.kind == "elector_registered"))).one()
        elector = (await db.scalars(select(Elector.id))).one()
    assert event.data == {"elector_id": str(elector), "evidence": "proof-of-address"}
    assert event.actor_id is not None
    on_disk = files_of(database_url)
    assert b"proof-of-address" in on_disk  # what is stored in plain is found this way
    assert not any(secret.encode() in on_disk for secret in (REFERENCE, REFERENCE.lower(), code))


async def test_people_of_another_forum_register_nobody(clerk: httpx.AsyncClient, database: Database) -> None:
    await let_in(database, clerk, "elsewhere@example.org")
    assert (await register(clerk)).json()["code"] == "not_allowed"
