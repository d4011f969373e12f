"""The intake: casts that wait are written together, and only after their commit is each of them answered.

What a cast costs is its commit. So one task in each process takes all the casts that have arrived while the last ones
were being written, writes them in one transaction for each poll, commits, and answers. Nothing waits for a timer: a
cast that comes alone is written alone, and the more come at once, the more share a commit (decision 0015).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import metrics
from pbvote.db import Database
from pbvote.db.away import is_passing
from pbvote.errors import DomainError, TryAgain
from pbvote.keys import Keys
from pbvote.voting import casting
from pbvote.voting.casting import Cast, Stored
from pbvote.voting.opened import Opened

MOST_WAITING = 2_000
MOST_AT_ONCE = 256
AGAIN_SECONDS = 2
KEPT_SECONDS = 60  # what is known of a poll, its link key among it: no longer, for keys are destroyed
log = logging.getLogger("pbvote.intake")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A cast that waits, and where its answer goes."""

    poll_id: UUID
    cast: Cast
    answer: asyncio.Future[Stored]


@dataclass(slots=True)
class Intake:
    """The casts that wait in this process; `run` writes them. At most `most_waiting` wait."""

    database: Database
    keys: Keys
    most_waiting: int = MOST_WAITING
    most_at_once: int = MOST_AT_ONCE
    _waiting: deque[_Waiting] = field(default_factory=deque, init=False)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _known: dict[UUID, Opened] = field(default_factory=dict, init=False)
    _open: bool = field(default=True, init=False)
    _forgetting: bool = field(default=False, init=False)

    async def cast(self, poll_id: UUID, cast: Cast) -> Stored:
        """Put a ballot into the box; it is durable when this returns.

        Raises the cast's own DomainError, or TryAgain when too many wait or it is not known whether it was stored:
        sent again with the same idempotency key it gets the same receipt. Whoever stops waiting does not stop the cast.
        """
        if not self._open or len(self._waiting) >= self.most_waiting:
            metrics.cast_answered("try_again")
            raise TryAgain("Very many people are voting at this moment. Your vote was not taken yet.", AGAIN_SECONDS)
        answer: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(poll_id, cast, answer))
        metrics.casts_wait(len(self._waiting), self.most_waiting)  # here, for the database may stand still
        self._arrived.set()
        return await answer

    async def run(self) -> None:
        """Write what waits, until `stop` and then until nothing waits any more."""
        while self._open or self._waiting:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                await self._write(self._taken())
                metrics.casts_wait(len(self._waiting), self.most_waiting)

    def stop(self) -> None:
        """Take no more casts. Those that wait are written before `run` ends."""
        self._open = False
        self._arrived.set()

    @property
    def is_full(self) -> bool:
        """Whether the next cast would be turned away."""
        return not self._open or len(self._waiting) >= self.most_waiting

    def _taken(self) -> list[_Waiting]:
        """Those that are written next: of the poll whose turn it is, in the order of their arrival.

        Somebody's second cast waits until the first is written. So each batch locks its slots in one order, and
        processes side by side never wait for each other in a ring.
        """
        poll_id, batch, left = self._waiting[0].poll_id, dict[str, _Waiting](), list[_Waiting]()
        while self._waiting and len(batch) < self.most_at_once:
            one = self._waiting.popleft()
            if one.poll_id != poll_id or one.cast.code in batch:
                left.append(one)
            else:
                batch[one.cast.code] = one
        self._waiting.extendleft(reversed(left))
        return list(batch.values())

    async def _write(self, group: Sequence[_Waiting]) -> None:
        """Write casts of one poll, and answer them. Never raises but when it is cancelled."""
        started = perf_counter()
        poll_id, casts = group[0].poll_id, [one.cast for one in group]
        results: Sequence[Stored | BaseException]
        try:
            results = await self._together(poll_id, casts)
        except DomainError as error:
            results = [error] * len(group)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next batch is written
            results = await self._singly(poll_id, casts, error)
        else:
            metrics.batch_written(len(group), perf_counter() - started)
        self._forget_later()
        for one, result in zip(group, results, strict=True):
            _answer(one.answer, result)

    async def _together(self, poll_id: UUID, casts: Sequence[Cast]) -> list[Stored | DomainError]:
        return await self.database.write_whole(lambda db: casting.cast(db, self.keys, poll_id, casts, self._known))

    async def _singly(self, poll_id: UUID, casts: Sequence[Cast], error: Exception) -> Sequence[Stored | BaseException]:
        """The batch failed as a whole, and nothing of it is stored: once more, with a savepoint around each cast.

        What was passing (a deadlock with another process) is over now; what one cast alone brings about is its own.
        """
        self._known.clear()
        log.warning("a batch of %d casts failed, writing them singly: %s", len(casts), type(error).__name__)
        try:
            return await self.database.write_whole(lambda db: self._each(db, poll_id, casts))
        except Exception as again:  # noqa: BLE001  # the database is away, or does not commit
            log.error("%d casts are not known to be stored: %s", len(casts), type(again).__name__)  # noqa: TRY400
            return [_unknown()] * len(casts)

    async def _each(self, db: AsyncSession, poll_id: UUID, casts: Sequence[Cast]) -> list[Stored | BaseException]:
        return [await self._set_aside(db, poll_id, one) for one in casts]

    async def _set_aside(self, db: AsyncSession, poll_id: UUID, cast: Cast) -> Stored | BaseException:
        """One cast, or why it was not stored. Only its own changes are undone."""
        try:
            async with db.begin_nested():
                [result] = await casting.cast(db, self.keys, poll_id, [cast], self._known)
        except DomainError as error:
            return error
        except Exception as error:  # noqa: BLE001  # answered as what it is, to whoever sent this cast
            return _unknown() if is_passing(error) else error
        return result

    def _forget_later(self) -> None:
        """Let nothing that is known of a poll stay here for longer than a minute."""
        if self._known and not self._forgetting:
            self._forgetting = True
            asyncio.get_running_loop().call_later(KEPT_SECONDS, self._forget)

    def _forget(self) -> None:
        self._known.clear()
        self._forgetting = False


@asynccontextmanager
async def taking_in(intake: Intake) -> AsyncIterator[None]:
    """Write casts as long as the block runs, and at its end those that wait still."""
    writer = asyncio.create_task(intake.run())
    try:
        yield
    finally:
        intake.stop()
        await writer


def _answer(answer: asyncio.Future[Stored], result: Stored | BaseException) -> None:
    outcome = "stored" if isinstance(result, Stored) else getattr(result, "code", "internal_error")
    metrics.cast_answered(outcome)
    if answer.done():  # whoever sent it went away; the cast counts all the same
        return
    if isinstance(result, Stored):
        answer.set_result(result)
    else:
        answer.set_exception(result)


def _unknown() -> TryAgain:
    return TryAgain(
        "It is not known whether your vote was stored. Please send it again; it will not count twice.", AGAIN_SECONDS
    )
