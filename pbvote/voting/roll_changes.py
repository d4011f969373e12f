"""Changes while voting is open: a ballot taken out of the count, an elector put on or off the roll. Two officers each.

Both officers name the elector, by reference or by code: what the first one asked for is stored as a keyed hash only.
Whether the elector had voted is not said anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.voting import BallotVoided, ElectorRemoved
from pbvote.audit.service import record
from pbvote.ballotbox.log import event_leaf
from pbvote.ballotlog.service import append
from pbvote.db import now
from pbvote.errors import InputIsWrong, NotFound, Reason
from pbvote.keys import Keys
from pbvote.keys.polls import link_key
from pbvote.roll.codes import BadCode, hash_code, read_code
from pbvote.roll.importing import hash_reference
from pbvote.roll.models import Elector
from pbvote.roll.registering import Evidence, add_registered, require_new_reference
from pbvote.roll.service import electors_of
from pbvote.rounds.approvals import MAY_APPROVE, Consent, Step, ask_or_approve, names_of_the_two
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock
from pbvote.voting.casting import slot_of
from pbvote.voting.models import Slot

VOID_BALLOT, REMOVE_ELECTOR, REGISTER_ELECTOR = "void_ballot", "remove_elector", "register_elector"


async def void_ballot(
    db: AsyncSession, keys: Keys, round_: Round, whose: str, consent: Consent, actor: Actor
) -> Approval:
    """Take an elector's ballot out of the count; with a code, the elector can vote again.

    `whose` is the elector's reference or voting code. Raises NotFound.
    """
    round_ = await _open_round(db, round_, actor)
    elector, subject = await _elector(db, keys, round_, whose)
    approval = await ask_or_approve(db, round_, Step(VOID_BALLOT, subject), consent, actor)
    if approval.approved_by is not None:
        await _empty_slot(db, keys, round_, elector.id, lock_it=False)
        by = await names_of_the_two(db, approval)
        leaf = event_leaf("void", at=await now(db), by=by, reason=approval.reason, slots=1)
        await append(db, keys, round_.poll.id, [leaf])
        event = BallotVoided(
            actor_id=actor.account_id, round_id=round_.id, elector_id=elector.id, reason=approval.reason
        )
        await record(db, event)
    return approval


async def remove_elector(
    db: AsyncSession, keys: Keys, round_: Round, whose: str, consent: Consent, actor: Actor
) -> Approval:
    """Take an elector off the roll: their code stops working, and a ballot of theirs does not count."""
    round_ = await _open_round(db, round_, actor)
    elector, subject = await _elector(db, keys, round_, whose)
    approval = await ask_or_approve(db, round_, Step(REMOVE_ELECTOR, subject), consent, actor)
    if approval.approved_by is not None:
        await _empty_slot(db, keys, round_, elector.id, lock_it=True)
        key = (Elector.round_id == round_.id, Elector.id == elector.id)
        await db.execute(update(Elector).where(*key).values(code_hash=None, reference_hash=None, removed=True))
        by = await names_of_the_two(db, approval)
        leaf = event_leaf("roll-change", added=0, at=await now(db), by=by, reason=approval.reason, removed=1)
        await append(db, keys, round_.poll.id, [leaf])
        event = ElectorRemoved(
            actor_id=actor.account_id, round_id=round_.id, elector_id=elector.id, reason=approval.reason
        )
        await record(db, event)
    return approval


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is put on the roll at a desk while voting is open: a new reference, and what they showed."""

    reference: str
    evidence: Evidence


async def register_late(
    db: AsyncSession, keys: Keys, round_: Round, newcomer: Newcomer, consent: Consent, actor: Actor
) -> tuple[Approval, str | None]:
    """Put an elector on the roll while voting is open: their code, once the second officer has approved.

    Both officers name the reference and the evidence. Raises InputIsWrong and AlreadyOnTheRoll.
    """
    round_ = await _open_round(db, round_, actor)
    await require_new_reference(db, keys, round_, newcomer.reference)
    hashed = hash_reference(keys, round_.id, newcomer.reference)
    step = Step(REGISTER_ELECTOR, f"{newcomer.evidence.value} {hashed.hex()}")
    approval = await ask_or_approve(db, round_, step, consent, actor)
    if approval.approved_by is None:
        return approval, None
    code = await add_registered(db, keys, round_, newcomer.reference, newcomer.evidence, actor)
    by = await names_of_the_two(db, approval)
    leaf = event_leaf("roll-change", added=1, at=await now(db), by=by, reason=approval.reason, removed=0)
    await append(db, keys, round_.poll.id, [leaf])
    return approval, code


async def _open_round(db: AsyncSession, round_: Round, actor: Actor) -> Round:
    actor.require(round_.forum_id, *MAY_APPROVE)
    round_ = await lock(db, round_)
    round_.require(Action.CHANGE_ROLL, await now(db))
    return round_


async def _elector(db: AsyncSession, keys: Keys, round_: Round, whose: str) -> tuple[Elector, str]:
    """The elector of a reference or code, and the keyed hash that stands for what was typed. Raises NotFound."""
    if not whose.strip():
        detail = "Say whose: the elector's reference, or their voting code."
        raise InputIsWrong(detail, [Reason("text_missing", detail, {}, "whose")])
    reference = hash_reference(keys, round_.id, whose)
    found = await _one(db, round_, Elector.reference_hash == reference)
    if found is not None:
        return found, f"reference {reference.hex()}"
    try:
        code = hash_code(keys.pepper, read_code(whose))
    except BadCode:
        code = b""
    elector_id = (await electors_of(db, keys, round_.id, [code])).get(code)
    found = None if elector_id is None else await _one(db, round_, Elector.id == elector_id)
    if found is None:
        detail = "Nobody on this roll has that reference or voting code. Please check it."
        raise NotFound(detail, [Reason("unknown_elector", detail, {}, "whose")])
    return found, f"code {code.hex()}"


async def _one(db: AsyncSession, round_: Round, condition: object) -> Elector | None:
    query = select(Elector).where(Elector.round_id == round_.id, condition)  # type: ignore[arg-type]
    return await db.scalar(query)


async def _empty_slot(db: AsyncSession, keys: Keys, round_: Round, elector_id: UUID, *, lock_it: bool) -> None:
    """Point an elector's slot to no ballot, whether or not it was there."""
    poll_id = round_.poll.id
    slot = slot_of(link_key(keys, poll_id), poll_id, elector_id)
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(Slot.__table__).values(poll_id=poll_id, slot=slot, ballot=b"", locked=lock_it)
    emptied = {"ballot": b"", "locked": lock_it}
    await db.execute(statement.on_conflict_do_update(index_elements=["poll_id", "slot"], set_=emptied))
