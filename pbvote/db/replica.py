"""A replica for public reading: a streaming standby of PostgreSQL, used only while it shows what was just written.

Several times a second each process asks how far the primary's write-ahead log is, and up to where the replica has
replayed it. What was committed before the primary was asked is on the replica once it has replayed as far as the answer
said; no clocks have to agree. A look also remembers the version of the public state (`changes`) that this process knew
before it, so that nobody who has just written is shown less than they wrote: until the replica has their change, it is
the primary that answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from time import monotonic

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from pbvote.db.changes import Changes

LOOK_EVERY = 0.25
MOST_LAG = 1.0  # seconds; older than that, it is not used
LEFT_ALONE = 5.0  # after a failure
PATIENCE = 2.0
REPLAYED = sa.text("SELECT pg_is_in_recovery(), coalesce(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0'), 0)")
# The end of what was inserted, not of what is on the disk: a commit that did not wait for the disk is shown to others.
WRITTEN = sa.text("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
log = logging.getLogger("pbvote.replica")


@dataclass(frozen=True, slots=True)
class Look:
    """Up to where the primary had written its log, at or after a moment, and the version that was known before that."""

    at: float
    version: int
    written: int


@dataclass(slots=True)
class Replica:
    """The replica's connections, and what is known of it. `follow` looks; without it the replica is never used."""

    engine: AsyncEngine
    primary: AsyncEngine
    changes: Changes
    looks: deque[Look] = field(default_factory=lambda: deque(maxlen=64))
    reached: Look | None = None
    failed: asyncio.Event = field(default_factory=asyncio.Event)

    def shows_all(self) -> bool:
        """Whether it shows all that this process knows to be committed, and nothing older than MOST_LAG seconds."""
        known = self.changes.version()
        reached = self.reached
        return (
            reached is not None
            and known is not None
            and reached.version == known
            and monotonic() - reached.at <= MOST_LAG
        )

    @property
    def lag(self) -> float | None:
        """So many seconds ago all that was written then is on the replica; None while it is not looked at."""
        return monotonic() - self.reached.at if self.reached else None

    def leave_alone(self) -> None:
        """It failed: use it no more until it was looked at again, some seconds from now."""
        self.reached = None
        self.looks.clear()
        self.failed.set()

    async def follow(self) -> None:
        """Look, until cancelled."""
        away = False
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self.look()
                away = False
            except Exception as error:  # noqa: BLE001  # whatever it is, the primary answers meanwhile
                if not away:
                    log.warning("the replica is left alone: %s", type(error).__name__)
                away = True
                self.leave_alone()
            if self.failed.is_set():
                self.failed.clear()
                await asyncio.sleep(LEFT_ALONE)
            else:
                await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Ask both how far they are. Raises what the database raises, or NoReplicaError."""
        async with self.engine.connect() as connection:
            is_replica, replayed = (await connection.execute(REPLAYED)).one()
        now, version = monotonic(), self.changes.version()
        async with self.primary.connect() as connection:
            written = int((await connection.execute(WRITTEN)).scalar_one())
        if not is_replica or replayed > written:
            raise NoReplicaError  # promoted, or it follows, or followed, another primary
        while self.looks and self.looks[0].written <= replayed:
            self.reached = self.looks.popleft()
        if version is not None:
            self.looks.append(Look(now, version, written))

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


class NoReplicaError(RuntimeError):
    """What answers at the replica's address does not follow our primary."""
