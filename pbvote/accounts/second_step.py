"""The second step of signing in: a code of an app, or one of ten recovery codes, each good once.

Wrong codes are counted for each account, in a transaction of their own, so that a refused request leaves its mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.codes import (
    hash_recovery_code,
    new_recovery_codes,
    new_secret,
    step_of,
)
from pbvote.accounts.models import Account, RecoveryCode, SecondStep
from pbvote.accounts.roles import Actor
from pbvote.audit.events.accounts import (
    RecoveryCodesMade,
    RecoveryCodeUsed,
    SecondStepHeld,
    SecondStepRemoved,
    SecondStepSetUp,
)
from pbvote.audit.service import record
from pbvote.db import Database, now
from pbvote.errors import DomainError, NotFound
from pbvote.installation.service import SECOND_STEP, chosen
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer

SECRETS = "secrets of second steps"  # what their seals are for
MOST_WRONG = 5
WITHIN = timedelta(minutes=15)
LONGEST_TYPED = 64


class OneTimeCodeIsWrong(DomainError):
    """The code is wrong, too old, or was used already: which of these is not said."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "That code is not right"


class TooManyWrongCodes(DomainError):
    """Somebody tried codes out for this account: none is taken for a while, not even the right one."""

    status: ClassVar[int] = 429
    title: ClassVar[str] = "Too many wrong codes"

    def __init__(self) -> None:
        seconds = int(WITHIN.total_seconds())
        super().__init__(f"Too many wrong codes were tried. Please wait {seconds // 60} minutes and try again.")
        self.retry_after = seconds


class SecondStepIsRequired(DomainError):
    """The installation asks everybody on staff for codes."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Codes are required here"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an account is asked for codes, how many recovery codes are left, and whether it has to be."""

    on: bool
    recovery_codes: int
    required: bool


async def is_required(db: AsyncSession) -> bool:
    """Whether everybody on staff has to have a second step."""
    return (await chosen(db, SECOND_STEP)).get("required") is True


async def is_on(db: AsyncSession, account_id: UUID) -> bool:
    """Whether this account is asked for codes."""
    row = await db.get(SecondStep, account_id)
    return row is not None and row.confirmed_at is not None


async def standing(db: AsyncSession, account_id: UUID) -> Standing:
    """How it is with this account."""
    left = await db.execute(select(func.count()).where(RecoveryCode.account_id == account_id))
    return Standing(await is_on(db, account_id), left.scalar_one(), await is_required(db))


async def take_code(database: Database, keys: Keys, account_id: UUID, typed: str) -> None:
    """Take a code of the app or a recovery code, once. Raises OneTimeCodeIsWrong or TooManyWrongCodes.

    In a transaction of its own: what was tried stays written, whatever becomes of the request.
    """
    async with database.session(write=True) as db:
        held, right = await _take(db, keys, account_id, typed[:LONGEST_TYPED])
    if held:
        raise TooManyWrongCodes
    if not right:
        raise OneTimeCodeIsWrong("This code is not right, or was used already. Please wait for the next one.")


async def _take(db: AsyncSession, keys: Keys, account_id: UUID, typed: str) -> tuple[bool, bool]:
    row = await db.get(SecondStep, account_id, with_for_update=True)
    if row is None or row.sealed is None or row.confirmed_at is None:
        return False, False
    moment = await now(db)
    if row.wrong_since is None or row.wrong_since <= moment - WITHIN:
        row.wrong, row.wrong_since = 0, moment
    if row.wrong >= MOST_WRONG:
        return True, False
    step = step_of(_sealer(keys).open(account_id.bytes, row.sealed, bytes), typed, moment, row.last_step)
    if step is not None:
        row.last_step, row.wrong = step, 0
        return False, True
    if await _use_recovery_code(db, keys, account_id, typed):
        row.wrong = 0
        return False, True
    row.wrong += 1
    if row.wrong == MOST_WRONG:
        await record(db, SecondStepHeld(account_id=account_id))
    return False, False


async def begin_set_up(db: AsyncSession, keys: Keys, actor: Actor) -> bytes:
    """A new secret for the actor's app. Until a code of it was shown, everything is as before."""
    secret, row = new_secret(), await db.get(SecondStep, actor.account_id, with_for_update=True)
    if row is None:
        row = SecondStep(account_id=actor.account_id, last_step=0, wrong=0)
        db.add(row)
    row.pending = _sealer(keys).seal(actor.account_id.bytes, secret)
    return secret


async def confirm_set_up(db: AsyncSession, keys: Keys, actor: Actor, typed: str) -> list[str]:
    """Ask for codes of the new secret from now on; new recovery codes. Raises OneTimeCodeIsWrong."""
    row = await db.get(SecondStep, actor.account_id, with_for_update=True)
    moment = await now(db)
    secret = _sealer(keys).open(actor.account_id.bytes, row.pending, bytes) if row and row.pending else None
    step = step_of(secret, typed[:LONGEST_TYPED], moment, 0) if secret else None
    if row is None or step is None:
        raise OneTimeCodeIsWrong("This is not the code that the app shows now. Please look at the app again.")
    row.sealed, row.pending, row.confirmed_at, row.last_step = row.pending, None, moment, step
    await record(db, SecondStepSetUp(actor_id=actor.account_id))
    return await make_recovery_codes(db, keys, actor)


async def make_recovery_codes(db: AsyncSession, keys: Keys, actor: Actor) -> list[str]:
    """Ten new recovery codes; the old ones are void. Only their keyed hashes are stored."""
    await db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == actor.account_id))
    codes = new_recovery_codes()
    for code in codes:
        hashed = hash_recovery_code(keys.pepper, actor.account_id.bytes, code)
        db.add(RecoveryCode(account_id=actor.account_id, code_hash=hashed))
    await record(db, RecoveryCodesMade(actor_id=actor.account_id))
    return codes


async def stop(db: AsyncSession, actor: Actor) -> None:
    """Ask this account for no codes any more. Raises SecondStepIsRequired."""
    if await is_required(db):
        raise SecondStepIsRequired("Everybody who works here needs a second step; you can move it to another app.")
    await _remove(db, actor.account_id, actor.account_id)


async def remove_for(db: AsyncSession, email: str) -> None:
    """Let somebody who has lost both app and recovery codes in again with their password alone. Raises NotFound."""
    account_id = await db.scalar(select(Account.id).where(Account.email == email.strip().lower()))
    if account_id is None or not await is_on(db, account_id):
        raise NotFound(f"There is no account for {email} that is asked for codes.")
    await _remove(db, account_id, None)


async def _remove(db: AsyncSession, account_id: UUID, actor_id: UUID | None) -> None:
    await db.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    await db.execute(delete(SecondStep).where(SecondStep.account_id == account_id))
    await record(db, SecondStepRemoved(actor_id=actor_id, account_id=account_id))


async def _use_recovery_code(db: AsyncSession, keys: Keys, account_id: UUID, typed: str) -> bool:
    hashed = hash_recovery_code(keys.pepper, account_id.bytes, typed)
    if hashed is None:
        return False
    ours = (RecoveryCode.account_id == account_id, RecoveryCode.code_hash == hashed)
    used = await db.execute(delete(RecoveryCode).where(*ours).returning(RecoveryCode.code_hash))
    if used.scalar_one_or_none() is None:
        return False
    await record(db, RecoveryCodeUsed(actor_id=account_id))
    return True


def _sealer(keys: Keys) -> Sealer:
    return Sealer.of(keys.pepper, SECRETS)
