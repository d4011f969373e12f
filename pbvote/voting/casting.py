"""Casting: the one way by which a ballot gets into the box.

The order of things, in one transaction: the round's row is locked for share and its closing time compared with the
clock; the code's keyed hash finds the elector; poll and elector make the slot; the choice is checked against the design
with the costs in the database, and sealed; then the idempotency key, the ballot and the slot are written. Nothing is
written on the elector's side, and nothing that is written has a time (docs/decisions/0004-slots.md).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.opening import Opening, padded_size
from pbvote.ballotbox.randomness import RANDOM_BYTES
from pbvote.ballotbox.sealing import seal
from pbvote.ballots.design import Choice, Design, Kind, ballot_reasons
from pbvote.db import now
from pbvote.errors import DomainError, NotFound, Reason
from pbvote.keys import Keys, seal_key
from pbvote.proposals.models import Project
from pbvote.roll.codes import hash_code, read_code
from pbvote.roll.service import NotOnTheRoll, electors_of
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Action, NotInThisPhase
from pbvote.voting.box import Ready, earlier, put
from pbvote.voting.models import Slot

FORMS = {Kind.RANKING: Form.RANKING, Kind.POINTS: Form.POINTS, Kind.SCORE: Form.POINTS}
IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class BallotIsNotValid(DomainError):
    """The choice breaks the ballot's design; `reasons` says everything that is wrong. An earlier ballot stays."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This vote cannot be counted as it is"


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot on its way to the box: the code as typed, the choice, and the sender's idempotency key."""

    code: str
    choice: Choice
    key: str


@dataclass(frozen=True, slots=True)
class _Poll:
    """What casting needs to know of a poll."""

    id: UUID
    round_id: UUID
    design: Design
    costs: dict[int, int]
    budget: int
    seal: X25519PublicKey

    @property
    def opening_bytes(self) -> int:
        """The size of every opening, whatever is chosen, so that the length of an envelope tells nothing."""
        return padded_size(FORMS.get(self.design.kind, Form.SET), self.design.max_choices or len(self.costs))


async def cast(db: AsyncSession, keys: Keys, poll_id: UUID, casts: Sequence[Cast]) -> list[str | DomainError]:
    """Put ballots into the box: for each cast its receipt, or the error that kept it out.

    Raises NotFound for an unknown poll, and VotingIsClosed or VotingIsNotOpen when none of them can be cast. Nothing
    counts before the caller's commit.
    """
    poll, closed = await _poll(db, keys, poll_id)
    results: list[str | DomainError] = [_unknown_code()] * len(casts)
    ready: list[tuple[int, Ready]] = []
    electors = await _electors(db, keys, poll, casts)
    for index, attempt in enumerate(casts):
        try:
            ready.append((index, _prepare(keys, poll, electors[index], attempt)))
        except DomainError as error:
            results[index] = error
    if closed:
        # Whoever sends again because the first answer was lost gets it, also after the close; all others are too late.
        known = await earlier(db, poll_id, [prepared for _, prepared in ready])
        receipts = {index: known[prepared.key] for index, prepared in ready if isinstance(known.get(prepared.key), str)}
        if not receipts:
            raise closed
        return [receipts.get(index, closed) for index in range(len(casts))]
    for group in _without_repetition(ready):
        written = await put(db, poll_id, [prepared for _, prepared in group])
        for (index, _), result in zip(group, written, strict=True):
            results[index] = result
    return results


async def has_voted(db: AsyncSession, keys: Keys, poll_id: UUID, typed_code: str) -> bool:
    """Whether the holder of this code has a ballot in the box. Raises BadCode or NotOnTheRoll."""
    poll = await db.get(Poll, poll_id)
    if poll is None:
        raise NotFound("There is no such vote.")
    code_hash = hash_code(keys.pepper, read_code(typed_code))
    elector = (await electors_of(db, poll.round_id, [code_hash])).get(code_hash)
    if elector is None:
        raise _unknown_code()
    slot = slot_of(keys, poll_id, elector)
    return bool(await db.scalar(select(exists().where(Slot.poll_id == poll_id, Slot.slot == slot))))


