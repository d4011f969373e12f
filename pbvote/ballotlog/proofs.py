"""Reading the logs: proofs, leaves, events and checkpoints, for whoever wants to watch a vote.

Everything here is public, and nothing tells more than the log itself. Proofs come from trees that each process keeps in
memory and extends by the leaves it lacks. They are never used for signing, and only handed out while they agree with
the log's newest checkpoint.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

import anyio.to_thread
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.checkpoints import Checkpoint, read_text
from pbvote.ballotbox.log import BALLOT, Leaf, ballot_leaf, read_leaf
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.ballotbox.notes import read_note
from pbvote.ballotlog.models import Cosignature, Log, LogCheckpoint, LogLeaf
from pbvote.ballotlog.service import LogIsDamaged, NoLogYet, leaves_of, log_of, newest_checkpoint
from pbvote.errors import DomainError, NotFound
from pbvote.rounds.models import Poll, Round

MOST_LOGS = 4  # in memory at once: one of a million leaves takes 64 MB
MOST_LEAVES = 10_000
LEAVES_AT_ONCE = 2_000  # so that nobody else waits long while a log is read
_BALLOT = f"{BALLOT} ".encode()


class NotInTheLog(DomainError):
    """The log is not that long: there is no such entry, or it never had this size."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The log is not that long"


@dataclass(slots=True)
class KnownLog:
    """A log as this process knows it: its tree, and its events by number.

    It only grows, so what was true of a size stays true while somebody else extends it.
    """

    tree: Tree = field(default_factory=Tree)
    events: list[tuple[int, Leaf]] = field(default_factory=list)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Append leaves: for a thread, where there are many."""
        for number, leaf in enumerate(leaves, start=len(self.tree)):
            if not leaf.startswith(_BALLOT):
                self.events.append((number, read_leaf(leaf)))
            self.tree.append(leaf_hash(leaf))

    def events_until(self, size: int) -> list[tuple[int, Leaf]]:
        """The events among the first `size` leaves, with their numbers."""
        return [(number, event) for number, event in self.events if number < size]


@dataclass(slots=True)
class Logs:
    """The logs that this process knows, those used last at the end."""

    known: OrderedDict[UUID, KnownLog] = field(default_factory=OrderedDict)
    locks: defaultdict[UUID, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def of(self, db: AsyncSession, point: Checkpoint, poll_id: UUID) -> KnownLog:
        """The log, at least as long as this checkpoint of it. Raises LogIsDamaged if it is not what was signed."""
        async with self.locks[poll_id]:
            log = self.known.get(poll_id)
            if log is None or len(log.tree) < point.size or log.tree.root(point.size) != point.root:
                log = await _extended(db, log, point, poll_id) or await _extended(db, None, point, poll_id)
            if log is None:
                self.known.pop(poll_id, None)
                raise LogIsDamaged("its entries are not those that its newest checkpoint was signed for")
            self.known[poll_id] = log
            self.known.move_to_end(poll_id)
        while len(self.known) > MOST_LOGS:
            dropped, _ = self.known.popitem(last=False)
            self.locks.pop(dropped, None)
        return log


@dataclass(frozen=True, slots=True)
class Newest:
    """A log at its newest checkpoint."""

    log: Log
    note: LogCheckpoint
    point: Checkpoint


async def round_of_poll(db: AsyncSession, poll_id: UUID) -> Round:
    """The round of a poll that has a log, which is public. Raises NotFound or NoLogYet."""
    round_ = await db.scalar(select(Round).join(Poll, Poll.round_id == Round.id).where(Poll.id == poll_id))
    if round_ is None:
        raise NotFound("There is no such vote.")
    await log_of(db, poll_id)
    return round_


async def newest(db: AsyncSession, poll_id: UUID) -> Newest:
    """The log of a poll with its last checkpoint. Raises NoLogYet."""
    log, note = await log_of(db, poll_id), await newest_checkpoint(db, poll_id)
    if note is None:
        raise NoLogYet("The vote has not opened, so there is no log of it yet.")
    return Newest(log, note, read_text(read_note(note.note).text))


async def inclusion(
    db: AsyncSession, logs: Logs, poll_id: UUID, index: int, size: int | None
) -> tuple[int, bytes, list[bytes]]:
    """The size, the leaf at `index` and the proof that it is in the log of that size. Raises NotInTheLog."""
    point = (await newest(db, poll_id)).point
    size = _size(size, point.size)
    if not 0 <= index < size:
        raise NotInTheLog(f"The log of {size} entries has none with the number {index}: numbers begin with 0.")
    log = await logs.of(db, point, poll_id)
    leaf = await db.scalar(select(LogLeaf.leaf).where(LogLeaf.poll_id == poll_id, LogLeaf.number == index))
    return size, (leaf or "").encode(), log.tree.inclusion(index, size)


async def consistency(
    db: AsyncSession, logs: Logs, poll_id: UUID, first: int, second: int | None
) -> tuple[int, list[bytes]]:
    """The second size, and the proof that the log of that size begins with the first. Raises NotInTheLog."""
    point = (await newest(db, poll_id)).point
    second = _size(second, point.size)
    if not 0 <= first <= second:
        raise NotInTheLog(f"The log of {second} entries cannot begin with one of {first}.")
    log = await logs.of(db, point, poll_id)
    return second, log.tree.consistency(first, second)


async def leaves(db: AsyncSession, poll_id: UUID, start: int, limit: int) -> tuple[int, list[bytes]]:
    """The log's size, and some of its leaves from `start` on. Raises NotInTheLog."""
    size = (await newest(db, poll_id)).point.size
    if not 0 <= start <= size:
        raise NotInTheLog(f"The log has {size} entries so far, so none begin at {start}.")
    return size, await leaves_of(db, poll_id, start, min(limit, size - start))


