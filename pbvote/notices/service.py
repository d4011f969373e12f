"""The outbox: messages are put into it with what they are about, and whoever sends them claims them first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer, SealIsBrokenError
from pbvote.notices.messages import Message
from pbvote.notices.models import Outgoing

OUTBOX = "outbox"  # what its seals are for
AT_ONCE = 20
# A claim is good for this long. Whoever holds one begins no message in its second half, and no message takes that long.
CLAIMED_FOR = timedelta(minutes=15)
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 2 * 60, 4 * 60, 8 * 60, 12 * 60, 24 * 60))
MOST_TRIES = len(WAITS) + 1


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send, for its try of that number."""

    id: UUID
    round_id: UUID | None
    kind: str
    tries: int
    message: Message


async def put(db: AsyncSession, keys: Keys, round_id: UUID | None, kind: str, messages: Sequence[Message]) -> None:
    """Put messages into the outbox, to be sent from now on. Raises NotAMessageError."""
    sealer, moment = Sealer.of(keys.pepper, OUTBOX), await now(db)
    rows = []
    for id_, message in zip(sorted(uuid4() for _ in messages), messages, strict=True):
        message.require_headers()
        sealed = sealer.seal(id_.bytes, message.padded())
        row = {"id": id_, "round_id": round_id, "kind": kind, "sealed": sealed, "tries": 0, "next_try_at": moment}
        rows.append(row)
    if rows:
        await db.execute(insert(Outgoing), rows)


async def something_is_due(db: AsyncSession) -> bool:
    """Whether a message waits to be sent now."""
    return await db.scalar(select(Outgoing.id).where(Outgoing.next_try_at <= await now(db)).limit(1)) is not None


async def claim(db: AsyncSession, keys: Keys) -> list[Claimed]:
    """Claim some messages that are due. Once this is committed, nobody else sends them until the claim has run out.

    On PostgreSQL rows that somebody else is claiming are passed over; on SQLite there is one writer at a time. What
    does not open with our keys is left alone.
    """
    moment, sealer = await now(db), Sealer.of(keys.pepper, OUTBOX)
    query = select(Outgoing).where(Outgoing.next_try_at <= moment).order_by(Outgoing.next_try_at, Outgoing.id)
    rows = list(await db.scalars(query.limit(AT_ONCE).with_for_update(skip_locked=True)))
    for row in rows:
        row.tries += 1
        row.next_try_at = moment + CLAIMED_FOR
    claimed = []
    for row in rows:
        with suppress(SealIsBrokenError):
            message = sealer.open(row.id.bytes, row.sealed, Message).trimmed()
            claimed.append(Claimed(row.id, row.round_id, row.kind, row.tries, message))
    return claimed


async def done(db: AsyncSession, claimed: Claimed) -> None:
    """The message is sent, or there is no use in sending it: delete it."""
    await db.execute(delete(Outgoing).where(Outgoing.id == claimed.id))


async def try_again(db: AsyncSession, claimed: Claimed) -> bool:
    """Put the message off; after the last try delete it. Whether it is still there."""
    if claimed.tries >= MOST_TRIES:
        await done(db, claimed)
        return False
    later = await now(db) + WAITS[claimed.tries - 1]
    # Only our own claim: if it ran out, somebody else has the message now.
    ours = (Outgoing.id == claimed.id, Outgoing.tries == claimed.tries)
    await db.execute(update(Outgoing).where(*ours).values(next_try_at=later))
    return True
