"""One elector at a time, at a desk: a new code for a lost one."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.roll import CodeReplaced
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import InputIsWrong, NotFound, Reason
from pbvote.keys import Keys
from pbvote.plain_text import read_texts
from pbvote.roll.codes import hash_code, new_code
from pbvote.roll.file import LIMITS, REFERENCE
from pbvote.roll.importing import MAY_REGISTER, hash_reference
from pbvote.roll.models import Elector
from pbvote.rounds.models import Round
from pbvote.rounds.phases import ALLOWED, Action
from pbvote.rounds.service import lock


class UnknownReference(NotFound):
    """No elector of the round is known by this reference."""

    title = "This reference is not known"


async def replace_code(db: AsyncSession, keys: Keys, round_: Round, reference: str, actor: Actor) -> str:
    """A new code for the elector of that reference; the old one stops working when this is committed.

    The elector stays who they are, and with them the slot of their ballot: a vote cast with the old code is replaced by
    one that is cast with the new code. Locks the round against casting, so that no old code slips in between.
    """
    actor.require(round_.forum_id, *MAY_REGISTER)
    texts, reasons = read_texts({REFERENCE: reference}, {REFERENCE: LIMITS[REFERENCE]})
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    round_ = await lock(db, round_)
    moment = await now(db)
    if Action.EDIT_ROLL not in ALLOWED[round_.phase_at(moment)]:
        round_.require(Action.CAST_BALLOT, moment)
    hashed = hash_reference(keys, round_.id, texts[REFERENCE])
    query = select(Elector.id).where(Elector.round_id == round_.id, Elector.reference_hash == hashed)
    elector_id = await db.scalar(query)
    if elector_id is None:
        detail = "Nobody on this roll has that reference. Please check it."
        raise UnknownReference(detail, [Reason("unknown_reference", detail, {}, REFERENCE)])
    code = new_code()
    changed = update(Elector).where(Elector.round_id == round_.id, Elector.id == elector_id)
    await db.execute(changed.values(code_hash=hash_code(keys.pepper, code)))
    await record(db, CodeReplaced(actor_id=actor.account_id, round_id=round_.id, elector_id=elector_id))
    return code
