"""From the waiting ballots into the log, a batch at a time.

Casting writes a ballot where it waits, hidden. When 20 wait, or when voting closes, all of them are moved: they enter
the log in the order of their commitments, and their rows are written in that order and at one stroke. So whoever looks
at the tables, PostgreSQL's `xmin` and `ctid` included, sees batches and no order within them.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.log import BATCH, ballot_leaves
from pbvote.ballotlog.service import append, lock_log
from pbvote.db.rows import for_rows
from pbvote.keys import Keys
from pbvote.keys.polls import link_key
from pbvote.voting.box import REMOVE_WAITING, BallotBoxIsDamaged
from pbvote.voting.hiding import NotHiddenHereError, Veil
from pbvote.voting.models import SealedBallot, Slot, WaitingBallot

ROWS_AT_ONCE = 2_000
_WAITING = for_rows("SELECT id, hidden FROM waiting_ballots WHERE poll_id = :of AND id {first}")


async def enter_waiting(db: AsyncSession, keys: Keys, poll_id: UUID, *, closing: bool = False) -> int:
    """Move the waiting ballots into the log if there are enough of them, or if voting closes; how many were moved.

    Raises BallotBoxIsDamaged if one of them was changed.
    """
    await lock_log(db, poll_id)
    moved = list(await db.scalars(select(WaitingBallot.id).where(WaitingBallot.poll_id == poll_id)))
    if not moved or (len(moved) < BATCH and not closing):
        return 0
    ballots: dict[bytes, bytes] = {}
    for start in range(0, len(moved), ROWS_AT_ONCE):
        ballots |= await _taken_out(db, keys, poll_id, moved[start : start + ROWS_AT_ONCE])
    rows = [
        {"poll_id": poll_id, "commitment": commitment, "sealed": ballots[commitment]} for commitment in sorted(ballots)
    ]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        await db.execute(insert(SealedBallot), rows[start : start + ROWS_AT_ONCE])
    await append(db, keys, poll_id, ballot_leaves(ballots, closing=closing))
    return len(ballots)


async def polls_with_a_batch(db: AsyncSession) -> list[UUID]:
    """The polls in which enough ballots wait."""
    query = select(WaitingBallot.poll_id).group_by(WaitingBallot.poll_id).having(func.count() >= BATCH)
    return list(await db.scalars(query))


async def waiting_commitments(db: AsyncSession, keys: Keys, poll_id: UUID) -> set[bytes]:
    """Which ballots wait. Raises BallotBoxIsDamaged."""
    query = select(WaitingBallot.id, WaitingBallot.hidden).where(WaitingBallot.poll_id == poll_id)
    veil = Veil(link_key(keys, poll_id), poll_id)
    return {_shown(veil, id_, hidden)[0] for id_, hidden in await db.execute(query)}


async def pointed_commitments(db: AsyncSession, keys: Keys, poll_id: UUID) -> dict[bytes, bytes]:
    """The commitment that each slot points to, voided ones left out. Raises BallotBoxIsDamaged."""
    veil = Veil(link_key(keys, poll_id), poll_id)
    rows = await db.stream(select(Slot.slot, Slot.ballot).where(Slot.poll_id == poll_id, Slot.ballot != b""))
    try:
        return {slot: veil.pointed(slot, pointer) async for slot, pointer in rows}
    except NotHiddenHereError as error:
        raise BallotBoxIsDamaged(f"a slot was changed ({error})") from error


async def _taken_out(db: AsyncSession, keys: Keys, poll_id: UUID, ids: Sequence[bytes]) -> dict[bytes, bytes]:
    """Take some of the waiting ballots out: envelopes by commitment."""
    veil = Veil(link_key(keys, poll_id), poll_id)
    these = [(id_,) for id_ in ids]
    rows = await _WAITING.execute(db, poll_id, these)
    shown = dict(_shown(veil, row.id, row.hidden) for row in rows)
    await REMOVE_WAITING.execute(db, poll_id, these)
    return shown


def _shown(veil: Veil, id_: bytes, hidden: bytes) -> tuple[bytes, bytes]:
    try:
        return veil.shown_ballot(id_, hidden)
    except NotHiddenHereError as error:
        raise BallotBoxIsDamaged(f"a ballot that waits for its batch was changed ({error})") from error
