"""The clock that decides jumps: forward and back, by minutes, hours and a day; and twice a year it changes.

That clock is the database's own, for all servers of a vote. Here the tests set it, which shows the same: no server asks
its own for anything that decides.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.ballotbox.log import BALLOT, read_leaf, time_of
from pbvote.ballotlog import service as ballotlog
from pbvote.ballotlog.service import intact_leaves
from pbvote.db import Database
from pbvote.errors import Reason
from pbvote.keys import Keys
from pbvote.rounds.calendar import read_local
from pbvote.rounds.models import Round
from pbvote.voting.jumps import JUMP, SETTLES, Watch
from pbvote.voting.timekeeper import follow_the_clock, forget_what_nobody_needs, keep_time
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote, sign_in

WALKS, LONG_WALKS = 6, int(os.environ.get("PBVOTE_CAMPAIGN_SIZE", "60"))
STEPS = 25
SLUG = "harbourside-2026"
LONDON = "Europe/London"


@dataclass
class Vote:
    """An open vote, and what was cast in it."""

    client: httpx.AsyncClient
    database: Database
    keys: Keys
    clock: SettableClock
    codes: list[str]
    poll: UUID
    sent: int = 0
    acknowledged: set[str] = field(default_factory=set)

    async def cast(self) -> int:
        """One more ballot; the status of the answer."""
        code, key = self.codes[self.sent % len(self.codes)], f"clocks-{self.sent:016}"
        self.sent += 1
        body = {"code": code, "choices": [1], "points": None, "idempotency_key": key}
        answer = await self.client.put(f"/api/polls/{self.poll}/ballot", json=body)
        if answer.status_code == httpx.codes.OK:
            self.acknowledged.add(answer.json()["commitment"])
        return answer.status_code

    async def closes_at(self, moment: datetime | None = None) -> datetime:
        """When it closes; with `moment` it closes then."""
        async with self.database.session(write=moment is not None) as db:
            round_ = (await db.scalars(select(Round))).one()
            if moment is not None:
                round_.voting_close_at, round_.results_at = moment, moment + timedelta(days=5)
            assert round_.voting_close_at is not None
            return round_.voting_close_at

    async def is_closed(self) -> bool:
        """Whether its close is written down."""
        async with self.database.session(write=False) as db:
            return (await db.scalars(select(Round))).one().phase != "voting"

    async def faults(self) -> list[str]:
        """What is wrong with its log, in words."""
        async with self.database.session(write=False) as db:
            leaves = await intact_leaves(db, self.keys, self.poll)
        types = [read_leaf(leaf).type for leaf in leaves]
        times = [time_of(leaf) for leaf in leaves if time_of(leaf)]
        logged = {read_leaf(leaf).commitment.hex() for leaf in leaves if read_leaf(leaf).type == BALLOT}
        found = [] if times == sorted(times) else [f"times are out of order: {times}"]
        if "close" in types and BALLOT in types[types.index("close") :]:
            found.append("a ballot came after the close")
        if "close" in types and self.acknowledged - logged:
            found.append(f"{len(self.acknowledged - logged)} acknowledged ballots are not in the log")
        return found


@pytest.fixture
async def vote(client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock) -> Vote:
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=5)
    return Vote(client, database, keys, clock, codes, await open_the_vote(database, keys, clock))


async def test_a_vote_that_was_closed_is_not_opened_by_a_clock_that_is_set_back(vote: Vote) -> None:
    close = await vote.closes_at()
    vote.clock.set(close - timedelta(seconds=1))
    assert await vote.cast() == 200
    vote.clock.set(close)
    assert await vote.cast() == 409
    await keep_time(vote.database, vote.keys)
    for back in (timedelta(seconds=1), timedelta(minutes=5), timedelta(hours=3), timedelta(days=1), timedelta(days=10)):
        vote.clock.set(close - back)
        assert await vote.cast() == 409
        await keep_time(vote.database, vote.keys)
    assert await vote.is_closed()
    assert await vote.faults() == []


async def walk(vote: Vote, chance: random.Random, watch: Watch | None = None) -> None:
    """Casts, passes of the timekeeper and jumps of the clock, in any order, around the close."""
    close, count = await vote.closes_at(), 0.0
    vote.clock.set(close - timedelta(minutes=10))
    jumps = [1, 30, 59, 61, 300, 3600, 86_400]
    for _ in range(STEPS):
        step = chance.random()
        if step < 0.5:
            closed, moment = await vote.is_closed(), vote.clock.moment
            assert await vote.cast() == (200 if moment < close and not closed else 409)
        elif step < 0.75:
            count += chance.choice([1, 1, 1, 700])
            if watch is None:
                await keep_time(vote.database, vote.keys)
            else:
                believed = watch.believes(vote.clock.moment, count)
                await (keep_time(vote.database, vote.keys) if believed else vote.is_closed())
        else:
            vote.clock.advance(seconds=chance.choice(jumps) * chance.choice([-1, 1]))


@pytest.mark.parametrize("seed", range(WALKS))
async def test_whatever_the_clock_does_the_close_is_the_last_word(vote: Vote, seed: int) -> None:
    await walk(vote, random.Random(seed), Watch() if seed % 2 else None)  # noqa: S311  # the same in each run
    assert await vote.faults() == []


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(WALKS, WALKS + LONG_WALKS))
async def test_in_many_walks_too(vote: Vote, seed: int) -> None:
    await walk(vote, random.Random(seed), Watch() if seed % 2 else None)  # noqa: S311  # the same in each run
    assert await vote.faults() == []


@dataclass
class Seconds:
    """This machine's count of seconds, which nobody sets but this test."""

    passed: float = 1000.0

    def __call__(self) -> float:
        return self.passed


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    made = Seconds()
    monkeypatch.setattr("pbvote.voting.jumps.monotonic", made)
    return made


