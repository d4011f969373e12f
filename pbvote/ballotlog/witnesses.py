"""Witnesses: people outside who keep an eye on the log, and countersign what they saw."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.ballotlog import WitnessAdded
from pbvote.audit.service import record
from pbvote.ballotbox.checkpoints import read_text, verify_cosignature
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.notes import KeyType, VerifyKey, read_key, read_note
from pbvote.ballotlog.models import Cosignature, LogCheckpoint, Witness
from pbvote.db import now
from pbvote.errors import DomainError, InputIsWrong, Reason
from pbvote.rounds.models import Round
from pbvote.rounds.service import lock

MAY_NAME_WITNESSES = (Role.ORGANISER, Role.SCRUTINEER)
MOST_WITNESSES = 20


class NotAWitness(DomainError):
    """The note has no right signature of a witness of this round under a checkpoint of this log."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "This is no cosignature of a known witness"


async def add_witness(db: AsyncSession, round_: Round, text: str, actor: Actor) -> Witness:
    """Name a witness by their key, `name+id+base64`. Naming one again changes nothing."""
    actor.require(round_.forum_id, *MAY_NAME_WITNESSES)
    key = _witness_key(text)
    round_ = await lock(db, round_)
    there = await named(db, round_.id)
    for witness in there:
        if witness.key == key.text:
            return witness
    if len(there) >= MOST_WITNESSES or any(read_key(witness.key).name == key.name for witness in there):
        detail = f"There is a witness of that name already, or there are {MOST_WITNESSES} of them."
        raise InputIsWrong(detail, [Reason("witness_not_added", detail, {"most": MOST_WITNESSES}, "key")])
    witness = Witness(round_id=round_.id, key=key.text, added_at=await now(db), added_by=actor.account_id)
    db.add(witness)
    await db.flush()
    await record(db, WitnessAdded(actor_id=actor.account_id, round_id=round_.id, key=key.text))
    return witness


async def witnesses_of(db: AsyncSession, round_id: UUID) -> list[VerifyKey]:
    """The keys of a round's witnesses, in order."""
    return [read_key(witness.key) for witness in await named(db, round_id)]


async def named(db: AsyncSession, round_id: UUID) -> list[Witness]:
    """The witnesses of a round, by key."""
    return list(await db.scalars(select(Witness).where(Witness.round_id == round_id).order_by(Witness.key)))


async def add_cosignatures(db: AsyncSession, round_: Round, poll_id: UUID, encoded: str) -> LogCheckpoint:
    """Keep the cosignatures of known witnesses under one of our checkpoints. Raises NotAWitness if there is none."""
    try:
        note = read_note(encoded)
        size = read_text(note.text).size
    except MalformedError as error:
        raise NotAWitness(f"This cannot be read as a checkpoint: {error}.") from None
    checkpoint = await db.get(LogCheckpoint, (poll_id, size))
    if checkpoint is None or read_note(checkpoint.note).text != note.text:
        raise NotAWitness("This is not a checkpoint that this log has signed.")
    added = 0
    for key in await witnesses_of(db, round_.id):
        line = next((one for one in note.signatures if (one.name, one.id) == (key.name, key.id)), None)
        if line is None:
            continue
        try:
            time = verify_cosignature(encoded, key)
        except NotAuthenticError as error:
            raise NotAWitness(f"The signature of {key.name} is wrong: {error}.") from None
        await db.merge(
            Cosignature(
                poll_id=poll_id,
                size=size,
                key=key.text,
                line=line.line(),
                signed_at=datetime.fromtimestamp(min(time, 2**33), UTC),
            )
        )
        added += 1
    if not added:
        raise NotAWitness("None of the signatures is of a witness of this round.")
    await db.flush()
    return checkpoint


async def cosignatures(db: AsyncSession, poll_id: UUID) -> list[Cosignature]:
    """Every cosignature under the log's checkpoints, by size and key."""
    query = select(Cosignature).where(Cosignature.poll_id == poll_id).order_by(Cosignature.size, Cosignature.key)
    return list(await db.scalars(query))


async def witnesses_who_signed(db: AsyncSession, poll_id: UUID) -> list[str]:
    """The keys, as text, that cosigned at least one checkpoint."""
    query = select(Cosignature.key).where(Cosignature.poll_id == poll_id).distinct().order_by(Cosignature.key)
    return list(await db.scalars(query))


async def checkpoint_notes(db: AsyncSession, poll_id: UUID) -> list[str]:
    """Every checkpoint by size, each with its witnesses' lines."""
    lines: dict[int, str] = {}
    for cosignature in await cosignatures(db, poll_id):
        lines[cosignature.size] = lines.get(cosignature.size, "") + cosignature.line
    query = select(LogCheckpoint).where(LogCheckpoint.poll_id == poll_id).order_by(LogCheckpoint.size)
    return [checkpoint.note + lines.get(checkpoint.size, "") for checkpoint in await db.scalars(query)]


def _witness_key(text: str) -> VerifyKey:
    try:
        key = read_key(text.strip())
    except MalformedError as error:
        raise _bad_key(str(error)) from None
    if key.type is not KeyType.COSIGNATURE:
        raise _bad_key("it is the key of a log, not of a witness")
    return key


def _bad_key(problem: str) -> InputIsWrong:
    detail = f"This is not a witness' key: {problem}. Expected NAME+ID+KEY as `pbvote witness` prints it."
    return InputIsWrong(detail, [Reason("bad_witness_key", detail, {}, "key")])
