"""The uniqueness report: who was added and who would count twice is seen before anything is published."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Role
from pbvote.audit.events.roll import CodeReplaced
from pbvote.audit.service import record
from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.opening import Opening, padded_size
from pbvote.ballotbox.sealing import seal
from pbvote.db import Database
from pbvote.errors import NotAllowed
from pbvote.keys import Keys
from pbvote.keys.polls import link_key, public_seal_key
from pbvote.publication import service as publication
from pbvote.publication.models import Publication
from pbvote.rounds.phases import NotInThisPhase
from pbvote.voting.batches import pointed_commitments
from pbvote.voting.box import BallotBoxIsDamaged
from pbvote.voting.hiding import Veil
from pbvote.voting.models import Slot, WaitingBallot
from pbvote.voting.roll_changes import remove_elector, void_ballot
from pbvote.voting.timekeeper import keep_time
from pbvote.voting.uniqueness import Uniqueness, uniqueness
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_codes, make_people, make_round, open_the_vote, two_officers
from tests.voting.steps import SLUG, agreed, round_in, vote

STRANGER = bytes(31) + b"\x01"
Tampering = Callable[[AsyncSession, Keys, UUID], Awaitable[None]]


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    return await make_codes(database, keys, count=6)


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock, codes: list[str]) -> UUID:
    """Five of six electors have voted, the first of them twice."""
    poll = await open_the_vote(database, keys, clock)
    await vote(database, keys, poll, codes[:5], 1)
    await vote(database, keys, poll, codes[:1], 3)
    return poll


async def close(database: Database, keys: Keys, clock: SettableClock) -> None:
    clock.advance(days=14)
    await keep_time(database, keys)


async def report(database: Database, keys: Keys) -> Uniqueness:
    async with database.session(write=False) as db:
        round_ = await round_in(db)
        return await uniqueness(db, keys, round_, (await two_officers(db, round_))[0])


@pytest.mark.usefixtures("poll")
async def test_there_is_no_report_while_voting_is_open(database: Database, keys: Keys) -> None:
    with pytest.raises(NotInThisPhase):
        await report(database, keys)


@pytest.mark.usefixtures("poll")
async def test_only_those_who_see_a_count_see_the_report(database: Database, keys: Keys, clock: SettableClock) -> None:
    await close(database, keys, clock)
    async with database.session(write=False) as db:
        round_ = await round_in(db)
        officer, _ = await two_officers(db, round_)
        for role, allowed in ((Role.CLERK, False), (Role.ORGANISER, True), (Role.SCRUTINEER, True)):
            actor = replace(officer, roles=frozenset({(round_.forum_id, role)}))
            if allowed:
                assert (await uniqueness(db, keys, round_, actor)).sound
            else:
                with pytest.raises(NotAllowed):
                    await uniqueness(db, keys, round_, actor)


async def test_a_vote_that_nobody_interfered_with_is_sound(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    assert poll
    await agreed(database, lambda db, *rest: void_ballot(db, keys, rest[0], codes[1], *rest[1:]))
    await agreed(database, lambda db, *rest: remove_elector(db, keys, rest[0], codes[2], *rest[1:]))
    async with database.session(write=True) as db:
        await record(db, CodeReplaced(round_id=(await round_in(db)).id, elector_id=UUID(int=1)))
    await close(database, keys, clock)
    found = await report(database, keys)
    assert found == Uniqueness(
        electors=5, voted=3, replaced_or_voided=3, codes_replaced=1, strangers=0, twice=0, missing=0
    )
    assert found.sound


async def stuff(db: AsyncSession, keys: Keys, poll: UUID) -> None:
    """A ballot of nobody, and its slot, by somebody who has the link key."""
    opening = Opening(poll, bytes(32), bytes(32), CanonicalBallot(poll, Form.SET, (2,)).encode())
    sealed = seal(public_seal_key(keys, poll), poll, opening.commitment, opening.encode(padded_size(Form.SET, 4)))
    veil = Veil(link_key(keys, poll), poll)
    waiting_id = veil.waiting_id(opening.commitment)
    hidden = veil.hidden_ballot(waiting_id, opening.commitment, sealed)
    await db.execute(insert(WaitingBallot).values(poll_id=poll, id=waiting_id, hidden=hidden))
    await db.execute(
        insert(Slot).values(
            poll_id=poll, slot=STRANGER, ballot=veil.pointer(STRANGER, opening.commitment), locked=False
        )
    )


async def empty_slot_of_nobody(db: AsyncSession, keys: Keys, poll: UUID) -> None:
    """What can be put in without any key."""
    del keys
    await db.execute(insert(Slot).values(poll_id=poll, slot=STRANGER, ballot=b"", locked=False))


async def count_one_twice(db: AsyncSession, keys: Keys, poll: UUID) -> None:
    """A slot of the roll is turned to another elector's ballot, by somebody who has the link key."""
    (_, ballot), (slot, _), *_ = sorted((await pointed_commitments(db, keys, poll)).items())
    pointer = Veil(link_key(keys, poll), poll).pointer(slot, ballot)
    await db.execute(update(Slot).where(Slot.slot == slot).values(ballot=pointer))


