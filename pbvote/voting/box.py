"""Writing into the ballot box: idempotency keys, ballots and slots, many at once and in three statements.

The primary key of the slots is the referee between casts that race: whatever arrives in whatever order, an elector has
one slot and a slot has one ballot. Rows are written in the order of their random keys, never in the order of arrival.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Executable, Uuid, bindparam, delete, false, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.errors import DomainError
from pbvote.voting.models import CastKey, SealedBallot, Slot, WaitingBallot

_SEALED = SealedBallot.__table__.c
_MOVED = select(_SEALED.commitment).where(
    # a column that points to another table has its type only once that one is imported, so it is said here
    _SEALED.poll_id == bindparam("poll_id", type_=Uuid()),
    _SEALED.commitment.in_(bindparam("commitments", expanding=True)),
)


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
    rows = [
        {"poll_id": poll_id, "key": item.key, "digest": item.digest}
        for item in sorted(ready, key=lambda item: item.key)
    ]
    return await _written(db, _statements(db).keys, rows)


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
    rows = [
        {"poll_id": poll_id, "id": item.waiting_id, "hidden": item.waiting}
        for item in sorted(ready, key=lambda item: item.waiting_id)
    ]
    written = await _written(db, _statements(db).ballots, rows)
    added = {item.commitment for item in ready if item.waiting_id in written}
    # Asked after the insert: a batch that is moving the same ballot was waited for, and shows it here.
    asked = {"poll_id": poll_id, "commitments": list(added)}
    moved = set((await db.execute(_MOVED, asked)).scalars()) if added else set()
    await _remove_waiting(db, poll_id, [item for item in ready if item.commitment in moved])
    return added - moved


async def _point_slots(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> set[bytes]:
    """Point each slot to its new ballot; give back those that could be. In slot order, so that none wait in a ring."""
    rows = [
        {"poll_id": poll_id, "slot": item.slot, "ballot": item.pointer}
        for item in sorted(ready, key=lambda item: item.slot)
    ]
    return await _written(db, _statements(db).slots, rows)


async def _take_back(db: AsyncSession, poll_id: UUID, refused: Sequence[Ready], added: AbstractSet[bytes]) -> None:
    """Remove, within the transaction, what was written for ballots that could not be put in."""
    if refused:
        keys = [item.key for item in refused]
        await db.execute(delete(CastKey).where(CastKey.poll_id == poll_id, CastKey.key.in_(keys)))
        await _remove_waiting(db, poll_id, [item for item in refused if item.commitment in added])


async def _remove_waiting(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> None:
    if ready:
        these = (WaitingBallot.poll_id == poll_id, WaitingBallot.id.in_([item.waiting_id for item in ready]))
        await db.execute(delete(WaitingBallot).where(*these))


async def _written(db: AsyncSession, statement: Executable, rows: list[dict[str, Any]]) -> set[bytes]:
    if not rows:
        return set()
    return set((await db.execute(statement, rows if _is_sqlite(db) else _in_columns(rows))).scalars())


def _in_columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rows of one poll as a list for each column, and the poll once."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return columns | {"poll_id": rows[0]["poll_id"]}


@dataclass(frozen=True, slots=True)
class _Statements:
    """The three statements of casting. Each tells what it wrote."""

    keys: Executable
    ballots: Executable
    slots: Executable


def _sqlite() -> _Statements:
    """For SQLite: a list of values for each row."""
    keys, ballots = sqlite.insert(CastKey.__table__), sqlite.insert(WaitingBallot.__table__)  # type: ignore[arg-type]  # tables they are
    slots = sqlite.insert(Slot.__table__).values(locked=false(), noticed=false())  # type: ignore[arg-type]  # see above
    columns = Slot.__table__.c
    pointed = slots.on_conflict_do_update(
        index_elements=["poll_id", "slot"],
        set_={"ballot": slots.excluded.ballot, "noticed": false()},
        where=columns.locked.is_(False),
    )
    return _Statements(
        keys.on_conflict_do_nothing(index_elements=["poll_id", "key"]).returning(CastKey.__table__.c.key),
        ballots.on_conflict_do_nothing(index_elements=["poll_id", "id"]).returning(WaitingBallot.__table__.c.id),
        pointed.returning(columns.slot),
    )


# For PostgreSQL, an array for each column, in the order of the keys: whatever their number, it is the same statement,
# so neither side has to read it anew.
_POSTGRESQL = _Statements(
    text(
        "INSERT INTO cast_keys (poll_id, key, digest)"
        " SELECT CAST(:poll_id AS uuid), new.* FROM unnest(CAST(:key AS bytea[]), CAST(:digest AS bytea[])) new"
        " ON CONFLICT (poll_id, key) DO NOTHING RETURNING key"
    ),
    text(
        "INSERT INTO waiting_ballots (poll_id, id, hidden)"
        " SELECT CAST(:poll_id AS uuid), new.* FROM unnest(CAST(:id AS bytea[]), CAST(:hidden AS bytea[])) new"
        " ON CONFLICT (poll_id, id) DO NOTHING RETURNING id"
    ),
    text(
        "INSERT INTO slots AS old (poll_id, slot, ballot, locked, noticed) SELECT CAST(:poll_id AS uuid), new.*, false,"
        " false FROM unnest(CAST(:slot AS bytea[]), CAST(:ballot AS bytea[])) new ON CONFLICT (poll_id, slot)"
        " DO UPDATE SET ballot = excluded.ballot, noticed = false WHERE NOT old.locked RETURNING slot"
    ),
)
_SQLITE = _sqlite()


def _is_sqlite(db: AsyncSession) -> bool:
    return db.get_bind().dialect.name == "sqlite"


def _statements(db: AsyncSession) -> _Statements:
    return _SQLITE if _is_sqlite(db) else _POSTGRESQL
