"""So many wrong codes a second are answered, from wherever they come; the answers beyond that wait for their second.

A limit for each address does not stop who has many addresses. Who tries codes out waits for an answer before the next
one, or opens more connections, and of these nobody has many: so answers that come slowly are what keeps a flood from
taking the processor, and what is held costs nothing meanwhile. Right codes are never held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from pbvote import metrics

A_SECOND = 5  # in each process; some 5 ms of the processor each
AT_ONCE = 40  # a hall of people who mistype
SHORTEST, LONGEST = 0.001, 5.0  # seconds
FOR_EACH_VOTE = 0.5  # more, where so many vote that many mistype
# What a wrong code, a request that makes no sense, and one too many of them are answered with. Not 409: when voting
# closes, thousands are told so at once.
HELD = frozenset({400, 404, 429})


@dataclass(slots=True)
class Pace:
    """When the next answer may leave; `age` counts the seconds, `rest` waits."""

    a_second: float = A_SECOND
    at_once: float = AT_ONCE
    longest: float = LONGEST
    age: Callable[[], float] = monotonic
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep
    promised: float = 0.0  # the second of the last answer, were they all `1 / a_second` apart

    async def hold(self) -> None:
        """Return when the answer may leave."""
        if seconds := self.wait():
            metrics.answer_held(1)
            try:
                await self.rest(seconds)
            finally:
                metrics.answer_held(-1)

    def right(self) -> None:
        """Somebody has voted, and others are as honest who mistyped."""
        self.promised -= FOR_EACH_VOTE / self.a_second

    def wait(self) -> float:
        """How many seconds the next answer has to wait, at most `longest`. It is counted."""
        now = self.age()
        begun = max(self.promised, now - self.at_once / self.a_second)
        self.promised = min(begun + 1 / self.a_second, now + self.longest)
        seconds = self.promised - now
        return seconds if seconds > SHORTEST else 0.0
