"""What becomes of a ballot: whoever has its receipt may ask, as often as they like.

Before the result is published the answer tells what the log tells, and no more: not whether somebody voted again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.canonical import RECEIPT_SYMBOLS
from pbvote.ballotbox.canonical import receipt as symbols_of
from pbvote.ballotlog.proofs import Logs, newest, note_of, place_of, round_of_poll
from pbvote.ballotlog.service import LogIsDamaged, NoLogYet
from pbvote.errors import DomainError, NotFound, Reason, SettingsError
from pbvote.keys import Keys
from pbvote.publication.service import ResultsNotPublished, published
from pbvote.publication.shelf import Shelf
from pbvote.rounds.models import Round
from pbvote.symbols import SYMBOLS, decode, tidy
from pbvote.voting.batches import waiting_commitments
from pbvote.voting.models import SealedBallot

BYTES = 32
SPARE_BITS = 8 * BYTES - 5 * RECEIPT_SYMBOLS


class State(StrEnum):
    """Where a ballot is: it waits for its batch, is in the box, and after the result counts or was replaced."""

    WAITING = "waiting"
    IN_THE_BOX = "in_the_box"
    COUNTED = "counted"
    REPLACED = "replaced"


class BadReceipt(DomainError):
    """What was typed cannot be the twelve symbols of a receipt."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "This is not a receipt"


class ReceiptNotFound(NotFound):
    """No ballot of this vote has these symbols."""

    title: ClassVar[str] = "No vote has this receipt"


@dataclass(frozen=True, slots=True)
class Memory:
    """What this process keeps in memory of logs and publications."""

    logs: Logs
    shelf: Shelf


@dataclass(frozen=True, slots=True)
class Traced:
    """Where a ballot is. In the log it has a number from 0, and a proof for the size of the checkpoint."""

    state: State
    commitment: bytes
    index: int | None = None
    size: int | None = None
    proof: tuple[bytes, ...] = ()
    checkpoint: str | None = None


async def trace(db: AsyncSession, keys: Keys, memory: Memory, poll_id: UUID, typed: str) -> Traced:
    """Where the ballot with these symbols is. Raises BadReceipt, ReceiptNotFound, NoLogYet and LogIsDamaged."""
    round_ = await round_of_poll(db, poll_id)
    first, last = _between(typed)
    commitment = await _in_the_log(db, poll_id, first, last)
    if commitment is None:
        waiting = [one for one in await _waiting(db, keys, poll_id) if first <= one <= last]
        if waiting:
            return Traced(State.WAITING, waiting[0])
        commitment = await _in_the_log(db, poll_id, first, last)  # where it may have gone while we looked
    if commitment is None:
        detail = (
            "No vote of this round has this receipt. Please check every letter and number. If they are right, keep "
            "the receipt and tell the forum: it shows that your vote was promised a place in the box."
        )
        raise ReceiptNotFound(detail, [Reason("receipt_not_found", detail, {}, "symbols")])
    return await _traced(db, memory, round_, poll_id, commitment)


async def trace_in_round(db: AsyncSession, keys: Keys, memory: Memory, round_: Round, typed: str) -> tuple[Traced, int]:
    """Where the ballot with these symbols is in any vote of the round, and the position of that vote. As `trace`."""
    *later, first = [poll for poll in reversed(round_.polls) if poll.position <= round_.current]
    for poll in later:
        with suppress(NoLogYet, ReceiptNotFound):
            return await trace(db, keys, memory, poll.id, typed), poll.position
    return await trace(db, keys, memory, first.id, typed), first.position


async def _traced(db: AsyncSession, memory: Memory, round_: Round, poll_id: UUID, commitment: bytes) -> Traced:
    """A ballot in the log, with its proof."""
    known = await newest(db, poll_id)
    log = await memory.logs.of(db, known.point, poll_id)
    index = await place_of(db, log, poll_id, commitment, known.point.size)
    if index is None:
        raise LogIsDamaged(f"it lacks the ballot {symbols_of(commitment)}, which is in the box")
    return Traced(
        await _state(db, memory.shelf, round_, poll_id, commitment),
        commitment,
        index,
        known.point.size,
        tuple(log.tree.inclusion(index, known.point.size)),
        await note_of(db, known.note),
    )


async def _state(db: AsyncSession, shelf: Shelf, round_: Round, poll_id: UUID, commitment: bytes) -> State:
    position = next(poll.position for poll in round_.polls if poll.id == poll_id)
    try:
        publication, _ = await published(db, round_, position)
    except ResultsNotPublished:
        return State.IN_THE_BOX
    replaced = commitment in await shelf.superseded(db, publication.id)
    return State.REPLACED if replaced else State.COUNTED


async def _in_the_log(db: AsyncSession, poll_id: UUID, first: bytes, last: bytes) -> bytes | None:
    """The first commitment between two: a range of the primary key."""
    query = select(SealedBallot.commitment).where(
        SealedBallot.poll_id == poll_id, SealedBallot.commitment >= first, SealedBallot.commitment <= last
    )
    return await db.scalar(query.order_by(SealedBallot.commitment).limit(1))


async def _waiting(db: AsyncSession, keys: Keys, poll_id: UUID) -> set[bytes]:
    try:
        return await waiting_commitments(db, keys, poll_id)
    except SettingsError:  # the vote's keys are destroyed: nothing has waited for long
        return set()


def _between(typed: str) -> tuple[bytes, bytes]:
    """The lowest and the highest commitment with these symbols. Raises BadReceipt."""
    found = tidy(typed)
    if len(found) != RECEIPT_SYMBOLS or not set(found) <= set(SYMBOLS):
        detail = f"A receipt has {RECEIPT_SYMBOLS} letters and numbers, such as K7QF-2MXR-9CVW, and never a U."
        raise BadReceipt(detail, [Reason("bad_receipt", detail, {}, "symbols")])
    number = decode(found) << SPARE_BITS
    return number.to_bytes(BYTES), (number | (1 << SPARE_BITS) - 1).to_bytes(BYTES)
