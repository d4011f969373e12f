"""Casting: the one way by which a ballot gets into the box.

The order of things: the choice is checked against the design with the costs in the database, and sealed. Then, in one
transaction, the round's row is locked for share and its closing time compared with the clock; the code's keyed hash
finds the elector; poll and elector make the slot; the idempotency key, the ballot and the slot are written. Nothing is
written on the elector's side, and nothing that is written has a time (docs/decisions/0004-slots.md).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.opening import Opening
from pbvote.ballotbox.randomness import TICKET_BYTES, filled_in, offer, server_random
from pbvote.ballotbox.receipts import Receipt, promise
from pbvote.ballotbox.sealing import seal
from pbvote.ballots.design import Choice, Design, ballot_reasons
from pbvote.errors import DomainError, NotFound, Reason, SettingsError
from pbvote.keys import Keys
from pbvote.keys.polls import link_key
from pbvote.roll.codes import hash_code, read_code
from pbvote.roll.service import NotOnTheRoll, electors_of
from pbvote.rounds.models import Poll
from pbvote.voting.box import Ready, earlier, put
from pbvote.voting.models import Slot
from pbvote.voting.opened import FORMS, Opened, poll_of

IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class BallotIsNotValid(DomainError):
    """The choice breaks the ballot's design; `reasons` says everything that is wrong. An earlier ballot stays."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This vote cannot be counted as it is"


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot on its way to the box: the code as typed, the choice, and the sender's idempotency key.

    `ticket` (16 bytes) is the one that the page was given, and `browser_random` (32 bytes) what the browser drew. Both
    or neither: without them the server draws both parts, and the receipt says so.
    """

    code: str
    choice: Choice
    key: str
    ticket: bytes | None = None
    browser_random: bytes | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Stored:
    """A ballot that is in the box: its opening, for the voter alone, and the receipt, which promises it.

    `at` and the forum's `zone` are for telling the voter when that was; no time is written anywhere. Never printed: the
    class has no repr of its content.
    """

    opening: Opening
    receipt: Receipt
    at: datetime
    zone: str


@dataclass(frozen=True, slots=True, repr=False)
class _Sealed:
    """A ballot that could be cast, and its envelope, which only the closed poll's key opens. Never printed."""

    opening: Opening
    envelope: bytes
    receipt: Receipt


async def cast(
    db: AsyncSession, keys: Keys, poll_id: UUID, casts: Sequence[Cast], known: dict[UUID, Opened] | None = None
) -> list[Stored | DomainError]:
    """Put ballots into the box: for each cast what its voter gets, or the error that kept it out.

    Raises NotFound for an unknown poll, and VotingIsClosed, VotingIsPaused or VotingIsNotOpen when none of them can be
    cast. Nothing counts before the caller's commit, and no receipt may be shown before it.

    `known` is what the caller keeps of open polls from one call to the next. Whether a ballot can be cast now is asked
    every time, under the round's lock.
    """
    known = {} if known is None else known
    # Sealing is most of the work. Where the poll is known it is done before anything is locked.
    sealed = [_sealed(keys, known[poll_id], attempt) for attempt in casts] if poll_id in known else None
    poll, moment, closed = await poll_of(db, keys, poll_id, known)
    sealed = sealed or [_sealed(keys, poll, attempt) for attempt in casts]
    results: list[Stored | DomainError] = []
    ready: list[tuple[int, Ready]] = []
    electors = await _electors(db, keys, poll, casts)
    for index, (elector, one) in enumerate(zip(electors, sealed, strict=True)):
        if isinstance(elector, DomainError):
            results.append(elector)
        elif isinstance(one, DomainError):
            results.append(one)
        else:
            ready.append((index, _prepare(poll, elector, casts[index], one)))
            results.append(Stored(one.opening, one.receipt, moment, poll.zone))
    if closed:
        # Whoever sends again because the first answer was lost gets it, also after the close; all others are too late.
        before = await earlier(db, poll_id, [prepared for _, prepared in ready])
        again = {index for index, prepared in ready if prepared.key in before and before[prepared.key] is None}
        if not again:
            raise closed
        return [results[index] if index in again else closed for index in range(len(casts))]
    for group in _without_repetition(ready):
        refused = await put(db, poll_id, [prepared for _, prepared in group])
        for (index, _), why in zip(group, refused, strict=True):
            if why is not None:
                results[index] = why
    return results


def ticket(keys: Keys, poll_id: UUID) -> tuple[bytes, bytes]:
    """A new ticket (16 bytes), and the hash of the server's randomness that goes with it (32 bytes). Stores nothing."""
    made = secrets.token_bytes(TICKET_BYTES)
    return made, offer(poll_id, server_random(keys.ticket, poll_id, made))


