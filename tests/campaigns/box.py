"""The examination: what lies in the box after a campaign, held against what voters sent and were told.

It opens database and keys directly, after the server has gone, and computes every ballot anew from what was sent: what
the server answered is checked, never believed. It is strict: whatever nobody sent is found as well as whatever is gone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.envelope import WrongBallotError
from pbvote.ballotbox.log import BALLOT, order_problem, read_leaf
from pbvote.ballotbox.opening import Opening
from pbvote.ballotbox.randomness import TICKET_BYTES, filled_in, server_random
from pbvote.ballotbox.receipts import is_in, read_receipt, verify
from pbvote.ballotbox.sealing import unseal_ballot
from pbvote.ballotlog.service import LogIsDamaged, intact_leaves
from pbvote.db import connect
from pbvote.keys import Keys, read_keys
from pbvote.keys.polls import link_key, seal_key
from pbvote.roll.codes import hash_code
from pbvote.roll.models import Elector
from pbvote.rounds.models import Poll
from pbvote.voting.hiding import NotHiddenHereError, Veil
from pbvote.voting.models import CastKey, SealedBallot, Slot, WaitingBallot
from tests.campaigns.ledger import Attempt, Ledger
from tests.campaigns.town import Town

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many ballots were acknowledged, and a sentence for each that was lost, counts twice, or is not as it was.

    Sentences name ballots by the first digits of their commitment, never by a code or a choice.
    """

    acknowledged: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    corrupt: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether nothing was found."""
        return not (self.lost or self.doubled or self.corrupt)

    def __str__(self) -> str:
        some = [*self.lost[:SHOWN], *self.doubled[:SHOWN], *self.corrupt[:SHOWN]]
        numbers = f"{len(self.lost)} lost, {len(self.doubled)} doubled, {len(self.corrupt)} corrupt"
        return " ".join([f"{self.acknowledged} acknowledged, {numbers}.", *some])


@dataclass(slots=True)
class _Box:
    """What is stored: pairs of key and content; `leaves` are the commitments in the log, in order."""

    integrity: list[str] = field(default_factory=list)
    electors: dict[bytes, UUID] = field(default_factory=dict)
    slots: list[tuple[bytes, bytes]] = field(default_factory=list)
    waiting: list[tuple[bytes, bytes]] = field(default_factory=list)
    sealed: list[tuple[bytes, bytes]] = field(default_factory=list)
    cast_keys: list[tuple[bytes, bytes]] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Case:
    """All that is held against each other, and what was found. `expected` has every attempt by its commitment."""

    keys: Keys
    poll: UUID
    link: bytes
    box: _Box
    ledger: Ledger
    expected: dict[bytes, Attempt]
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    corrupt: list[str] = field(default_factory=list)


async def examine(town: Town, ledger: Ledger) -> Verdict:
    """Hold the box against the ledger, which must have every attempt that this town's server was ever sent."""
    keys = read_keys(town.settings.keys_dir)
    database = connect(town.database_url)
    try:
        async with database.session(write=False) as db:
            box = await _read(db, keys, town)
    except DBAPIError as error:
        return Verdict(ledger.acknowledged, (), (), (f"The database cannot be read: {type(error.orig).__name__}.",))
    finally:
        await database.close()
    expected = {_opening(keys, town.poll_id, attempt).commitment: attempt for attempt in ledger.attempts}
    case = _Case(keys, town.poll_id, link_key(keys, town.poll_id), box, ledger, expected, corrupt=list(box.integrity))
    openings = _ballots(case)
    _slots(case, openings.keys())
    _idempotency_keys(case)
    _receipts(case, openings)
    return Verdict(ledger.acknowledged, tuple(case.lost), tuple(case.doubled), tuple(case.corrupt))


async def _read(db: AsyncSession, keys: Keys, town: Town) -> _Box:
    poll = town.poll_id
    box = _Box(integrity=await _integrity(db))
    round_id = await db.scalar(sa.select(Poll.round_id).where(Poll.id == poll))
    electors = sa.select(Elector.code_hash, Elector.id).where(Elector.round_id == round_id)
    box.electors = {code_hash: id_ for code_hash, id_ in await db.execute(electors) if code_hash}
    box.slots = await _rows(db, Slot.slot, Slot.ballot, Slot.poll_id == poll)
    box.waiting = await _rows(db, WaitingBallot.id, WaitingBallot.hidden, WaitingBallot.poll_id == poll)
    box.sealed = await _rows(db, SealedBallot.commitment, SealedBallot.sealed, SealedBallot.poll_id == poll)
    box.cast_keys = await _rows(db, CastKey.key, CastKey.digest, CastKey.poll_id == poll)
    try:
        leaves = [read_leaf(leaf) for leaf in await intact_leaves(db, keys, poll)]
        box.leaves = [leaf.commitment for leaf in leaves if leaf.type == BALLOT]
        if problem := order_problem(leaves):
            box.integrity.append(f"The log's entries cannot follow one another: {problem}.")
    except (LogIsDamaged, MalformedError) as error:
        box.integrity.append(str(error))
    return box