def slot_of(keys: Keys, poll_id: UUID, elector_id: UUID) -> bytes:
    """HMAC-SHA256(link key, poll || elector): one slot for each elector, that only the key can tie to them."""
    return hmac.digest(keys.link, poll_id.bytes + elector_id.bytes, hashlib.sha256)


def canonical(poll_id: UUID, design: Design, choice: Choice) -> bytes:
    """The canonical bytes of a valid choice."""
    form = FORMS.get(design.kind, Form.SET)
    return CanonicalBallot(poll_id, form, choice.projects, choice.points or ()).encode()


async def _poll(db: AsyncSession, keys: Keys, poll_id: UUID) -> tuple[_Poll, DomainError | None]:
    """The poll, and why no ballot can be cast in it now, if none can."""
    poll = await db.get(Poll, poll_id)
    if poll is None:
        raise NotFound("There is no such vote.")
    # Shared among casts, but exclusive against closing, so that nothing lands after it.
    query = select(Round).where(Round.id == poll.round_id).with_for_update(read=True, of=Round)
    round_ = (await db.scalars(query)).one()
    closed: DomainError | None = None
    try:
        round_.require(Action.CAST_BALLOT, await now(db))
    except NotInThisPhase as error:
        closed = error
    costs = await db.execute(select(Project.number, Project.cost).where(Project.poll_id == poll_id))
    design = msgspec.convert(poll.design, Design)
    public = seal_key(keys, poll_id).public_key()
    return _Poll(poll_id, round_.id, design, dict(costs.all()), poll.budget or 0, public), closed


async def _electors(db: AsyncSession, keys: Keys, poll: _Poll, casts: Sequence[Cast]) -> list[UUID | DomainError]:
    found: list[bytes | DomainError] = []
    for attempt in casts:
        try:
            found.append(hash_code(keys.pepper, read_code(attempt.code)))
        except DomainError as error:
            found.append(error)
    known = await electors_of(db, poll.round_id, [item for item in found if isinstance(item, bytes)])
    return [known.get(item, _unknown_code()) if isinstance(item, bytes) else item for item in found]


def _prepare(keys: Keys, poll: _Poll, elector: UUID | DomainError, attempt: Cast) -> Ready:
    """Everything that is strict, before anything is written."""
    if isinstance(elector, DomainError):
        raise elector
    if not IDEMPOTENCY_KEY.fullmatch(attempt.key):
        detail = "The idempotency key needs 16 to 64 letters, digits, hyphens or underscores."
        raise BallotIsNotValid(detail, [Reason("bad_idempotency_key", detail, {}, "idempotency_key")])
    if reasons := ballot_reasons(poll.design, attempt.choice, poll.costs, poll.budget):
        raise BallotIsNotValid(" ".join(reason.detail for reason in reasons), reasons)
    slot = slot_of(keys, poll.id, elector)
    ballot = canonical(poll.id, poll.design, attempt.choice)
    opening = Opening(poll.id, secrets.token_bytes(RANDOM_BYTES), secrets.token_bytes(RANDOM_BYTES), ballot)
    key = hashlib.sha256(attempt.key.encode()).digest()
    # Keyed, so that the stored digest cannot be used to try out what somebody chose.
    digest = hmac.digest(keys.link, b"cast key\x00" + key + slot + ballot, hashlib.sha256)
    sealed = seal(poll.seal, poll.id, opening.commitment, opening.encode(poll.opening_bytes))
    return Ready(key, digest, slot, opening.commitment, sealed)


def _without_repetition(ready: list[tuple[int, Ready]]) -> list[list[tuple[int, Ready]]]:
    """Groups, in order, in which no slot and no idempotency key comes twice: each can be one statement."""
    groups: list[list[tuple[int, Ready]]] = []
    seen: set[bytes] = set()
    for item in ready:
        own = {item[1].slot, item[1].key}
        if not groups or seen & own:
            groups.append([])
            seen = set()
        groups[-1].append(item)
        seen |= own
    return groups


def _unknown_code() -> NotOnTheRoll:
    detail = "No elector of this vote has this code. Please check it against your letter."
    return NotOnTheRoll(detail, [Reason("not_on_the_roll", detail, {}, "code")])
