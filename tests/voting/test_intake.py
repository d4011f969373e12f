"""Casts that wait are written together: what goes wrong with one harms no other, and nothing is promised too early."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from pbvote import metrics
from pbvote.accounts.roles import Actor
from pbvote.ballots.design import Choice
from pbvote.db import Database, connect
from pbvote.db.thread import T, Work
from pbvote.errors import TryAgain
from pbvote.keys import Keys
from pbvote.roll.codes import BadCode, new_code
from pbvote.roll.service import NotOnTheRoll
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import VotingIsClosed, VotingIsPaused
from pbvote.voting import casting
from pbvote.voting.casting import BallotIsNotValid, Cast, Stored
from pbvote.voting.intake import Intake, taking_in
from pbvote.voting.interruptions import pause_voting
from pbvote.voting.models import CastKey
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote
from tests.voting.looking import choices_that_count, in_the_box
from tests.voting.steps import agreed

PATIENCE = 30  # seconds, for what hangs


@dataclass
class Gated:
    """A database whose commits wait at a gate; `batches` counts them."""

    database: Database
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    gate: threading.Event = field(default_factory=threading.Event)
    batches: int = 0

    async def write_whole(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()

        async def held(db: AsyncSession) -> T:
            result = await work(db)
            self.batches += 1
            loop.call_soon_threadsafe(self.reached.set)
            assert self.gate.wait(PATIENCE)
            return result

        return await self.database.write_whole(held)


class Hasty(Intake):
    """What must not be: it answers before the commit."""

    async def _write(self, group: Sequence[Any]) -> None:
        loop = asyncio.get_running_loop()

        async def hasty(db: AsyncSession) -> None:
            results = await casting.cast(db, self.keys, group[0].poll_id, [one.cast for one in group])
            for one, result in zip(group, results, strict=True):
                loop.call_soon_threadsafe(one.answer.set_result, result)

        await self.database.write_whole(hasty)


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    return await make_codes(database, keys, count=12)


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock, codes: list[str]) -> UUID:
    assert codes
    return await open_the_vote(database, keys, clock)


@pytest.fixture
def gated(database: Database) -> Gated:
    return Gated(database)


def intake_at(gated: Gated, keys: Keys, kind: type[Intake] = Intake, **bounds: int) -> Intake:
    return kind(cast("Database", gated), keys, **bounds)


def ballot(code: str, *projects: int, **randomness: bytes) -> Cast:
    return Cast(code, Choice(projects, None), f"intake-test-{code}-{'-'.join(map(str, projects))}", **randomness)


async def at_once(intake: Intake, poll: UUID, *casts: Cast) -> list[Stored | BaseException]:
    """Casts that arrive at the same time, and what each was answered."""
    return await asyncio.gather(*(intake.cast(poll, one) for one in casts), return_exceptions=True)


async def sent(intake: Intake, poll: UUID, *casts: Cast) -> list[asyncio.Task[Stored]]:
    """Casts under way, each of which has reached the queue."""
    tasks = [asyncio.create_task(intake.cast(poll, one)) for one in casts]
    await asyncio.sleep(0)
    return tasks


def kinds(results: Sequence[object]) -> list[type[object]]:
    return [type(result) for result in results]


async def test_turns_casts_away_at_once_when_too_many_wait(
    database: Database, keys: Keys, poll: UUID, codes: list[str], gated: Gated
) -> None:
    intake = intake_at(gated, keys, most_waiting=2)
    async with taking_in(intake):
        first = await sent(intake, poll, ballot(codes[0], 1))
        await gated.reached.wait()
        waiting = await sent(intake, poll, ballot(codes[1], 1), ballot(codes[2], 1))
        assert intake.is_full
        assert metrics.casts_are_full()
        with pytest.raises(TryAgain) as refused:
            await intake.cast(poll, ballot(codes[3], 1))
        assert refused.value.retry_after
        gated.gate.set()
        assert kinds(await asyncio.gather(*first, *waiting)) == [Stored] * 3
    assert not metrics.casts_are_full()
    assert await in_the_box(database) == (3, 3)


async def test_a_commit_that_fails_stores_nothing_and_asks_everybody_to_send_again(
    database: Database, keys: Keys, poll: UUID, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(session: Session) -> None:
        raise OperationalError("COMMIT", None, Exception(f"the disk is full, says {session!r}"))

    casts = [ballot(code, 1) for code in codes[:3]]
    intake = Intake(database, keys)
    async with taking_in(intake):
        with monkeypatch.context() as broken:
            broken.setattr(Session, "commit", fail)
            refused = await at_once(intake, poll, *casts)
        assert kinds(refused) == [TryAgain] * 3
        assert await in_the_box(database) == (0, 0)
        assert kinds(await at_once(intake, poll, *casts)) == [Stored] * 3


async def test_a_cast_that_breaks_the_program_harms_no_neighbour(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    broken = ballot(codes[1], 2, ticket=b"too short", browser_random=bytes(32))
    intake = Intake(database, keys)
    async with taking_in(intake):
        results = await at_once(intake, poll, ballot(codes[0], 1), broken, ballot(codes[2], 3))
        assert kinds(results) == [Stored, ValueError, Stored]
        assert kinds(await at_once(intake, poll, ballot(codes[3], 4))) == [Stored]
    assert await choices_that_count(database, keys, poll) == [(1,), (3,), (4,)]


async def test_what_is_wrong_with_one_cast_is_its_own(
    database: Database, keys: Keys, poll: UUID, codes: list[str], gated: Gated
) -> None:
    gated.gate.set()
    intake = intake_at(gated, keys)
    wrong = [ballot("K7QF", 1), ballot(new_code(), 1), ballot(codes[1], 2, 3), ballot(codes[2], 9)]
    async with taking_in(intake):
        results = await at_once(intake, poll, ballot(codes[0], 1), *wrong, ballot(codes[3], 4))
    assert kinds(results) == [Stored, BadCode, NotOnTheRoll, BallotIsNotValid, BallotIsNotValid, Stored]
    assert gated.batches == 1
    assert await in_the_box(database) == (2, 2)


async def test_a_close_between_two_batches_lets_none_of_the_second_in(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str], gated: Gated
) -> None:
    intake = intake_at(gated, keys)
    async with taking_in(intake):
        first = await sent(intake, poll, ballot(codes[0], 1))
        await gated.reached.wait()
        late = await sent(intake, poll, ballot(codes[1], 1), ballot(codes[2], 1))
        clock.advance(days=14)
        gated.gate.set()
        [stored] = await asyncio.gather(*first)
        assert kinds(await asyncio.gather(*late, return_exceptions=True)) == [VotingIsClosed] * 2
        [again] = await at_once(intake, poll, ballot(codes[0], 1))
        assert isinstance(again, Stored)
        assert again.receipt == stored.receipt
    assert await in_the_box(database) == (1, 1)


async def test_a_pause_is_seen_although_the_poll_is_known(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    async def pause(db: AsyncSession, round_: Round, consent: Consent, actor: Actor) -> Approval:
        return await pause_voting(db, keys, round_, consent, actor)

    intake = Intake(database, keys)
    async with taking_in(intake):
        assert kinds(await at_once(intake, poll, ballot(codes[0], 1))) == [Stored]
        await agreed(database, pause)
        assert kinds(await at_once(intake, poll, ballot(codes[1], 1))) == [VotingIsPaused]


async def test_the_keys_of_a_vote_are_forgotten_when_it_has_closed_and_after_a_while(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    intake = Intake(database, keys)
    async with taking_in(intake):
        await at_once(intake, poll, ballot(codes[0], 1))
        assert list(intake._known) == [poll]
        intake._forget()
        assert not intake._known
        await at_once(intake, poll, ballot(codes[1], 1))
        clock.advance(days=14)
        await at_once(intake, poll, ballot(codes[2], 1))
        assert not intake._known


async def test_whoever_goes_away_does_not_stop_their_cast(
    database: Database, keys: Keys, poll: UUID, codes: list[str], gated: Gated
) -> None:
    """One leaves while their cast is being written, one while it waits: both are stored, whole, and sent again once."""
    intake = intake_at(gated, keys)
    casts = [ballot(codes[0], 1), ballot(codes[1], 3)]
    async with taking_in(intake):
        writing = await sent(intake, poll, casts[0])
        await gated.reached.wait()
        waiting = await sent(intake, poll, casts[1])
        for task in (*writing, *waiting):
            task.cancel()
        gated.gate.set()
        receipts = [one.receipt for one in await at_once(intake, poll, *casts) if isinstance(one, Stored)]
    assert len(set(receipts)) == 2
    assert await in_the_box(database) == (2, 2)
    assert await choices_that_count(database, keys, poll) == [(1,), (3,)]
    async with database.session(write=False) as db:
        assert await db.scalar(select(func.count()).select_from(CastKey)) == 2


async def test_an_answer_that_was_lost_is_given_again(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    intake = Intake(database, keys)
    async with taking_in(intake):
        [first] = await at_once(intake, poll, ballot(codes[0], 1))
        [again] = await at_once(intake, poll, ballot(codes[0], 1))
    assert isinstance(first, Stored)
    assert isinstance(again, Stored)
    assert again.receipt == first.receipt
    assert await in_the_box(database) == (1, 1)


async def test_what_arrived_while_a_batch_was_written_is_the_next_one(
    keys: Keys, poll: UUID, codes: list[str], gated: Gated
) -> None:
    intake = intake_at(gated, keys, most_at_once=6)
    async with taking_in(intake):
        first = await sent(intake, poll, ballot(codes[0], 1))
        await gated.reached.wait()
        rest = await sent(intake, poll, *(ballot(code, 1) for code in codes[1:10]))
        gated.gate.set()
        assert kinds(await asyncio.gather(*first, *rest)) == [Stored] * 10
    assert gated.batches == 3  # one, six, three


async def test_the_second_vote_of_somebody_waits_for_the_first_and_counts(
    database: Database, keys: Keys, poll: UUID, codes: list[str], gated: Gated
) -> None:
    gated.gate.set()
    intake = intake_at(gated, keys)
    async with taking_in(intake):
        casts = [ballot(codes[0], 1), ballot(codes[0], 3), ballot(codes[1], 2), ballot(codes[0], 4)]
        assert kinds(await at_once(intake, poll, *casts)) == [Stored] * 4
    assert gated.batches == 3
    assert await choices_that_count(database, keys, poll) == [(2,), (4,)]


async def test_casts_of_two_polls_never_share_a_transaction(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str], gated: Gated
) -> None:
    await make_round(database, "castle-hill-2026", forum="castle-hill")
    others = await make_codes(database, keys, slug="castle-hill-2026")
    other = await open_the_vote(database, keys, clock, "castle-hill-2026")
    gated.gate.set()
    intake = intake_at(gated, keys)
    async with taking_in(intake):
        both = [intake.cast(poll, ballot(codes[0], 1)), intake.cast(other, ballot(others[0], 2))]
        both += [intake.cast(poll, ballot(codes[1], 3)), intake.cast(other, ballot(codes[1], 4))]
        results = await asyncio.gather(*both, return_exceptions=True)
    assert kinds(results) == [Stored, Stored, Stored, NotOnTheRoll]
    assert gated.batches == 2


async def test_the_end_finishes_what_waits_and_takes_no_more(
    database: Database, keys: Keys, poll: UUID, codes: list[str], gated: Gated
) -> None:
    intake = intake_at(gated, keys)
    async with taking_in(intake):
        tasks = await sent(intake, poll, ballot(codes[0], 1))
        await gated.reached.wait()
        tasks += await sent(intake, poll, ballot(codes[1], 1), ballot(codes[2], 1))
        intake.stop()
        with pytest.raises(TryAgain):
            await intake.cast(poll, ballot(codes[3], 1))
        gated.gate.set()
    assert kinds([task.result() for task in tasks]) == [Stored] * 3
    assert await in_the_box(database) == (3, 3)


async def answered_too_early(gated: Gated, intake: Intake, poll: UUID, code: str) -> bool:
    """Whether somebody has an answer while nobody else can see the ballot yet."""
    async with taking_in(intake):
        [task] = await sent(intake, poll, ballot(code, 1))
        await gated.reached.wait()
        for _ in range(3):
            await asyncio.sleep(0)
        early = task.done()
        assert await in_the_box(gated.database) == (0, 0)
        gated.gate.set()
        await task
    assert await in_the_box(gated.database) == (1, 1)
    return early


async def test_nobody_is_answered_before_the_commit(keys: Keys, poll: UUID, codes: list[str], gated: Gated) -> None:
    assert not await answered_too_early(gated, intake_at(gated, keys), poll, codes[0])


async def test_an_answer_before_the_commit_would_be_seen(
    keys: Keys, poll: UUID, codes: list[str], gated: Gated
) -> None:
    assert await answered_too_early(gated, intake_at(gated, keys, Hasty), poll, codes[0])


async def test_processes_side_by_side_count_everybody_once(
    database: Database, database_url: str, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    """Three intakes, each with its own connections; at each of them everybody votes twice, all at the same time."""
    databases = [connect(database_url, clock) for _ in range(3)]
    intakes = [Intake(one, keys, most_at_once=5) for one in databases]
    try:
        async with taking_in(intakes[0]), taking_in(intakes[1]), taking_in(intakes[2]):
            casts = [ballot(code, choice) for choice in (1, 4) for code in codes]
            results = await asyncio.gather(*(at_once(intake, poll, *casts) for intake in intakes))
    finally:
        for one in databases:
            await one.close()
    assert [kinds(answers) for answers in results] == [[Stored] * len(casts)] * 3
    assert await in_the_box(database) == (len(codes), len(casts))
    assert len(await choices_that_count(database, keys, poll)) == len(codes)


async def test_people_are_told_when_to_try_again(
    app: Litestar, client: httpx.AsyncClient, poll: UUID, codes: list[str]
) -> None:
    app.state["intake"].stop()
    body = {"code": codes[0], "choices": [1], "points": None, "idempotency_key": "a-key-of-this-test-1"}
    refused = await client.put(f"/api/polls/{poll}/ballot", json=body)
    assert (refused.status_code, refused.json()["code"]) == (503, "try_again")
    assert int(refused.headers["retry-after"]) > 0
