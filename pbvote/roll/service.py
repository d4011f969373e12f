"""The roll: put electors on it with their voting codes, find the elector of a code, count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID, uuid4

from sqlalchemy import Uuid, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.roll import CodesIssued
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.db.rows import for_rows
from pbvote.errors import DomainError, InputIsWrong, Reason
from pbvote.keys import Keys
from pbvote.plain_text import Limit, read_texts
from pbvote.roll.codes import hash_code, new_code
from pbvote.roll.email_tokens import electors_of_emailed_codes
from pbvote.roll.models import CodeBatch, Elector
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock

MOST_AT_ONCE = 10_000
LABEL = Limit(80)
ROWS_AT_ONCE = 2_000

_HOLDERS = for_rows("SELECT code_hash, id FROM electors WHERE round_id = :of AND code_hash {first}", id=Uuid())


class NotOnTheRoll(DomainError):
    """The code is well-formed, but no elector of this round has it."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "This code is not known"


async def issue_codes(db: AsyncSession, keys: Keys, round_: Round, label: str, count: int, actor: Actor) -> list[str]:
    """Put `count` electors on the roll and return their codes, the only time that anybody sees them."""
    actor.require(round_.forum_id, Role.ORGANISER, Role.CLERK)
    round_ = await lock(db, round_)
    round_.require(Action.EDIT_ROLL, await now(db))
    texts, reasons = read_texts({"label": label}, {"label": LABEL})
    if not 1 <= count <= MOST_AT_ONCE:
        detail = f"Ask for 1 to {MOST_AT_ONCE:,} codes at once, not {count}."
        reasons.append(Reason("count_out_of_range", detail, {"most": MOST_AT_ONCE}, "count"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    return await add_electors(db, keys, round_, texts["label"], count, actor.account_id)


async def add_electors(
    db: AsyncSession, keys: Keys, round_: Round, label: str, count: int, actor_id: UUID | None
) -> list[str]:
    """Add a batch of electors of any size. No check of roles: for verbs that have made their own."""
    batch = CodeBatch(round_id=round_.id, label=label, size=count, created_at=await now(db))
    db.add(batch)
    await db.flush()
    codes = [new_code() for _ in range(count)]
    for start in range(0, count, ROWS_AT_ONCE):
        rows = [
            {
                "round_id": round_.id,
                "id": uuid4(),
                "code_hash": hash_code(keys.pepper, code),
                "reference_hash": None,
                "batch_id": batch.id,
                "removed": False,
            }
            for code in codes[start : start + ROWS_AT_ONCE]
        ]
        await db.execute(insert(Elector), rows)
    await record(db, CodesIssued(actor_id=actor_id, round_id=round_.id, label=label, count=count))
    return codes


async def electors_of(db: AsyncSession, keys: Keys, round_id: UUID, code_hashes: Sequence[bytes]) -> dict[bytes, UUID]:
    """The electors of a round by the hashes of their codes, those from e-mail too; unknown hashes are left out."""
    rows = await _HOLDERS.execute(db, round_id, [(code_hash,) for code_hash in code_hashes])
    found = {row.code_hash: row.id for row in rows}
    unknown = [code_hash for code_hash in code_hashes if code_hash not in found]
    return found | await electors_of_emailed_codes(db, keys, round_id, unknown) if unknown else found


async def size_of_roll(db: AsyncSession, round_id: UUID) -> int:
    """How many may vote in the round."""
    electors = select(func.count()).where(Elector.round_id == round_id, Elector.removed.is_(False))
    return (await db.execute(electors)).scalar_one()


async def batches_without_codes(db: AsyncSession, round_id: UUID) -> list[str]:
    """The names of the batches whose letters, and with them their codes, were never made."""
    query = select(CodeBatch.label).where(
        CodeBatch.round_id == round_id, CodeBatch.imported, CodeBatch.letters_made == 0
    )
    return list(await db.scalars(query.order_by(CodeBatch.id)))


async def batches(db: AsyncSession, round_: Round, actor: Actor) -> list[CodeBatch]:
    """The batches of codes of a round, the newest first."""
    actor.require(round_.forum_id, Role.ORGANISER, Role.OFFICER, Role.CLERK)
    query = select(CodeBatch).where(CodeBatch.round_id == round_.id).order_by(CodeBatch.id.desc())
    return list(await db.scalars(query))
