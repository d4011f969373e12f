"""Letters: codes are made with them, printed, and never stored; addresses are forgotten when the letters are posted.

Codes of a batch work as soon as its letters are made. Making them again gives every elector of the batch a new code, so
that the letters made before are void: whoever asks must say how often letters were made before, and once letters are
marked as posted nobody can.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.roll import LettersMade, LettersPosted
from pbvote.audit.service import record
from pbvote.db import Database, now
from pbvote.errors import DomainError, InputIsWrong, NotFound, Reason
from pbvote.installation.service import kept
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.roll.codes import hash_code, new_code
from pbvote.roll.importing import ADDRESSEES, MAY_REGISTER
from pbvote.roll.models import Address, Addressee, CodeBatch, Contact, Elector, EmailToken
from pbvote.roll.service import ROWS_AT_ONCE
from pbvote.rounds.models import Round
from pbvote.rounds.phases import ALLOWED, Action, Phase
from pbvote.rounds.service import lock

ADDRESSEES_AT_ONCE = 250


class LettersAreMade(DomainError):
    """Letters of this batch were made since the caller looked: making them again would void those."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Letters were made already"


class LettersArePosted(DomainError):
    """The letters are on their way, so their codes stay; a lost one can be replaced by itself."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "These letters are posted"


class AddressesAreGone(DomainError):
    """The addresses were deleted while the letters were being made."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The addresses are deleted"


@dataclass(frozen=True, slots=True)
class MadeLetters:
    """A batch whose codes were just made: the only place where they are, in the order of the addressees."""

    batch_id: UUID
    opens_at: datetime
    closes_at: datetime
    codes: Sequence[str]


async def make_letters(  # who, for whom, and what they knew
    db: AsyncSession, keys: Keys, round_: Round, batch_id: UUID, made_before: int, actor: Actor
) -> MadeLetters:
    """Make a new code for every elector of a batch that came from a file. Raises LettersAreMade or LettersArePosted."""
    actor.require(round_.forum_id, *MAY_REGISTER)
    round_ = await lock(db, round_)
    moment = await now(db)
    round_.require(Action.EDIT_ROLL, moment)
    if round_.voting_open_at is None or round_.voting_close_at is None:
        detail = "Letters say when voting opens and closes; please set both dates first."
        raise InputIsWrong(detail, [Reason("letters_need_dates", detail, {}, "voting_open")])
    batch = await _batch(db, round_, batch_id)
    if batch.posted_at is not None:
        raise LettersArePosted("The letters of this batch are posted, so their codes stay as they are.")
    if batch.letters_made != made_before:
        raise LettersAreMade("Letters of this batch were made in the meantime. Making them again would void those.")
    query = select(Addressee.elector_id).where(Addressee.batch_id == batch.id).order_by(Addressee.position)
    electors = list(await db.scalars(query))
    codes = [new_code() for _ in electors]
    await _give(db, keys, round_.id, electors, codes)
    batch.letters_made, batch.letters_at = batch.letters_made + 1, moment
    await record(
        db,
        LettersMade(
            actor_id=actor.account_id,
            round_id=round_.id,
            label=batch.label,
            count=batch.size,
            times=batch.letters_made,
        ),
    )
    return MadeLetters(batch.id, round_.voting_open_at, round_.voting_close_at, codes)


async def addresses(database: Database, keys: Keys, batch_id: UUID) -> AsyncIterator[list[Address]]:
    """The addresses of a batch in order, some at a time, each read in a transaction of its own.

    Raises SealIsBrokenError where the keys are not those that sealed them.
    """
    sealer, last = Sealer.of(keys.pepper, ADDRESSEES), 0
    while True:
        async with database.session(write=False) as db:
            query = select(Addressee).where(Addressee.batch_id == batch_id, Addressee.position > last)
            found = list(await db.scalars(query.order_by(Addressee.position).limit(ADDRESSEES_AT_ONCE)))
        if not found:
            return
        yield [sealer.open(Addressee.about(batch_id, row.elector_id), row.sealed, Address) for row in found]
        last = found[-1].position


