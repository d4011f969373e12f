"""A town under fire: it votes without a pause, while its server is struck again and again.

One chain is one town: its voters go on through every stroke, and whoever got no answer sends the same again.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.campaigns.box import Verdict, examine
from tests.campaigns.crowd import Figures, Habits, crowd
from tests.campaigns.ledger import Ledger
from tests.campaigns.rows import Row
from tests.campaigns.serving import BROKEN, Server
from tests.campaigns.town import Town

CLIENTS = 24
HABITS = Habits(patience=600.0)
EVERYBODY = 2**31
STUCK = 180.0
CHAIN, CONTROLS = 5, 5  # runs in one town; at most so many runs of the control


@dataclass(slots=True)
class Fire:
    """A town, its server, its voters' ledger, and the chance that decides when and how it is struck."""

    town: Town
    server: Server
    ledger: Ledger
    chance: random.Random
    figures: Figures = field(default_factory=Figures)
    counted: int = 0

    async def until(self, more: int) -> None:
        """Wait until so many more casts are acknowledged, and a random moment longer. Raises TimeoutError."""
        goal = self.ledger.acknowledged + more
        async with asyncio.timeout(STUCK):
            while self.ledger.acknowledged < goal:  # noqa: ASYNC110  # the ledger is no event
                await asyncio.sleep(0.002)
        await asyncio.sleep(self.chance.random() * 0.03)

    async def kill(self) -> None:
        """SIGKILL to the server, and nothing of it is left."""
        await asyncio.to_thread(self.server.kill)
        self.ledger.server_gone()

    async def start(self) -> None:
        """Start the server and wait until it answers."""
        await asyncio.to_thread(self.server.start)

    async def examine(self) -> tuple[Verdict, int]:
        """What lies in the box, and how many casts were acknowledged since the last look."""
        verdict = await examine(self.town, self.ledger)
        new, self.counted = self.ledger.acknowledged - self.counted, self.ledger.acknowledged
        return verdict, new


@asynccontextmanager
async def fire(town: Town, server: Server, seed: object) -> AsyncIterator[Fire]:
    """A town whose voters begin at once and end with the block. The server is started and killed within it."""
    made = Fire(town, server, Ledger(), random.Random(str(seed)))  # noqa: S311  # moments to strike at
    stop = asyncio.Event()
    voters = asyncio.create_task(
        crowd([server.address], town, made.ledger, CLIENTS, EVERYBODY, habits=HABITS, stop=stop, figures=made.figures)
    )
    try:
        yield made
    finally:
        stop.set()
        await asyncio.to_thread(server.kill)
        await voters


Strike = Callable[[Fire], Awaitable[None]]


async def struck(town: Town, server: Server, seed: object, runs: int, strike: Strike) -> list[tuple[Verdict, int]]:
    """Strike a town so many times: for each what was found afterwards, and how many casts were acknowledged before.

    `strike` finds a running server and leaves none.
    """
    found = []
    async with fire(town, server, seed) as made:
        for _ in range(runs):
            await made.start()
            await strike(made)
            found.append(await made.examine())
            if not found[-1][0].good:
                break  # what is wrong once would be found again
    return found


@dataclass(frozen=True, slots=True)
class Campaign:
    """A long campaign: its name and database in the table, and how many runs it makes."""

    name: str
    database: str
    runs: int


Served = Callable[[Town, tuple[str, ...]], tuple[Server, Strike]]


def simply(strike: Strike) -> Served:
    """A server that nothing is done to but the strike."""

    def served(town: Town, program: tuple[str, ...]) -> tuple[Server, Strike]:
        return Server(town, program=program), strike

    return served


async def campaign(told: Campaign, fresh: Callable[[int], Town], served: Served, broken: str) -> None:
    """Strike towns, each of them some times, until there were enough runs; then some with the `broken` server.

    What was found in a town is written down at once, so that a campaign can be interrupted; it is judged at the end.
    """
    total, number = Row(told.name, told.database), 0
    for control in (False, True):
        todo, program = (min(CONTROLS, 1 + told.runs // 50), (BROKEN, broken)) if control else (told.runs, ("pbvote",))
        spare = CONTROLS if control else 0  # a disk may be full at an instant when nobody commits
        while todo > 0 or (spare > 0 and not total.control_found):
            todo, spare = max(todo, 1), spare - (todo <= 0)
            number += 1
            town, seed, row = fresh(number), secrets.token_hex(8), Row(told.name, told.database)
            server, strike = served(town, program)
            found = await struck(town, server, seed, min(CHAIN, todo), strike)
            for verdict, acknowledged in found:
                row = row.after_control(verdict) if control else row.after(verdict, acknowledged)
                if not control and not verdict.good:
                    sys.stderr.write(f"{told.name} on {told.database}, seed {seed}, {town.folder}: {verdict}\n")
            row.write()
            total, todo = total.plus(row), todo - len(found)
    assert not total.lost + total.doubled + total.corrupt, total
    assert total.control_found, total