async def pass_by(vote: Vote, watch: Watch, seconds: Seconds, by: float = 1) -> None:
    """So many seconds pass, for the clock too, and the timekeeper looks."""
    seconds.passed += by
    vote.clock.advance(seconds=by)
    await follow_the_clock(vote.database, vote.keys, watch, {})


async def test_a_clock_that_jumps_to_the_next_month_and_is_put_right_closes_nothing(
    vote: Vote, seconds: Seconds
) -> None:
    watch = Watch()
    await pass_by(vote, watch, seconds)
    vote.clock.advance(days=30)
    await pass_by(vote, watch, seconds)
    assert await vote.cast() == 409  # what the clock says is obeyed
    await pass_by(vote, watch, seconds, SETTLES - 10)
    vote.clock.advance(days=-30)
    assert await vote.cast() == 200
    await pass_by(vote, watch, seconds)
    assert not await vote.is_closed()


async def test_a_clock_that_stays_where_it_jumped_is_believed_after_a_while(vote: Vote, seconds: Seconds) -> None:
    watch = Watch()
    await pass_by(vote, watch, seconds)
    vote.clock.advance(days=30)
    await pass_by(vote, watch, seconds)
    assert not await vote.is_closed()
    await pass_by(vote, watch, seconds, SETTLES)
    assert await vote.is_closed()
    assert await vote.faults() == []


async def test_without_the_watch_that_jump_closes_the_vote_for_good(
    vote: Vote, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "believes", lambda _watch, _moment: True)
    watch = Watch()
    await pass_by(vote, watch, seconds)
    vote.clock.advance(days=30)
    await pass_by(vote, watch, seconds)
    vote.clock.advance(days=-30)
    assert await vote.cast() == 409
    assert await vote.is_closed()


def test_a_clock_that_drifts_or_is_set_by_less_than_a_minute_is_believed() -> None:
    watch, moment = Watch(), datetime(2026, 10, 25, 0, 59, tzinfo=UTC)
    for count in range(1000):  # two seconds an hour, and JUMP at once in the middle
        moment += timedelta(seconds=1 + 2 / 3600 + (JUMP - 1 if count == 500 else 0))
        assert watch.believes(moment, float(count))


def test_every_jump_begins_the_wait_anew() -> None:
    watch, moment = Watch(), datetime(2026, 3, 2, tzinfo=UTC)
    assert watch.believes(moment, 0)
    for number in range(1, 5):
        assert not watch.believes(moment + timedelta(days=number), number * (SETTLES - 1))
    assert not watch.believes(moment + timedelta(days=4, seconds=SETTLES - 1), 5 * (SETTLES - 1))
    assert watch.believes(moment + timedelta(days=4, seconds=SETTLES + 10), 4 * (SETTLES - 1) + SETTLES + 10)


