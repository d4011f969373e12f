"""Pausing, resuming and extending an open vote: what is refused, what voters meet, and what the log says."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.models import AuditEvent
from pbvote.ballotbox.log import BATCH, order_problem
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.errors import InputIsWrong
from pbvote.keys import Keys
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import NotInThisPhase, VotingIsClosed, VotingIsPaused
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.interruptions import extend_voting, pause_voting, resume_voting
from pbvote.voting.timekeeper import enter_batches, keep_time
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote
from tests.voting.looking import choices_that_count
from tests.voting.steps import BOTH, WHY, Step, agreed, approve, ask, leaves, round_in, vote

LATER = "2026-03-18T21:00"  # the vote closes on 17 March at 9:00


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    return await make_codes(database, keys, count=BATCH)


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock, codes: list[str]) -> UUID:
    assert codes
    return await open_the_vote(database, keys, clock)


def pause(keys: Keys) -> Step:
    return lambda db, round_, consent, actor: pause_voting(db, keys, round_, consent, actor)


def resume(keys: Keys) -> Step:
    return lambda db, round_, consent, actor: resume_voting(db, keys, round_, consent, actor)


def extend(keys: Keys, until: str = LATER) -> Step:
    async def step(db: AsyncSession, round_: Round, consent: Consent, actor: Actor) -> Approval:
        return await extend_voting(db, keys, round_, until, consent, actor)

    return step


async def paused(database: Database) -> str:
    async with database.session(write=False) as db:
        return (await round_in(db)).paused_reason


async def kinds(database: Database) -> list[str]:
    async with database.session(write=False) as db:
        return [event.kind for event in await db.scalars(select(AuditEvent).order_by(AuditEvent.id))]


@pytest.mark.usefixtures("codes")
async def test_nothing_is_paused_or_extended_before_the_opening(database: Database, keys: Keys) -> None:
    for step in (pause(keys), resume(keys), extend(keys)):
        with pytest.raises(NotInThisPhase):
            await ask(database, step)


@pytest.mark.usefixtures("poll")
async def test_nothing_is_paused_or_extended_after_the_close(
    database: Database, keys: Keys, clock: SettableClock
) -> None:
    clock.advance(days=13, hours=23)
    asked = {name: await ask(database, step) for name, step in (("pause", pause(keys)), ("extend", extend(keys)))}
    clock.advance(hours=1)  # nobody has written down that voting is over, and yet it is
    for name, step in (("pause", pause(keys)), ("extend", extend(keys))):
        with pytest.raises(NotInThisPhase):
            await ask(database, step)
        with pytest.raises(NotInThisPhase):
            await approve(database, step, asked[name].id)
    assert await paused(database) == ""


@pytest.mark.usefixtures("poll")
async def test_what_is_paused_is_not_paused_again_and_what_goes_on_is_not_resumed(
    database: Database, keys: Keys
) -> None:
    with pytest.raises(NotInThisPhase, match="not paused"):
        await ask(database, resume(keys))
    await agreed(database, pause(keys))
    with pytest.raises(NotInThisPhase, match="paused already"):
        await ask(database, pause(keys))
    assert await paused(database) == WHY


async def test_one_officer_stops_nothing(database: Database, keys: Keys, poll: UUID, codes: list[str]) -> None:
    await ask(database, pause(keys))
    await vote(database, keys, poll, codes[:1], 1)
    assert [leaf.type for leaf in await leaves(database, poll)] == ["config", "open"]


async def test_while_it_is_paused_nobody_votes_and_what_was_sent_before_is_answered(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    sent = Cast(codes[0], Choice((1,), None), "sent-before-the-pause")
    async with database.session(write=True) as db:
        [before] = await cast(db, keys, poll, [sent])
    await agreed(database, pause(keys))
    for other in (Cast(codes[0], Choice((3,), None), "sent-in-the-pause-01"), Cast(codes[1], sent.choice, sent.key)):
        async with database.session(write=True) as db:
            with pytest.raises(VotingIsPaused, match=WHY):
                await cast(db, keys, poll, [other])
    async with database.session(write=True) as db:
        [again] = await cast(db, keys, poll, [sent])
    assert isinstance(before, Stored)
    assert isinstance(again, Stored)
    assert again.receipt == before.receipt
    assert await choices_that_count(database, keys, poll) == [(1,)]


async def test_a_pause_ends_and_the_log_says_who_and_why(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    await vote(database, keys, poll, codes, 1)
    await agreed(database, pause(keys))
    await enter_batches(database, keys)  # what was cast before enters, as ever
    clock.advance(hours=2)
    await agreed(database, resume(keys), "It is dry again.")
    await vote(database, keys, poll, codes[:1], 3)
    log = await leaves(database, poll)
    assert [leaf.type for leaf in log] == ["config", "open", "pause", *["ballot"] * BATCH, "resume"]
    assert log[2].fields == {"at": "2026-03-03T09:00:00Z", "by": BOTH, "reason": WHY}
    assert log[-1].fields == {"at": "2026-03-03T11:00:00Z", "by": BOTH}
    assert order_problem(log) is None
    assert await paused(database) == ""
    assert [kind for kind in await kinds(database) if kind.startswith("voting_")] == ["voting_paused", "voting_resumed"]


async def test_a_pause_does_not_move_the_close(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    await agreed(database, pause(keys))
    clock.advance(days=14)
    async with database.session(write=True) as db:
        with pytest.raises(VotingIsClosed):
            await cast(db, keys, poll, [Cast(codes[0], Choice((1,), None), "too-late-for-everything")])
    await keep_time(database, keys)
    log = await leaves(database, poll)
    assert [leaf.type for leaf in log] == ["config", "open", "pause", "close"]
    assert order_problem(log) is None


@pytest.mark.usefixtures("poll")
@pytest.mark.parametrize(
    ("until", "code"),
    [
        ("2026-03-17T09:00", "not_later"),
        ("2026-03-16T09:00", "not_later"),
        ("2026-03-29T01:30", "time_does_not_exist"),
        ("tomorrow", "bad_date"),
        ("", "bad_date"),
    ],
)
async def test_refuses_a_close_that_is_no_later_time(database: Database, keys: Keys, until: str, code: str) -> None:
    with pytest.raises(InputIsWrong) as refused:
        await ask(database, extend(keys, until))
    assert [(reason.code, reason.field) for reason in refused.value.reasons] == [(code, "until")]


async def test_an_extended_vote_goes_on_until_its_new_close(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    async with database.session(write=False) as db:
        results = (await round_in(db)).results_at
    clock.advance(days=13)
    await agreed(database, extend(keys))
    async with database.session(write=False) as db:
        round_ = await round_in(db)
        assert round_.voting_close_at is not None
        assert round_.voting_close_at.isoformat() == "2026-03-18T21:00:00+00:00"
        assert round_.results_at == results
    log = await leaves(database, poll)
    assert log[-1].fields == {
        "at": "2026-03-16T09:00:00Z",
        "by": BOTH,
        "reason": WHY,
        "until": "2026-03-18T21:00:00Z",
    }
    clock.advance(days=1, hours=1)  # the first close is over
    await keep_time(database, keys)
    await vote(database, keys, poll, codes[:1], 1)
    clock.set(round_.voting_close_at)
    async with database.session(write=True) as db:
        with pytest.raises(VotingIsClosed):
            await cast(db, keys, poll, [Cast(codes[1], Choice((1,), None), "a-second-too-late-here")])
    await keep_time(database, keys)
    assert [leaf.type for leaf in await leaves(database, poll)] == ["config", "open", "extend", "ballot", "close"]
    assert await choices_that_count(database, keys, poll) == [(1,)]
    assert "voting_extended" in await kinds(database)


@pytest.mark.usefixtures("poll")
async def test_results_that_would_come_before_the_close_move_with_it(database: Database, keys: Keys) -> None:
    async with database.session(write=False) as db:
        round_ = await round_in(db)
        between = (round_.results_at, round_.voting_close_at)
    assert between[0] is not None
    assert between[1] is not None
    await agreed(database, extend(keys, "2026-03-25T09:00"))
    async with database.session(write=False) as db:
        round_ = await round_in(db)
        assert round_.results_at is not None
        assert round_.voting_close_at is not None
        assert round_.results_at - round_.voting_close_at == between[0] - between[1]
