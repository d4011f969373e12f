"""Putting one elector on the roll at a desk: who they are is shown to an officer, and they get their code there."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.roll import ElectorRegistered
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import DomainError, InputIsWrong, Reason
from pbvote.keys import Keys
from pbvote.plain_text import read_texts
from pbvote.roll.codes import hash_code, new_code
from pbvote.roll.file import LIMITS, REFERENCE
from pbvote.roll.importing import MAY_REGISTER, hash_reference
from pbvote.roll.models import CodeBatch, Elector
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock

AT_THE_DESK = "Registered in person"


class Evidence(StrEnum):
    """What somebody showed. Only its kind is recorded, never a number or a copy."""

    KNOWN = "known-to-officer"
    LETTER = "letter"
    PHOTO_ID = "photo-id"
    ADDRESS = "proof-of-address"
    ATTESTED = "attested"


class AlreadyOnTheRoll(DomainError):
    """Somebody on the roll has this reference; a lost code can be replaced."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This reference is on the roll already"


async def register(
    db: AsyncSession, keys: Keys, round_: Round, reference: str, evidence: Evidence, actor: Actor
) -> str:
    """Put an elector on the roll before voting opens; their code, the only time that anybody sees it."""
    actor.require(round_.forum_id, *MAY_REGISTER)
    round_ = await lock(db, round_)
    round_.require(Action.EDIT_ROLL, await now(db))
    return await add_registered(db, keys, round_, reference, evidence, actor)


async def add_registered(
    db: AsyncSession, keys: Keys, round_: Round, reference: str, evidence: Evidence, actor: Actor
) -> str:
    """Put an elector on the roll of a locked round. No check of roles and phase: for verbs that have made their own.

    Raises InputIsWrong and AlreadyOnTheRoll.
    """
    hashed = await require_new_reference(db, keys, round_, reference)
    code = new_code()
    elector = Elector(
        round_id=round_.id,
        id=uuid4(),
        code_hash=hash_code(keys.pepper, code),
        reference_hash=hashed,
        batch_id=await _one_more(db, round_.id),
    )
    db.add(elector)
    await db.flush()
    event = ElectorRegistered(
        actor_id=actor.account_id, round_id=round_.id, elector_id=elector.id, evidence=evidence.value
    )
    await record(db, event)
    return code


async def require_new_reference(db: AsyncSession, keys: Keys, round_: Round, reference: str) -> bytes:
    """The keyed hash of a reference that nobody on the roll has. Raises InputIsWrong and AlreadyOnTheRoll."""
    texts, reasons = read_texts({REFERENCE: reference}, {REFERENCE: LIMITS[REFERENCE]})
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    hashed = hash_reference(keys, round_.id, texts[REFERENCE])
    there = select(Elector.id).where(Elector.round_id == round_.id, Elector.reference_hash == hashed)
    if await db.scalar(there) is not None:
        detail = "Somebody on this roll has that reference. If they lost their code, replace it."
        raise AlreadyOnTheRoll(detail, [Reason("already_on_the_roll", detail, {}, REFERENCE)])
    return hashed


async def _one_more(db: AsyncSession, round_id: UUID) -> UUID:
    """The batch of those who registered at a desk, with one more in it."""
    batch = await db.scalar(select(CodeBatch).where(CodeBatch.round_id == round_id, CodeBatch.registered))
    if batch is None:
        batch = CodeBatch(round_id=round_id, label=AT_THE_DESK, size=0, created_at=await now(db), registered=True)
        db.add(batch)
    batch.size += 1
    await db.flush()
    return batch.id