async def _rows(db: AsyncSession, key: Any, value: Any, where: Any) -> list[tuple[bytes, bytes]]:
    return [(bytes(left), bytes(right)) for left, right in await db.execute(sa.select(key, value).where(where))]


async def _integrity(db: AsyncSession) -> list[str]:
    """What the database itself finds wrong."""
    if db.get_bind().dialect.name == "sqlite":
        told = [row[0] for row in await db.execute(sa.text("PRAGMA integrity_check"))]
        broken = list(await db.execute(sa.text("PRAGMA foreign_key_check")))
        return [f"SQLite: {line}" for line in told if line != "ok"] + [
            f"SQLite: {row} refers to nothing" for row in broken
        ]
    # Every index against its table. The extension comes with PostgreSQL; a damaged page raises when it is read.
    await db.execute(sa.text("CREATE EXTENSION IF NOT EXISTS amcheck"))
    check = (
        "SELECT bt_index_check(c.oid, true) FROM pg_class c JOIN pg_am a ON a.oid = c.relam "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'i' AND a.amname = 'btree' AND n.nspname = 'public'"
    )
    await db.execute(sa.text(check))
    heaps = (
        "SELECT c.relname, v.msg FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, "
        "LATERAL verify_heapam(c.oid) v WHERE c.relkind = 'r' AND n.nspname = 'public'"
    )
    return [f"PostgreSQL: {table}: {message}" for table, message in await db.execute(sa.text(heaps))]


def _opening(keys: Keys, poll: UUID, attempt: Attempt) -> Opening:
    """The ballot that this attempt must have become, as docs/bundle-format.md says."""
    asked = hashlib.sha256(attempt.key.encode()).digest()
    ticket = attempt.ticket or asked[:TICKET_BYTES]
    browser = attempt.browser_random or filled_in(keys.ticket, poll, ticket, asked)
    chosen = CanonicalBallot(poll, Form.SET, attempt.choices).encode()
    return Opening(poll, server_random(keys.ticket, poll, ticket), browser, chosen)


def _ballots(case: _Case) -> dict[bytes, Opening]:
    """Every ballot in the box by its commitment, unsealed; and all that is wrong with them and with the log."""
    veil, private = Veil(case.link, case.poll), seal_key(case.keys, case.poll)
    lying: list[tuple[bytes, bytes]] = list(case.box.sealed)
    for id_, hidden in case.box.waiting:
        try:
            lying.append(veil.shown_ballot(id_, hidden))
        except NotHiddenHereError:
            case.corrupt.append(f"The waiting ballot {_name(id_)} was changed.")
    openings: dict[bytes, Opening] = {}
    for commitment, envelope in lying:
        try:
            openings[commitment] = unseal_ballot(private, case.poll, commitment, envelope)
        except WrongBallotError as error:
            case.corrupt.append(f"A ballot was changed: {error}.")
    case.doubled += [f"Ballot {_name(one)} lies in the box twice." for one in _twice(one for one, _ in lying)]
    case.doubled += [f"Ballot {_name(one)} is in the log twice." for one in _twice(case.box.leaves)]
    known, logged = {commitment for commitment, _ in lying}, set(case.box.leaves)
    sealed = {commitment for commitment, _ in case.box.sealed}
    case.corrupt += [f"Ballot {_name(one)} was sent by nobody." for one in known - case.expected.keys()]
    case.corrupt += [f"Ballot {_name(one)} is sealed and not in the log." for one in sealed - logged]
    case.lost += [f"Ballot {_name(one)} is in the log and not in the box." for one in logged - sealed]
    for commitment, attempt in case.expected.items():
        if attempt.acknowledged and commitment not in known:
            case.lost.append(f"Ballot {_name(commitment)} has a receipt and is not in the box.")
        if attempt.refused and attempt.sendings == 1 and commitment in known:
            case.corrupt.append(f"Ballot {_name(commitment)} was refused ({attempt.refused}) and is in the box.")
    return openings


