"""Logs that are held: after a backup was restored, nothing is signed before it is known what was published meanwhile.

A restored log may be shorter than what people outside have seen. If it grew again, with other leaves, its key would
sign a second truth about the same vote, which is what witnesses look for. So every log that may still grow is held:
nothing is appended, which stops ballots' batches, the close, results and certificates alike. It goes on once somebody
has shown the newest checkpoint that is known outside, and it is one that the restored log contains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.checkpoints import Checkpoint, open_checkpoint, read_text
from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.merkle import Frontier, leaf_hash
from pbvote.ballotbox.notes import VerifyKey, read_note
from pbvote.ballotlog.models import Log, LogHold, LogLeaf
from pbvote.errors import DomainError


class LogIsHeld(DomainError):
    """The database was restored, and nobody has said yet what of this log was published before that."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The ballot log is held"


class LogWouldFork(DomainError):
    """Somebody has seen more of this log than the restored database has, or something else: it cannot go on."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The ballot log cannot go on"


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that somebody outside has kept: which poll's log it is of, and what it says."""

    poll_id: UUID
    point: Checkpoint


def read_seen(encoded: str, key: VerifyKey) -> Seen:
    """A checkpoint of one of our logs, from its signed text. Raises MalformedError or NotAuthenticError.

    Only the log's own signature counts: without it anybody could hold a vote up with an invented checkpoint.
    """
    origin = read_text(read_note(encoded).text).origin
    point = open_checkpoint(encoded, key, origin)
    try:
        return Seen(UUID(origin.rpartition("/")[2]), point)
    except ValueError:
        raise MalformedError(f"{origin[:60]!r} is not the name of a vote's log") from None


async def require_not_held(db: AsyncSession, poll_id: UUID) -> None:
    """Raise LogIsHeld if the log waits for the operator's decision."""
    held = await db.get(LogHold, poll_id)
    if held is not None:
        raise LogIsHeld(
            f"This service was restored from a backup of {held.backup_at:%d %B %Y, %H:%M} UTC. Nothing is added to "
            "the log of this vote before whoever runs the service has checked what was published after that "
            "(`pbvote continue-log`)."
        )


async def holds(db: AsyncSession) -> list[LogHold]:
    """The logs that are held."""
    return list(await db.scalars(select(LogHold).order_by(LogHold.poll_id)))


async def release(db: AsyncSession, poll_id: UUID, seen: Sequence[Seen]) -> None:
    """Let a held log go on. Raises LogWouldFork unless it contains every checkpoint of it that was seen outside."""
    for one in seen:
        if one.poll_id == poll_id and (problem := await missing(db, one)):
            raise LogWouldFork(problem)
    held = await db.get(LogHold, poll_id)
    if held is not None:
        await db.delete(held)
        await db.flush()


async def missing(db: AsyncSession, seen: Seen) -> str:
    """What the log here lacks of a checkpoint that was seen outside, as a sentence; empty if it lacks nothing."""
    log = await db.get(Log, seen.poll_id)
    size = log.size if log else 0
    if seen.point.size > size:
        return (
            f"The log {seen.point.origin} was published with {seen.point.size} entries, and the database here has "
            f"{size}: the last {seen.point.size - size} are lost. If it went on, it would contradict what was signed."
        )
    query = select(LogLeaf.leaf).where(LogLeaf.poll_id == seen.poll_id, LogLeaf.number < seen.point.size)
    leaves = await db.stream_scalars(query.order_by(LogLeaf.number))
    frontier = Frontier().extend([leaf_hash(leaf.encode()) async for leaf in leaves])
    if frontier.root() != seen.point.root:
        return (
            f"The log {seen.point.origin} was published with other entries than the database here has, among the "
            f"first {seen.point.size}. If it went on, it would contradict what was signed."
        )
    return ""