async def officers(app: Litestar, database: Database) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    first, second = browser(app), browser(app)
    await let_in(database, first, "officer@example.org")
    await let_in(database, second, "second@example.org")
    return first, second


async def ask_and_approve_late(app: Litestar, vote: Vote) -> int:
    """An officer asks; a day and an hour later it has run out; the clock goes back two hours; another one approves."""
    first, second = await officers(app, vote.database)
    async with first, second:
        asked = await first.post(f"/api/rounds/{SLUG}/close", json={"reason": "Why not.", "approves": None})
        assert asked.status_code == 202, asked.text
        vote.clock.advance(hours=25)
        await forget_what_nobody_needs(vote.database)
        vote.clock.advance(hours=-2)
        body = {"reason": "Why not.", "approves": asked.json()["id"]}
        return (await second.post(f"/api/rounds/{SLUG}/close", json=body)).status_code


async def test_an_ask_that_has_run_out_is_not_made_good_again(app: Litestar, vote: Vote) -> None:
    assert await ask_and_approve_late(app, vote) == 409
    assert not await vote.is_closed()


async def test_an_ask_that_is_kept_would_be_good_again(
    app: Litestar, vote: Vote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbvote.voting.timekeeper.FORGOTTEN", ())
    assert await ask_and_approve_late(app, vote) == 200


async def pause_and_resume(app: Litestar, vote: Vote) -> None:
    """The clock is set back by an hour between a pause and its end, and by a day before the close."""
    first, second = await officers(app, vote.database)
    async with first, second:
        for what, back in (("pause", 1), ("resume", 24), ("close", 0)):
            asked = await first.post(f"/api/rounds/{SLUG}/{what}", json={"reason": "The lift.", "approves": None})
            body = {"reason": "The lift.", "approves": asked.json()["id"]}
            done = await second.post(f"/api/rounds/{SLUG}/{what}", json=body)
            assert done.status_code == 200, done.text
            vote.clock.advance(hours=-back)


async def test_times_in_the_log_stay_in_order(app: Litestar, vote: Vote) -> None:
    await pause_and_resume(app, vote)
    assert await vote.is_closed()
    assert await vote.faults() == []


async def test_without_that_care_they_do_not(app: Litestar, vote: Vote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ballotlog, "not_before", lambda leaf, _earliest: leaf)
    await pause_and_resume(app, vote)
    assert "times are out of order" in "".join(await vote.faults())


async def test_who_is_signed_in_stays_so_and_limits_stay(vote: Vote) -> None:
    await sign_in(vote.client, "officer@example.org")
    for _ in range(25):
        wrong = await vote.client.post(f"/api/polls/{vote.poll}/code", json={"code": "0000 0000 0000 0000"})
    assert wrong.status_code == 429
    for jump in (-86_400, 3600, 86_400, -3600):
        vote.clock.advance(seconds=jump)
        assert (await vote.client.get("/api/me")).status_code == 200
        wrong = await vote.client.post(f"/api/polls/{vote.poll}/code", json={"code": "0000 0000 0000 0000"})
        assert wrong.status_code == 429  # a bucket fills with seconds, not with the time of day


@pytest.mark.parametrize(
    ("local", "code"),
    [
        ("2026-03-29T01:00", "time_does_not_exist"),
        ("2026-03-29T01:59", "time_does_not_exist"),
        ("2026-10-25T01:00", "time_happens_twice"),
        ("2026-10-25T01:59", "time_happens_twice"),
    ],
)
def test_no_vote_closes_in_the_hour_that_does_not_exist_or_happens_twice(local: str, code: str) -> None:
    read = read_local(local, LONDON, "voting_close")
    assert isinstance(read, Reason)
    assert read.code == code


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2026-03-29T00:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29T02:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("2026-10-25T00:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("2026-10-25T02:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
async def test_a_vote_that_closes_beside_a_clock_change_closes_once(vote: Vote, local: str, instant: datetime) -> None:
    assert read_local(local, LONDON, "voting_close") == instant
    await vote.closes_at(instant)
    for before in (7200, 3601, 3600, 3599, 1801, 61, 1):
        vote.clock.set(instant - timedelta(seconds=before))
        await keep_time(vote.database, vote.keys)
        assert await vote.cast() == 200
    vote.clock.set(instant)
    assert await vote.cast() == 409
    await keep_time(vote.database, vote.keys)
    assert await vote.is_closed()
    assert await vote.faults() == []