async def checkpoints(
    db: AsyncSession, poll_id: UUID, offset: int, limit: int
) -> tuple[list[tuple[LogCheckpoint, list[Cosignature]]], int]:
    """Some checkpoints with their cosignatures, the newest first, and how many there are. Raises NoLogYet."""
    await newest(db, poll_id)
    query = select(LogCheckpoint).where(LogCheckpoint.poll_id == poll_id).order_by(LogCheckpoint.size.desc())
    found = list(await db.scalars(query.offset(offset).limit(limit)))
    signed: dict[int, list[Cosignature]] = {point.size: [] for point in found}
    for cosignature in await under(db, poll_id, list(signed)):
        signed[cosignature.size].append(cosignature)
    total = (await db.execute(select(func.count()).where(LogCheckpoint.poll_id == poll_id))).scalar_one()
    return [(point, signed[point.size]) for point in found], total


async def under(db: AsyncSession, poll_id: UUID, sizes: Sequence[int]) -> list[Cosignature]:
    """The cosignatures under the checkpoints of these sizes, in order of keys."""
    query = select(Cosignature).where(Cosignature.poll_id == poll_id, Cosignature.size.in_(sizes))
    return list(await db.scalars(query.order_by(Cosignature.key)))


async def note_of(db: AsyncSession, point: LogCheckpoint) -> str:
    """A checkpoint as it is passed on: with the lines of those who countersigned it."""
    return point.note + "".join(one.line for one in await under(db, point.poll_id, [point.size]))


async def seen_by(db: AsyncSession, poll_id: UUID) -> list[Cosignature]:
    """For every witness that has countersigned the log, its line under the longest that it saw."""
    longest = (
        select(Cosignature.key, func.max(Cosignature.size).label("size"))
        .where(Cosignature.poll_id == poll_id)
        .group_by(Cosignature.key)
        .subquery()
    )
    query = (
        select(Cosignature)
        .join(longest, (Cosignature.key == longest.c.key) & (Cosignature.size == longest.c.size))
        .where(Cosignature.poll_id == poll_id)
    )
    return list(await db.scalars(query.order_by(Cosignature.key)))


async def place_of(db: AsyncSession, log: KnownLog, poll_id: UUID, commitment: bytes, size: int) -> int | None:
    """The number of a ballot's leaf, if it is in the log of this size."""
    leaf = ballot_leaf(commitment)
    # By the leaf alone: asked for the poll and the size as well, SQLite would rather read the whole log.
    query = select(LogLeaf.poll_id, LogLeaf.number).where(LogLeaf.leaf == leaf.decode())
    found = [row.number for row in await db.execute(query) if row.poll_id == poll_id and row.number < size]
    return next((number for number in found if log.tree.leaf(number) == leaf_hash(leaf)), None)


async def _extended(db: AsyncSession, log: KnownLog | None, point: Checkpoint, poll_id: UUID) -> KnownLog | None:
    """The log (from nothing, for None) up to a checkpoint; None if it is not the one that was signed."""
    log = KnownLog() if log is None else log
    while len(log.tree) < point.size:
        found = await leaves_of(db, poll_id, len(log.tree), min(LEAVES_AT_ONCE, point.size - len(log.tree)))
        if not found:
            break
        await anyio.to_thread.run_sync(log.extend, found)
    agrees = len(log.tree) >= point.size and log.tree.root(point.size) == point.root
    return log if agrees else None


def _size(asked: int | None, size: int) -> int:
    if asked is not None and not 0 <= asked <= size:
        raise NotInTheLog(f"The log has {size} entries so far, not {asked}.")
    return size if asked is None else asked
