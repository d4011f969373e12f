"""Writing into the ballot box: idempotency keys, ballots and slots, many at once and in three statements.

The primary key of the slots is the referee between casts that race: whatever arrives in whatever order, an elector has
one slot and a slot has one ballot. Rows are written in the order of their random keys, never in the order of arrival.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.canonical import receipt
from pbvote.db import Base
from pbvote.errors import DomainError
from pbvote.voting.models import CastKey, SealedBallot, Slot


class IdempotencyKeyReused(DomainError):
    """The idempotency key was used before, for something else."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This was sent before with another content"


class SlotIsLocked(DomainError):
    """The elector has voted in a way that cannot be replaced, such as on paper."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This vote can no longer be changed"


@dataclass(frozen=True, slots=True)
class Ready:
    """A ballot that has passed every check: the hashes under which it is written, and its envelope."""

    key: bytes
    digest: bytes
    slot: bytes
    commitment: bytes
    sealed: bytes


async def put(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> list[str | DomainError]:
    """Write ballots, none of which share a slot or a key: for each its receipt, or why it was not written."""
    fresh = await _use_keys(db, poll_id, ready)
    before = await earlier(db, poll_id, [item for item in ready if item.key not in fresh])
    new = [item for item in ready if item.key in fresh]
    await _add_ballots(db, poll_id, new)
    taken = await _point_slots(db, poll_id, new)
    await _take_back(db, poll_id, [item for item in new if item.slot not in taken])
    results: list[str | DomainError] = []
    for item in ready:
        if item.key in before:
            results.append(before[item.key])
        elif item.slot in taken:
            results.append(receipt(item.commitment))
        else:
            results.append(SlotIsLocked("You have already voted on paper or with an officer; that vote stands."))
    return results


async def _use_keys(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> set[bytes]:
    """Remember what each idempotency key is used for; give back the keys that were not used before."""
    rows = [
        {"poll_id": poll_id, "key": item.key, "digest": item.digest, "ballot": item.commitment}
        for item in sorted(ready, key=lambda item: item.key)
    ]
    statement = _insert(db, CastKey).on_conflict_do_nothing(index_elements=["poll_id", "key"])
    return await _written(db, statement.returning(CastKey.__table__.c.key), rows)


async def earlier(db: AsyncSession, poll_id: UUID, repeated: Sequence[Ready]) -> dict[bytes, str | DomainError]:
    """For keys that were used before: the receipt they led to, or the error if it was for something else."""
    if not repeated:
        return {}
    query = select(CastKey).where(CastKey.poll_id == poll_id, CastKey.key.in_([item.key for item in repeated]))
    used = {row.key: row for row in await db.scalars(query)}
    reused = IdempotencyKeyReused("This was already sent, with other choices or another code. Nothing was changed.")
    return {
        item.key: receipt(used[item.key].ballot) if hmac.compare_digest(used[item.key].digest, item.digest) else reused
        for item in repeated
        if item.key in used
    }


async def _add_ballots(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> None:
    rows = [
        {"poll_id": poll_id, "commitment": item.commitment, "sealed": item.sealed}
        for item in sorted(ready, key=lambda item: item.commitment)
    ]
    if rows:
        await db.execute(_insert(db, SealedBallot), rows)


async def _point_slots(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> set[bytes]:
    """Point each slot to its new ballot; give back those that could be. In slot order, so that none wait in a ring."""
    rows = [
        {"poll_id": poll_id, "slot": item.slot, "ballot": item.commitment, "locked": False}
        for item in sorted(ready, key=lambda item: item.slot)
    ]
    statement = _insert(db, Slot)
    columns = Slot.__table__.c
    statement = statement.on_conflict_do_update(
        index_elements=["poll_id", "slot"],
        set_={"ballot": statement.excluded.ballot},
        where=columns.locked.is_(False),
    )
    return await _written(db, statement.returning(columns.slot), rows)


async def _take_back(db: AsyncSession, poll_id: UUID, refused: Sequence[Ready]) -> None:
    """Remove, within the transaction, what was written for ballots whose slot is locked."""
    for item in refused:
        await db.execute(delete(CastKey).where(CastKey.poll_id == poll_id, CastKey.key == item.key))
        ballot = (SealedBallot.poll_id == poll_id, SealedBallot.commitment == item.commitment)
        await db.execute(delete(SealedBallot).where(*ballot))


async def _written(db: AsyncSession, statement: Any, rows: list[dict[str, Any]]) -> set[bytes]:  # noqa: ANN401  # as _insert
    return set((await db.execute(statement, rows)).scalars()) if rows else set()


def _insert(db: AsyncSession, model: type[Base]) -> Any:  # noqa: ANN401  # the two dialects' inserts share no type
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(model.__table__)