INTERFERENCE: dict[str, tuple[Tampering, dict[str, int]]] = {
    "a ballot was put in": (stuff, {"strangers": 1, "twice": 0, "missing": 0, "voted": 6}),
    "an empty slot was put in": (empty_slot_of_nobody, {"strangers": 1, "twice": 0, "missing": 0, "voted": 5}),
    "a ballot counts twice": (count_one_twice, {"strangers": 0, "twice": 1, "missing": 0, "voted": 5}),
}


@pytest.mark.parametrize("what", INTERFERENCE)
async def test_interference_is_seen_and_nothing_is_published(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, poll: UUID, *, what: str
) -> None:
    tamper, seen = INTERFERENCE[what]
    async with database.session(write=True) as db:
        await tamper(db, keys, poll)
    await close(database, keys, clock)
    found = await report(database, keys)
    assert {name: getattr(found, name) for name in seen} == seen
    assert not found.sound
    async for officer, _ in officers(app, database):
        outcome = (await officer.post(f"/api/rounds/{SLUG}/count", json={})).json()["outcome_id"]
        body = {"outcome_id": outcome, "approves": None}
        refused = await officer.post(f"/api/rounds/{SLUG}/publish", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "vote_is_not_sound")
        assert (await officer.get(f"/api/rounds/{SLUG}/uniqueness")).json()["sound"] is False
    assert await publications(database) == 0


async def test_interference_between_asking_and_approving_is_seen(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, poll: UUID
) -> None:
    await close(database, keys, clock)
    async for officer, second in officers(app, database):
        outcome = (await officer.post(f"/api/rounds/{SLUG}/count", json={})).json()["outcome_id"]
        body = {"outcome_id": outcome, "approves": None}
        asked = await officer.post(f"/api/rounds/{SLUG}/publish", json=body)
        async with database.session(write=True) as db:
            await empty_slot_of_nobody(db, keys, poll)
        refused = await second.post(f"/api/rounds/{SLUG}/publish", json={**body, "approves": asked.json()["id"]})
        assert (refused.status_code, refused.json()["code"]) == (409, "vote_is_not_sound")
    assert await publications(database) == 0


async def test_without_the_report_a_ballot_of_nobody_would_be_published(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, poll: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sound(*rest: object) -> None:
        del rest

    monkeypatch.setattr(publication, "_require_soundness", sound)
    async with database.session(write=True) as db:
        await stuff(db, keys, poll)
    await close(database, keys, clock)
    async for officer, second in officers(app, database):
        outcome = {"outcome_id": (await officer.post(f"/api/rounds/{SLUG}/count", json={})).json()["outcome_id"]}
        assert (await agree(officer, second, f"/api/rounds/{SLUG}/publish", outcome)).status_code == 200
    assert await publications(database) == 1


@pytest.mark.usefixtures("poll")
async def test_a_slot_with_bytes_of_nobody_is_damage(database: Database, keys: Keys, clock: SettableClock) -> None:
    await close(database, keys, clock)
    async with database.session(write=True) as db:
        one = (await db.scalars(select(Slot).limit(1))).one()
        one.ballot = bytes(60)
    with pytest.raises(BallotBoxIsDamaged):
        await report(database, keys)


async def publications(database: Database) -> int:
    async with database.session(write=False) as db:
        return await db.scalar(select(func.count()).select_from(Publication)) or 0


async def officers(app: Litestar, database: Database) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with browser(app) as officer, browser(app) as second:
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        yield officer, second