def _slots(case: _Case, there: Iterable[bytes]) -> None:
    """Whether each elector has one slot at most, and it points to the ballot that must count."""
    veil, in_the_box = Veil(case.link, case.poll), set(there)
    case.doubled += [f"Slot {_name(slot)} is there twice." for slot in _twice(slot for slot, _ in case.box.slots)]
    pointed: dict[bytes, bytes] = {}
    for slot, pointer in case.box.slots:
        try:
            pointed[slot] = veil.pointed(slot, pointer)
        except NotHiddenHereError:
            case.corrupt.append(f"Slot {_name(slot)} was changed.")
    case.doubled += [f"Ballot {_name(one)} counts for two." for one in _twice(pointed.values())]
    case.lost += [f"Ballot {_name(one)} counts and is not in the box." for one in set(pointed.values()) - in_the_box]
    commitments = {attempt.key: commitment for commitment, attempt in case.expected.items()}
    owners: set[bytes] = set()
    for code, attempts in case.ledger.by_code.items():
        elector = case.box.electors.get(hash_code(case.keys.pepper, code))
        if elector is None:
            case.lost.append("An elector is no more on the roll.")
            continue
        slot = _slot(case, elector)
        owners.add(slot)
        may = {commitments[attempt.key] for attempt in may_count(attempts)}
        if slot not in pointed:
            if any(attempt.acknowledged for attempt in attempts):
                case.lost.append(f"Slot {_name(slot)} points to no ballot, and its elector has a receipt.")
        elif pointed[slot] not in may:
            case.lost.append(f"Slot {_name(slot)} points to {_name(pointed[slot])}, and a later one has a receipt.")
    case.doubled += [f"Slot {_name(slot)} is that of nobody who voted." for slot in pointed.keys() - owners]


def may_count(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Of one elector's attempts those that may be the one that counts.

    Not those that were done before an acknowledged one was sent; nor those that were refused at once.
    """
    last = max((attempt.sent for attempt in attempts if attempt.acknowledged), default=0)
    return [one for one in attempts if one.done > last and not (one.refused and one.sendings == 1)]


def _idempotency_keys(case: _Case) -> None:
    """Whether each idempotency key is remembered for what it was used for, and no other is."""
    stored = dict(case.box.cast_keys)
    case.doubled += [
        f"Idempotency key {_name(one)} is there twice." for one in _twice(key for key, _ in case.box.cast_keys)
    ]
    sent = set()
    for commitment, attempt in case.expected.items():
        key = hashlib.sha256(attempt.key.encode()).digest()
        sent.add(key)
        elector = case.box.electors.get(hash_code(case.keys.pepper, attempt.code))
        if key not in stored:
            if attempt.acknowledged:
                case.lost.append(f"The idempotency key of ballot {_name(commitment)} was forgotten.")
        elif elector is not None:
            used = b"cast key\x00" + key + _slot(case, elector) + commitment
            if stored[key] != hmac.digest(case.link, used, hashlib.sha256):
                case.corrupt.append(f"The idempotency key of ballot {_name(commitment)} stands for something else.")
    case.corrupt += [f"Idempotency key {_name(one)} was sent by nobody." for one in stored.keys() - sent]


def _receipts(case: _Case, openings: Mapping[bytes, Opening]) -> None:
    """Whether every receipt is signed, and that of the very ballot that was sent."""
    for commitment, attempt in case.expected.items():
        if not attempt.acknowledged:
            continue
        try:
            receipt = read_receipt(attempt.receipt.encode())
            verify(receipt, case.keys.sign.verify_key)
        except (MalformedError, NotAuthenticError) as error:
            case.corrupt.append(f"The receipt of ballot {_name(commitment)} is none: {error}.")
            continue
        opening = openings.get(commitment)
        if receipt.commitment != commitment or attempt.commitment != commitment.hex():
            case.corrupt.append(f"The receipt of ballot {_name(commitment)} is that of another one.")
        elif opening is not None and not is_in(receipt, opening):
            case.corrupt.append(f"Ballot {_name(commitment)} is not what its receipt promised.")


def _slot(case: _Case, elector: UUID) -> bytes:
    return hmac.digest(case.link, case.poll.bytes + elector.bytes, hashlib.sha256)


def _twice(items: Iterable[bytes]) -> list[bytes]:
    return [item for item, times in Counter(items).items() if times > 1]


def _name(value: bytes) -> str:
    return value.hex()[:12]
