"""“A vote was recorded for you”: whoever did not vote learns from it that somebody else did in their place.

Casting writes nothing on the elector's side, so nobody knows there who has voted. This is found out later and from the
other side: a slot says whether its newest vote was noticed, and with the link key each elector whom we can write to has
a slot. Only votes that are in the log are looked at: those of a batch come together, in the order of their slots.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.polls import link_key
from pbvote.keys.sealed import Sealer
from pbvote.notices.service import put
from pbvote.notices.writing import Writer
from pbvote.roll.contacts import CONTACTS, open_contact
from pbvote.roll.models import Contact
from pbvote.rounds.models import Poll, Round
from pbvote.voting.casting import slot_of
from pbvote.voting.hiding import Veil
from pbvote.voting.models import SealedBallot, Slot

RECORDED = "recorded"
SLOTS_AT_ONCE = 2_000


async def queue_recorded(database: Database, keys: Keys, writer: Writer) -> int:
    """Put a message into the outbox for each vote in a log that its elector was not told of; how many there are."""
    queued = 0
    async with database.session(write=False) as db:
        polls = await _polls_with_contacts(db)
    for poll_id, round_id in polls:
        async with database.session(write=False) as db:
            # What takes long is done before anything is locked.
            ballots = await _unnoticed(db, keys, poll_id)
            electors = await _electors_of(db, keys, poll_id, round_id, ballots) if ballots else {}
        slots = sorted(ballots)
        for start in range(0, len(slots), SLOTS_AT_ONCE):
            some = {slot: ballots[slot] for slot in slots[start : start + SLOTS_AT_ONCE]}
            async with database.session(write=True, quiet=True) as db:
                queued += await _queue(db, keys, writer, poll_id, some, electors)
    return queued


async def _polls_with_contacts(db: AsyncSession) -> list[tuple[UUID, UUID]]:
    """The polls with votes that were not noticed, and their rounds, of which electors can be told."""
    there = exists().where(Contact.round_id == Poll.round_id)
    voted = exists().where(Slot.poll_id == Poll.id, Slot.noticed.is_(False), Slot.ballot != b"")
    query = select(Poll.id, Poll.round_id).where(there, voted, Poll.keys_destroyed_at.is_(None))
    return [(poll_id, round_id) for poll_id, round_id in await db.execute(query)]


async def _unnoticed(db: AsyncSession, keys: Keys, poll_id: UUID) -> dict[bytes, bytes]:
    """The slots whose newest ballot is in the log and was not noticed, with what they point to it by."""
    query = select(Slot.slot, Slot.ballot).where(Slot.poll_id == poll_id, Slot.noticed.is_(False), Slot.ballot != b"")
    pointers = dict((await db.execute(query)).all())
    veil = Veil(link_key(keys, poll_id), poll_id)
    slots = {veil.pointed(slot, pointer): slot for slot, pointer in pointers.items()}
    commitments, logged = sorted(slots), set[bytes]()
    for start in range(0, len(commitments), SLOTS_AT_ONCE):
        some = SealedBallot.commitment.in_(commitments[start : start + SLOTS_AT_ONCE])
        logged |= set(await db.scalars(select(SealedBallot.commitment).where(SealedBallot.poll_id == poll_id, some)))
    return {slot: pointers[slot] for ballot, slot in slots.items() if ballot in logged}


async def _electors_of(
    db: AsyncSession, keys: Keys, poll_id: UUID, round_id: UUID, slots: Mapping[bytes, bytes]
) -> dict[bytes, UUID]:
    """The electors who can be told, by their slots."""
    link = link_key(keys, poll_id)
    electors = await db.scalars(select(Contact.elector_id).where(Contact.round_id == round_id))
    return {slot: elector for elector in electors if (slot := slot_of(link, poll_id, elector)) in slots}


async def _queue(
    db: AsyncSession,
    keys: Keys,
    writer: Writer,
    poll_id: UUID,
    ballots: Mapping[bytes, bytes],
    electors: Mapping[bytes, UUID],
) -> int:
    """Note these slots as noticed, and write to their electors, as far as they are still as they were seen.

    A slot that somebody is voting for at this moment is left alone: it comes with the batch of its new ballot.
    """
    these = (Slot.poll_id == poll_id, Slot.slot.in_(ballots), Slot.noticed.is_(False))
    query = select(Slot.slot, Slot.ballot).where(*these).order_by(Slot.slot).with_for_update(skip_locked=True)
    taken = [slot for slot, ballot in await db.execute(query) if ballot == ballots[slot]]
    if not taken:
        return 0
    await db.execute(update(Slot).where(Slot.poll_id == poll_id, Slot.slot.in_(taken)).values(noticed=True))
    told = [electors[slot] for slot in taken if slot in electors]
    round_ = (await db.scalars(select(Round).join(Poll).where(Poll.id == poll_id))).one()
    contacts = select(Contact).where(Contact.round_id == round_.id, Contact.elector_id.in_(told))
    sealer = Sealer.of(keys.pepper, CONTACTS)
    messages = [writer.recorded(round_, open_contact(sealer, contact)) for contact in await db.scalars(contacts)]
    await put(db, keys, round_.id, RECORDED, messages)
    return len(messages)
