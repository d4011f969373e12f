"""The log of a vote: begin it, append to it, and sign a checkpoint each time that it has grown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.checkpoints import Checkpoint, open_checkpoint, sign
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.log import has_time, not_before, time_of
from pbvote.ballotbox.merkle import HASH_BYTES, Frontier, leaf_hash
from pbvote.ballotbox.notes import read_key
from pbvote.ballotlog.holds import require_not_held
from pbvote.ballotlog.models import Log, LogCheckpoint, LogLeaf
from pbvote.errors import DomainError, NotFound
from pbvote.keys import Keys

ROWS_AT_ONCE = 2_000


class NoLogYet(NotFound):
    """The vote has not opened, so it has no log."""

    title: ClassVar[str] = "There is no log yet"


class LogIsDamaged(DomainError):
    """What the database holds of the log is not what was signed: nothing is added to it, and nothing counted by it."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The ballot log is damaged"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The ballot log is damaged: {what}. Nothing was written. Please leave everything as it is and tell "
            "whoever runs this service."
        )


async def begin_log(db: AsyncSession, keys: Keys, poll_id: UUID) -> Log:
    """An empty log for a poll, named after the installation and the poll. Nothing is signed before its first leaf."""
    name = keys.sign.name
    log = Log(poll_id=poll_id, origin=f"{name}/{poll_id}", log_key=keys.sign.verify_key.text, size=0, nodes=b"")
    db.add(log)
    await db.flush()
    return log


async def log_of(db: AsyncSession, poll_id: UUID) -> Log:
    """The log of a poll. Raises NoLogYet."""
    log = await db.get(Log, poll_id)
    if log is None:
        raise NoLogYet("The vote has not opened, so there is no log of it yet.")
    return log


async def lock_log(db: AsyncSession, poll_id: UUID) -> Log:
    """The log of a poll, read anew and locked until the transaction ends. Raises NoLogYet.

    Whoever needs the round's lock too takes that one first.
    """
    query = select(Log).where(Log.poll_id == poll_id).with_for_update()
    log = await db.scalar(query.execution_options(populate_existing=True))
    if log is None:
        raise NoLogYet("The vote has not opened, so there is no log of it yet.")
    return log


async def append(db: AsyncSession, keys: Keys, poll_id: UUID, leaves: Sequence[bytes]) -> Log:
    """Append leaves and sign the log as it is then. Raises LogIsDamaged if it is not what was signed before.

    Raises LogIsHeld after a backup was restored, until it is known what was published.

    The check is cheap and catches whoever has written into the database: a checkpoint that contradicts an earlier one
    is never signed.
    """
    log = await lock_log(db, poll_id)
    if not leaves:
        return log
    await require_not_held(db, poll_id)
    leaves = await in_order_of_time(db, poll_id, leaves)
    before = await _as_signed(db, keys, log)
    after = before.extend(leaf_hash(leaf) for leaf in leaves)
    for start in range(0, len(leaves), ROWS_AT_ONCE):
        rows = [
            {"poll_id": poll_id, "number": log.size + number, "leaf": leaf.decode()}
            for number, leaf in enumerate(leaves[start : start + ROWS_AT_ONCE], start=start)
        ]
        await db.execute(insert(LogLeaf), rows)
    log.size, log.nodes = after.size, b"".join(after.nodes)
    note = sign(Checkpoint(log.origin, after.size, after.root()), keys.sign)
    db.add(LogCheckpoint(poll_id=poll_id, size=after.size, note=note))
    await db.flush()
    return log


async def in_order_of_time(db: AsyncSession, poll_id: UUID, leaves: Sequence[bytes]) -> list[bytes]:
    """The leaves, none with an earlier time than one before it, also when the clock was set back meanwhile.

    What comes after something in the log did not happen before it: it gets the time of that, which is the most that
    can be said.
    """
    if not any(has_time(leaf) for leaf in leaves):
        return list(leaves)
    query = select(LogLeaf.leaf).where(LogLeaf.poll_id == poll_id, LogLeaf.leaf.not_like("ballot %"))
    last = await db.scalar(query.order_by(LogLeaf.number.desc()).limit(1))
    earliest, placed = "" if last is None else time_of(last.encode()), []
    for leaf in leaves:
        placed.append(not_before(leaf, earliest))
        earliest = max(earliest, time_of(placed[-1]))
    return placed


async def leaves_of(db: AsyncSession, poll_id: UUID, start: int = 0, limit: int | None = None) -> list[bytes]:
    """Leaves from `start` on, in order."""
    query = select(LogLeaf.leaf).where(LogLeaf.poll_id == poll_id, LogLeaf.number >= start).order_by(LogLeaf.number)
    rows = await db.stream_scalars(query.limit(limit))
    return [leaf.encode() async for leaf in rows]


async def intact_leaves(db: AsyncSession, keys: Keys, poll_id: UUID) -> list[bytes]:
    """Every leaf, after checking that they are what the last checkpoint was signed for. Raises LogIsDamaged."""
    log = await log_of(db, poll_id)
    signed = await _as_signed(db, keys, log)
    leaves = await leaves_of(db, poll_id)
    again = Frontier().extend(leaf_hash(leaf) for leaf in leaves)
    if again != signed:
        raise LogIsDamaged(f"its {len(leaves)} entries are not those that were signed")
    return leaves


async def require_as_signed(db: AsyncSession, keys: Keys, poll_id: UUID) -> None:
    """Raise LogIsDamaged unless the tree that is stored is the one that the last checkpoint was signed for.

    Cheap: entries are not read.
    """
    await _as_signed(db, keys, await log_of(db, poll_id))


async def newest_checkpoint(db: AsyncSession, poll_id: UUID) -> LogCheckpoint | None:
    """The log's last checkpoint; None for an empty log."""
    query = select(LogCheckpoint).where(LogCheckpoint.poll_id == poll_id)
    return await db.scalar(query.order_by(LogCheckpoint.size.desc()).limit(1))


async def _as_signed(db: AsyncSession, keys: Keys, log: Log) -> Frontier:
    """The tree's frontier, if the last checkpoint was signed for it. Raises LogIsDamaged."""
    nodes = tuple(log.nodes[place : place + HASH_BYTES] for place in range(0, len(log.nodes), HASH_BYTES))
    last = await newest_checkpoint(db, log.poll_id)
    try:
        if log.log_key != keys.sign.verify_key.text:
            raise LogIsDamaged(f"it was begun with the key {read_key(log.log_key).text}, which is not the one here")
        frontier = Frontier(log.size, nodes)
        if last is None:
            intact = log.size == 0
        else:
            point = open_checkpoint(last.note, keys.sign.verify_key, log.origin)
            intact = (point.size, point.root) == (frontier.size, frontier.root())
    except (MalformedError, NotAuthenticError, ValueError):
        intact = False
    if not intact:
        raise LogIsDamaged("its last checkpoint was not signed for what is stored")
    return frontier
