"""Writing into the ballot box: idempotency keys, ballots and slots, many at once and in three statements.

The primary key of the slots is the referee between casts that race: whatever arrives in whatever order, an elector has
one slot and a slot has one ballot. Rows are written in the order of their random keys, never in the order of arrival.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db.rows import ForRows, for_rows
from pbvote.errors import DomainError
from pbvote.voting.models import CastKey

# Rows are written in the order of their first column, a random key: so nobody waits for another in a ring.
_USE_KEYS = for_rows(
    "INSERT INTO cast_keys (poll_id, key, digest) SELECT :of, new.* FROM {rows} WHERE true"
    " ON CONFLICT (poll_id, key) DO NOTHING RETURNING key",
    width=2,
)
_ADD_BALLOTS = for_rows(
    "INSERT INTO waiting_ballots (poll_id, id, hidden) SELECT :of, new.* FROM {rows} WHERE true"
    " ON CONFLICT (poll_id, id) DO NOTHING RETURNING id",
    width=2,
)
_POINT_SLOTS = for_rows(
    "INSERT INTO slots AS old (poll_id, slot, ballot, locked, noticed) SELECT :of, new.*, false, false FROM {rows}"
    " WHERE true ON CONFLICT (poll_id, slot) DO UPDATE SET ballot = excluded.ballot, noticed = false"
    " WHERE NOT old.locked RETURNING slot",
    width=2,
)
_IN_THE_LOG = for_rows("SELECT commitment FROM sealed_ballots WHERE poll_id = :of AND commitment {first}")
REMOVE_WAITING = for_rows("DELETE FROM waiting_ballots WHERE poll_id = :of AND id {first}")


class BallotBoxIsDamaged(DomainError):
    """What lies in the box is not what voters put there: nothing is counted before somebody has looked into it."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The ballot box is damaged"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The ballot box is damaged: {what}. Nothing was counted or published. Please leave everything as it is "
            "and tell whoever runs this service."
        )


class IdempotencyKeyReused(DomainError):
    """The idempotency key was used before, for something else."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This was sent before with another content"


class SlotIsLocked(DomainError):
    """The elector was taken off the roll, or has voted in a way that cannot be replaced, such as on paper."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This vote can no longer be changed"


class TicketWasUsed(DomainError):
    """The ticket and the randomness gave a ballot that is in the box already, perhaps another elector's."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Please send this again"


@dataclass(frozen=True, slots=True)
class Ready:
    """A ballot that has passed every check, as it is written: `waiting` and `pointer` are hidden by the link key."""

    key: bytes
    digest: bytes
    slot: bytes
    commitment: bytes
    waiting_id: bytes
    waiting: bytes
    pointer: bytes


async def put(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> list[DomainError | None]:
    """Write ballots, none of which share a slot, a key or a commitment: for each None, or why it was not written.

    What was sent before, under the same key and with the same content, is in the box already: None too.
    """
    fresh = await _use_keys(db, poll_id, ready)
    before = await earlier(db, poll_id, [item for item in ready if item.key not in fresh])
    new = [item for item in ready if item.key in fresh]
    added = await _add_ballots(db, poll_id, new)
    taken = await _point_slots(db, poll_id, [item for item in new if item.commitment in added])
    await _take_back(db, poll_id, [item for item in new if item.slot not in taken], added)
    results: list[DomainError | None] = []
    for item in ready:
        if item.key in before:
            results.append(before[item.key])
        elif item.commitment not in added:
            results.append(TicketWasUsed("This page was used for another vote already. Please load it again."))
        elif item.slot in taken:
            results.append(None)
        else:
            results.append(SlotIsLocked("This code no longer takes part. Please ask the forum if that is a mistake."))
    return results


async def _use_keys(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> set[bytes]:
    """Remember what each idempotency key is used for; give back the keys that were not used before."""
    return await _written(db, _USE_KEYS, poll_id, [(item.key, item.digest) for item in ready])


async def earlier(db: AsyncSession, poll_id: UUID, repeated: Sequence[Ready]) -> dict[bytes, DomainError | None]:
    """For keys that were used before: None if for the very same ballot, or the error if it was for something else."""
    if not repeated:
        return {}
    query = select(CastKey).where(CastKey.poll_id == poll_id, CastKey.key.in_([item.key for item in repeated]))
    used = {row.key: row for row in await db.scalars(query)}
    reused = IdempotencyKeyReused("This was already sent, with other choices or another code. Nothing was changed.")
    return {
        item.key: None if hmac.compare_digest(used[item.key].digest, item.digest) else reused
        for item in repeated
        if item.key in used
    }


async def _add_ballots(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> set[bytes]:
    """Put ballots where they wait for their batch; the commitments of those that were not in the box already."""
    written = await _written(db, _ADD_BALLOTS, poll_id, [(item.waiting_id, item.waiting) for item in ready])
    added = {item.commitment for item in ready if item.waiting_id in written}
    # Asked after the insert: a batch that is moving the same ballot was waited for, and shows it here.
    moved = await _written(db, _IN_THE_LOG, poll_id, [(commitment,) for commitment in added])
    await _remove_waiting(db, poll_id, [item for item in ready if item.commitment in moved])
    return added - moved


async def _point_slots(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> set[bytes]:
    """Point each slot to its new ballot; give back those that could be."""
    return await _written(db, _POINT_SLOTS, poll_id, [(item.slot, item.pointer) for item in ready])


async def _take_back(db: AsyncSession, poll_id: UUID, refused: Sequence[Ready], added: AbstractSet[bytes]) -> None:
    """Remove, within the transaction, what was written for ballots that could not be put in."""
    if refused:
        keys = [item.key for item in refused]
        await db.execute(delete(CastKey).where(CastKey.poll_id == poll_id, CastKey.key.in_(keys)))
        await _remove_waiting(db, poll_id, [item for item in refused if item.commitment in added])


async def _remove_waiting(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> None:
    if ready:
        await REMOVE_WAITING.execute(db, poll_id, [(item.waiting_id,) for item in ready])


async def _written(
    db: AsyncSession, statement: ForRows, poll_id: UUID, rows: Sequence[tuple[bytes, ...]]
) -> set[bytes]:
    """The keys that a statement tells of, done for these rows in their order."""
    return set((await statement.execute(db, poll_id, sorted(rows))).scalars()) if rows else set()
