"""Readers step back for casts: how long they wait, how many come at once, and that nobody is forgotten."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from pbvote.web.readers import AFTER, AT_ONCE, PATIENCE, Readers


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def readers(clock: Clock) -> Readers:
    return Readers(clock)


class Crowd:
    """Those who asked for a turn, and how many have had it."""

    def __init__(self, readers: Readers, size: int) -> None:
        self.read = 0
        self.tasks = [asyncio.create_task(self._one(readers)) for _ in range(size)]

    async def _one(self, readers: Readers) -> None:
        await readers.turn()
        self.read += 1


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_while_a_cast_is_under_way_nobody_reads(readers: Readers) -> None:
    readers.cast_begins()
    crowd = Crowd(readers, 3)
    await turns(50)
    assert crowd.read == 0
    readers.cast_ends()
    await asyncio.gather(*crowd.tasks)
    assert (crowd.read, readers.next, len(readers.waiting)) == (3, None, 0)


async def test_as_long_as_one_of_several_casts_is_under_way(readers: Readers) -> None:
    readers.cast_begins()
    readers.cast_begins()
    crowd = Crowd(readers, 1)
    readers.cast_ends()
    await turns(20)
    assert crowd.read == 0
    readers.cast_ends()
    await asyncio.gather(*crowd.tasks)


async def test_then_they_come_a_few_at_a_time(readers: Readers) -> None:
    readers.cast_begins()
    crowd = Crowd(readers, 5 * AT_ONCE)
    await turns(3)
    readers.cast_ends()
    seen = []
    for _ in range(20):
        await turns(1)
        seen.append(crowd.read)
    assert max(after - before for before, after in itertools.pairwise(seen)) == AT_ONCE
    assert seen[-1] == 5 * AT_ONCE


async def test_a_cast_that_comes_meanwhile_goes_first(readers: Readers) -> None:
    readers.cast_begins()
    crowd = Crowd(readers, 10 * AT_ONCE)
    await turns(3)
    readers.cast_ends()
    await turns(3)
    readers.cast_begins()
    before = crowd.read
    await turns(50)
    assert 0 < before < 10 * AT_ONCE
    assert crowd.read <= before + AT_ONCE
    readers.cast_ends()
    await asyncio.gather(*crowd.tasks)


async def test_nobody_waits_longer_than_they_have_patience(readers: Readers, clock: Clock) -> None:
    """Casts that never end: readers are let in when they have waited long enough."""
    readers.cast_begins()
    crowd = Crowd(readers, 3)
    await turns(3)
    later = readers.next
    assert isinstance(later, asyncio.TimerHandle)
    clock.now += PATIENCE
    await asyncio.gather(*crowd.tasks)
    assert crowd.read == 3


async def test_who_goes_away_is_not_waited_for(readers: Readers) -> None:
    readers.cast_begins()
    crowd = Crowd(readers, 2 * AT_ONCE)
    await turns(3)
    for task in crowd.tasks[:-1]:
        task.cancel()
    await turns(3)
    readers.cast_ends()
    await asyncio.gather(*crowd.tasks, return_exceptions=True)
    assert (crowd.read, len(readers.waiting)) == (1, 0)


def reads_at_once(readers: Readers) -> bool:
    """Whether a reader who asks now has to give way to nobody."""
    asked = readers.turn()
    try:
        asked.send(None)
    except StopIteration:
        return True
    asked.close()
    return False


async def test_without_casts_nobody_waits(readers: Readers, clock: Clock) -> None:
    assert reads_at_once(readers)
    readers.cast_begins()
    readers.cast_ends()
    assert not reads_at_once(readers)
    clock.now += AFTER
    assert reads_at_once(readers)
    await turns(3)