async def has_voted(db: AsyncSession, keys: Keys, poll_id: UUID, typed_code: str) -> bool:
    """Whether the holder of this code has a ballot in the box. Raises BadCode or NotOnTheRoll."""
    poll = await db.get(Poll, poll_id)
    if poll is None:
        raise NotFound("There is no such vote.")
    code_hash = hash_code(keys.pepper, read_code(typed_code))
    elector = (await electors_of(db, keys, poll.round_id, [code_hash])).get(code_hash)
    if elector is None:
        raise _unknown_code()
    try:
        slot = slot_of(link_key(keys, poll_id), poll_id, elector)
    except SettingsError:  # there is no such key before the vote is prepared, nor after its result is certified
        return False
    filled = exists().where(Slot.poll_id == poll_id, Slot.slot == slot, Slot.ballot != b"")
    return bool(await db.scalar(select(filled)))


def slot_of(link: bytes, poll_id: UUID, elector_id: UUID) -> bytes:
    """HMAC-SHA256(link key, poll || elector): one slot for each elector, that only the key can tie to them."""
    return hmac.digest(link, poll_id.bytes + elector_id.bytes, hashlib.sha256)


def canonical(poll_id: UUID, design: Design, choice: Choice) -> bytes:
    """The canonical bytes of a valid choice."""
    form = FORMS.get(design.kind, Form.SET)
    return CanonicalBallot(poll_id, form, choice.projects, choice.points or ()).encode()


async def _electors(db: AsyncSession, keys: Keys, poll: Opened, casts: Sequence[Cast]) -> list[UUID | DomainError]:
    found: list[bytes | DomainError] = []
    for attempt in casts:
        try:
            found.append(hash_code(keys.pepper, read_code(attempt.code)))
        except DomainError as error:
            found.append(error)
    known = await electors_of(db, keys, poll.place.round_id, [item for item in found if isinstance(item, bytes)])
    return [known.get(item, _unknown_code()) if isinstance(item, bytes) else item for item in found]


def _sealed(keys: Keys, poll: Opened, attempt: Cast) -> _Sealed | DomainError:
    """The ballot under the poll's seal, or why it cannot be cast whoever sent it."""
    try:
        opening = _opening(keys, poll, attempt)
    except DomainError as error:
        return error
    envelope = seal(poll.seal, poll.id, opening.commitment, opening.encode(poll.opening_bytes))
    return _Sealed(opening, envelope, promise(keys.sign, poll.id, opening.commitment, attempt.browser_random))


def _opening(keys: Keys, poll: Opened, attempt: Cast) -> Opening:
    """Everything that is strict about a ballot, before anything is written; then the opening of its commitment.

    It follows from what was sent alone, so whoever sends the same once more gets the same receipt.
    """
    if not IDEMPOTENCY_KEY.fullmatch(attempt.key):
        detail = "The idempotency key needs 16 to 64 letters, digits, hyphens or underscores."
        raise BallotIsNotValid(detail, [Reason("bad_idempotency_key", detail, {}, "idempotency_key")])
    if reasons := ballot_reasons(poll.design, attempt.choice, poll.costs, poll.budget):
        raise BallotIsNotValid(" ".join(reason.detail for reason in reasons), reasons)
    request = hashlib.sha256(attempt.key.encode()).digest()
    given = attempt.ticket or request[:TICKET_BYTES]
    server = server_random(keys.ticket, poll.id, given)
    browser = attempt.browser_random or filled_in(keys.ticket, poll.id, given, request)
    return Opening(poll.id, server, browser, canonical(poll.id, poll.design, attempt.choice))


def _prepare(poll: Opened, elector: UUID, attempt: Cast, sealed: _Sealed) -> Ready:
    """The ballot as it is written."""
    veil, committed = poll.veil, sealed.opening.commitment
    slot = slot_of(poll.link, poll.id, elector)
    key = hashlib.sha256(attempt.key.encode()).digest()
    waiting_id = veil.waiting_id(committed)
    return Ready(
        key=key,
        # Keyed, so that the stored digest cannot be used to try out what somebody chose.
        digest=hmac.digest(poll.link, b"cast key\x00" + key + slot + committed, hashlib.sha256),
        slot=slot,
        commitment=committed,
        waiting_id=waiting_id,
        waiting=veil.hidden_ballot(waiting_id, committed, sealed.envelope),
        pointer=veil.pointer(slot, committed),
    )


def _without_repetition(ready: list[tuple[int, Ready]]) -> list[list[tuple[int, Ready]]]:
    """Groups, in order, in which no slot, key or commitment comes twice: each can be one statement."""
    groups: list[list[tuple[int, Ready]]] = []
    seen: set[bytes] = set()
    for item in ready:
        own = {item[1].slot, item[1].key, item[1].commitment}
        if not groups or seen & own:
            groups.append([])
            seen = set()
        groups[-1].append(item)
        seen |= own
    return groups


def _unknown_code() -> NotOnTheRoll:
    detail = "No elector of this vote has this code. Please check it against your letter."
    return NotOnTheRoll(detail, [Reason("not_on_the_roll", detail, {}, "code")])
