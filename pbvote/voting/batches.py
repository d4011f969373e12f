"""From the waiting ballots into the log, a batch at a time.

Casting writes a ballot where it waits. When 20 wait, or when voting closes, all of them are moved: they enter the log
in the order of their commitments, and the rows are written anew in that order, with those of their slots. So whoever looks
at the tables, PostgreSQL's `xmin` and `ctid` included, sees batches and no order within them.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.log import BATCH, ballot_leaves
from pbvote.ballotlog.service import append, lock_log
from pbvote.keys import Keys
from pbvote.voting.models import SealedBallot, Slot, WaitingBallot

ROWS_AT_ONCE = 2_000


async def enter_waiting(db: AsyncSession, keys: Keys, poll_id: UUID, *, closing: bool = False) -> int:
    """Move the waiting ballots into the log if there are enough of them, or if voting closes; how many were moved."""
    await lock_log(db, poll_id)
    query = select(WaitingBallot.commitment).where(WaitingBallot.poll_id == poll_id)
    commitments = sorted(await db.scalars(query))
    leaves = ballot_leaves(commitments, closing=closing)
    if not leaves:
        return 0
    for start in range(0, len(commitments), ROWS_AT_ONCE):
        await _move(db, poll_id, commitments[start : start + ROWS_AT_ONCE])
    if db.get_bind().dialect.name == "postgresql":
        await _rewrite_slots(db, poll_id, commitments)
    await append(db, keys, poll_id, leaves)
    return len(leaves)


async def polls_with_a_batch(db: AsyncSession) -> list[UUID]:
    """The polls in which enough ballots wait."""
    query = select(WaitingBallot.poll_id).group_by(WaitingBallot.poll_id).having(func.count() >= BATCH)
    return list(await db.scalars(query))


async def _move(db: AsyncSession, poll_id: UUID, commitments: Sequence[bytes]) -> None:
    """Move some ballots, in order, to those that are in the log."""
    these = (WaitingBallot.poll_id == poll_id, WaitingBallot.commitment.in_(commitments))
    waiting = select(WaitingBallot.commitment, WaitingBallot.sealed).where(*these).order_by(WaitingBallot.commitment)
    rows = [
        {"poll_id": poll_id, "commitment": commitment, "sealed": sealed}
        for commitment, sealed in await db.execute(waiting)
    ]
    await db.execute(insert(SealedBallot), rows)
    await db.execute(delete(WaitingBallot).where(*these))


async def _rewrite_slots(db: AsyncSession, poll_id: UUID, commitments: Sequence[bytes]) -> None:
    """Write the slots of a batch anew, in the order of their hashes.

    One whose elector is voting again at this moment is left out: it comes with the batch of its new ballot.
    """
    for start in range(0, len(commitments), ROWS_AT_ONCE):
        some = commitments[start : start + ROWS_AT_ONCE]
        query = select(Slot).where(Slot.poll_id == poll_id, Slot.ballot.in_(some)).order_by(Slot.slot)
        found = list(await db.scalars(query.with_for_update(skip_locked=True)))
        rows = [
            {column.name: getattr(slot, column.name) for column in Slot.__table__.columns}
            for slot in sorted(found, key=lambda slot: slot.slot)
        ]
        for slot in found:
            db.expunge(slot)
        if rows:
            await db.execute(delete(Slot).where(Slot.poll_id == poll_id, Slot.slot.in_([row["slot"] for row in rows])))
            await db.execute(insert(Slot), rows)
