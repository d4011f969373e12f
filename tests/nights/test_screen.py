"""The big screen: what it shows when, and that it never tells how people vote before the result is published."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.nights import screen
from pbvote.nights.models import Night
from pbvote.nights.runsheet import Item
from pbvote.nights.screen import State, shown_turnout, state_of
from pbvote.nights.timer import Standing
from pbvote.rounds.phases import Phase
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import agree_to_open, let_in, make_codes, make_people, make_round, open_the_vote
from tests.nights.evening import NIGHT, ROUND, plan_a_night
from tests.outcomes.counting import count, publish
from tests.publication.test_two_votes import People, codes, hold_first, people, publish_it
from tests.test_no_partial_result import FIRST, SECOND, TELLING
from tests.voting.looking import ballots_that_count

__all__ = ["codes", "people"]  # fixtures of a round with two votes

ADDRESSES = (
    f"{ROUND}/screen",
    NIGHT,
    *(f"/en/r/harbourside-2026/{page}" for page in ("screen", "night", "plain/night")),
)


@dataclass(frozen=True)
class Evening:
    client: httpx.AsyncClient
    organiser: httpx.AsyncClient
    database: Database
    keys: Keys
    clock: SettableClock
    codes: Sequence[str]

    async def vote(self, poll: UUID, choices: Sequence[tuple[int, ...]]) -> None:
        casts = [
            Cast(code, Choice(choice, None), f"evening-{code}-{'-'.join(map(str, choice))}")
            for code, choice in zip(self.codes, choices, strict=False)
        ]
        async with self.database.session(write=True) as db:
            results = await cast(db, self.keys, poll, casts)
        assert all(isinstance(result, Stored) for result in results), results

    async def shown(self) -> Any:
        return (await self.client.get(f"{ROUND}/screen")).json()

    async def everything(self) -> list[str]:
        """What the public addresses of the night answer."""
        return [(await self.client.get(address)).text for address in ADDRESSES]


@pytest.fixture
async def evening(
    app: Litestar, client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> AsyncIterator[Evening]:
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=7)
    async with browser(app) as organiser:
        await let_in(database, organiser, "organiser@example.org")
        await plan_a_night(organiser)
        yield Evening(client, organiser, database, keys, clock, codes)


def telling(part: Any) -> set[str]:
    """The keys of an answer that only a result has."""
    if isinstance(part, dict):
        return (TELLING & part.keys()).union(*(telling(one) for one in part.values()))
    return set[str]().union(*(telling(one) for one in part)) if isinstance(part, list) else set()


async def test_while_voting_is_open_no_answer_depends_on_how_people_voted(evening: Evening) -> None:
    poll = await open_the_vote(evening.database, evening.keys, evening.clock)
    await evening.vote(poll, FIRST)
    first = await evening.everything()
    await evening.vote(poll, SECOND)
    assert await evening.everything() == first
    shown = await evening.shown()
    assert (shown["state"], shown["vote"]["voted"], shown["result"]) == ("voting", 5, None)
    assert telling(shown) == set()


async def test_a_screen_that_leaks_is_found(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    poll = await open_the_vote(evening.database, evening.keys, evening.clock)

    async def leading(db: AsyncSession, poll_id: UUID) -> int:
        ballots = await ballots_that_count(db, evening.keys, poll_id)
        return 5 * sum(1 for ballot in ballots if 1 in ballot.projects)

    monkeypatch.setattr(screen, "ballots_in_the_box", leading)
    await evening.vote(poll, FIRST)
    first = await evening.everything()
    await evening.vote(poll, SECOND)
    second = await evening.everything()
    assert [address for address, one, other in zip(ADDRESSES, first, second, strict=True) if one != other] == [
        f"{ROUND}/screen"
    ]


async def test_one_vote_more_is_not_to_be_seen(evening: Evening) -> None:
    poll = await open_the_vote(evening.database, evening.keys, evening.clock)
    said = []
    for voted in range(8):
        await evening.vote(poll, [(1,)] * voted)
        said.append((await evening.shown())["vote"]["voted"])
    assert said == [None, None, None, None, None, 5, 5, 5]
    assert [shown_turnout(voted) for voted in (0, 4, 5, 9, 10, 12_344)] == [None, None, 5, 5, 10, 12_340]


async def test_the_screen_goes_with_the_round_from_the_first_guest_to_the_result(
    evening: Evening, app: Litestar
) -> None:
    before = await evening.shown()
    assert (before["state"], before["night"]["places"], before["vote"], before["result"]) == ("before", 3, None, None)
    poll = await open_the_vote(evening.database, evening.keys, evening.clock)
    vote = (await evening.shown())["vote"]
    assert vote["address"].endswith("/en/r/harbourside-2026/vote")
    assert (vote["closes"]["time"], vote["of"], vote["qr"]["path"][:1]) == ("09:00", 1, "M")
    await evening.vote(poll, FIRST)
    evening.clock.advance(days=14)
    await keep_time(evening.database, evening.keys)
    counting = await evening.shown()
    assert (counting["state"], counting["vote"], counting["result"]) == ("counting", None, None)
    async with browser(app) as officer, browser(app) as second:
        await let_in(evening.database, officer, "officer@example.org")
        await let_in(evening.database, second, "second@example.org")
        outcome = await count(officer)
        assert await evening.shown() == counting  # counted, and nobody sees it
        await publish(officer, second, outcome)
    after = await evening.shown()
    assert (after["state"], after["result"], telling(after)) == ("result", 1, set())


async def test_a_night_that_is_called_off_shows_so(evening: Evening) -> None:
    await evening.organiser.post(f"{NIGHT}/call-off", json={"reason": "Snow."})
    shown = await evening.shown()
    assert (shown["state"], shown["night"]["called_off"]) == ("off", "Snow.")


async def test_between_two_votes_the_screen_shows_the_shortlist_and_then_the_second_vote(
    people: People, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    await plan_a_night(people["organiser"])

    async def shown() -> Any:
        return (await people["nobody"].get(f"{ROUND}/screen")).json()

    await hold_first(database, keys, clock, codes)
    counting = await shown()
    assert (counting["state"], counting["result"], counting["night"]["polls"]) == ("counting", None, 2)
    await publish_it(people)
    between = await shown()
    assert (between["state"], between["result"], telling(between)) == ("shortlist", 1, set())
    shortlist = (await people["nobody"].get(f"{ROUND}/results?poll=1")).json()
    assert len(shortlist["steps"]) == 2
    await agree_to_open(database)
    clock.advance(days=1)
    await keep_time(database, keys)
    second = await shown()
    assert (second["state"], second["result"]) == ("voting", None)
    assert (second["vote"]["position"], second["vote"]["of"], second["vote"]["voted"]) == (2, 2, None)


EIGHT = datetime(2026, 3, 20, 20, tzinfo=UTC)
SPEAKING = Item("presentation-1", "presentation", 1, "Benches", "Kim", 3)
AT_THE_VOTE = Item("vote-1", "vote", 1, "", "", 15)


@pytest.mark.parametrize(
    ("phase", "item", "opens", "state"),
    [
        (Phase.REVIEW, None, EIGHT, State.BEFORE),
        (Phase.REVIEW, SPEAKING, EIGHT, State.STAGE),
        (Phase.VOTING, None, EIGHT, State.VOTING),
        (Phase.VOTING, SPEAKING, EIGHT + timedelta(hours=1), State.VOTING),  # it opened after the speaking
        (Phase.VOTING, SPEAKING, EIGHT - timedelta(days=7), State.STAGE),  # it has been open for a week
        (Phase.VOTING, AT_THE_VOTE, EIGHT - timedelta(days=7), State.VOTING),
        (Phase.COUNTING, SPEAKING, EIGHT, State.COUNTING),
        (Phase.SHORTLIST, SPEAKING, EIGHT, State.SHORTLIST),
        (Phase.PUBLISHED, SPEAKING, EIGHT, State.RESULT),
        (Phase.CANCELLED, SPEAKING, EIGHT, State.OFF),
    ],
)
def test_the_picture_fits_the_phase_and_the_timer(
    phase: Phase, item: Item | None, opens: datetime, state: State
) -> None:
    night = Night(begins_at=EIGHT, called_off="")
    timer = Standing(item, 1, 2, None, running=True, left_ms=1) if item else None
    assert state_of(phase, night, timer, opens) is state