async def mark_posted(db: AsyncSession, round_: Round, batch_id: UUID, made: int, actor: Actor) -> CodeBatch:
    """Note that the letters are on their way, and delete the addresses: nothing needs them any more.

    `made` is how often letters were made, as far as the caller knows. Doing it again changes nothing.
    """
    actor.require(round_.forum_id, *MAY_REGISTER)
    round_ = await lock(db, round_)
    batch = await _batch(db, round_, batch_id)
    if batch.posted_at is not None:
        return batch
    if batch.letters_made == 0:
        raise NotFound("No letters of this batch have been made yet.")
    if batch.letters_made != made:
        raise LettersAreMade("Letters of this batch were made again in the meantime, so the earlier ones are void.")
    batch.posted_at = await now(db)
    await db.execute(delete(Addressee).where(Addressee.batch_id == batch.id))
    event = LettersPosted(actor_id=actor.account_id, round_id=round_.id, label=batch.label, count=batch.size)
    await record(db, event)
    return batch


async def forget_addresses(db: AsyncSession) -> None:
    """Delete the addresses of every round for which no letters can be made any more, and e-mail where all is over.

    Both go too when they were kept for as long as an administrator chose.
    """
    letters, over = _without_letters(await _since(db, "letters")), _over(await _since(db, "contacts"))
    await db.execute(delete(Addressee).where(Addressee.batch_id.in_(letters)))
    await db.execute(delete(Contact).where(Contact.round_id.in_(over)))
    await db.execute(delete(EmailToken).where(EmailToken.round_id.in_(over)))


async def addresses_to_forget(db: AsyncSession) -> bool:
    """Whether there are any."""
    found = list(await db.scalars(_without_letters(await _since(db, "letters")).where(CodeBatch.imported)))
    if await db.scalar(select(Addressee.position).where(Addressee.batch_id.in_(found)).limit(1)) is not None:
        return True
    over = list(await db.scalars(_over(await _since(db, "contacts"))))
    return await db.scalar(select(Contact.round_id).where(Contact.round_id.in_(over)).limit(1)) is not None


async def _since(db: AsyncSession, name: str) -> datetime:
    """What is from before this moment was kept long enough."""
    return await now(db) - await kept(db, name)


def _without_letters(since: datetime) -> Select[UUID]:
    """The batches of rounds whose roll stands as it is, and those that were imported too long ago."""
    fixed = [phase for phase in Phase if Action.EDIT_ROLL not in ALLOWED[phase]]
    return select(CodeBatch.id).join(Round).where(or_(Round.phase.in_(fixed), CodeBatch.created_at <= since))


def _over(since: datetime) -> Select[UUID]:
    """The rounds that nobody will write about, and those whose last vote closed too long ago."""
    closed = func.coalesce(Round.second_voting_close_at, Round.voting_close_at) <= since
    return select(Round.id).where(or_(Round.phase.in_([phase for phase in Phase if phase.over]), closed))


async def _batch(db: AsyncSession, round_: Round, batch_id: UUID) -> CodeBatch:
    query = select(CodeBatch).where(CodeBatch.id == batch_id, CodeBatch.round_id == round_.id, CodeBatch.imported)
    batch = await db.scalar(query.execution_options(populate_existing=True))
    if batch is None:
        raise NotFound("There is no such batch of letters.")
    return batch


async def _give(db: AsyncSession, keys: Keys, round_id: UUID, electors: Sequence[UUID], codes: Sequence[str]) -> None:
    """Store the hashes of new codes, many at once."""
    table = Elector.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.round_id == round_id, table.c.id == bindparam("elector"))
        .values(code_hash=bindparam("hash"))
    )
    pairs = list(zip(electors, codes, strict=True))
    connection = await db.connection()
    for start in range(0, len(pairs), ROWS_AT_ONCE):
        rows = [
            {"elector": elector, "hash": hash_code(keys.pepper, code)}
            for elector, code in pairs[start : start + ROWS_AT_ONCE]
        ]
        await connection.execute(statement, rows)
