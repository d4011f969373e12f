"""Readers step back while somebody casts, and come in a few at a time, so that a cast waits for few of them.

What is kept is given in a fraction of a millisecond; but of sixty who ask at once each is answered before the cast that
came last has its turn, and a cast needs several. So for a second after a cast readers wait for their turn: as long as a
cast is under way, though never longer than PATIENCE, and then a few in each turn of the loop. Who reads notices nothing
of it; without casts nobody waits.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

AT_ONCE = 4  # in a turn of the loop: a millisecond of work
PATIENCE = 0.05  # seconds
AFTER = 1.0  # seconds without a cast until readers no longer wait


@dataclass(slots=True)
class Readers:
    """Those who wait for their turn to read, in one process; `age` counts the seconds."""

    age: Callable[[], float] = monotonic
    casts: int = 0
    last: float = -math.inf
    waiting: deque[tuple[float, asyncio.Future[None]]] = field(default_factory=deque)
    next: asyncio.Handle | None = None

    def cast_begins(self) -> None:
        """A cast is under way."""
        self.casts += 1

    def cast_ends(self) -> None:
        """It is not any more."""
        self.casts -= 1
        self.last = self.age()
        if self.waiting and not self.casts:
            self._look_again(0)

    @property
    def alone(self) -> bool:
        """Whether nobody casts, or has just cast."""
        return not self.casts and self.age() - self.last >= AFTER

    async def turn(self) -> None:
        """Return when it is this reader's turn: at once where they are alone."""
        if self.alone:
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((self.age() + PATIENCE, mine))
        if self.next is None:
            self._look_again(0)
        await mine

    def _look_again(self, seconds: float) -> None:
        if self.next:
            self.next.cancel()
        loop = asyncio.get_running_loop()
        self.next = loop.call_later(seconds, self._let_in) if seconds > 0 else loop.call_soon(self._let_in)

    def _let_in(self) -> None:
        """Let some in, or look again when somebody has waited long enough."""
        self.next = None
        now, places = self.age(), AT_ONCE
        while self.waiting and places:
            until, first = self.waiting[0]
            if self.casts and until > now and not first.done():
                self._look_again(until - now)
                return
            self.waiting.popleft()
            if not first.done():  # who went away needs none
                first.set_result(None)
                places -= 1
        if self.waiting:
            self._look_again(0)
