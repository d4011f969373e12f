"""What needs two officers: one asks, a different one of the same forum approves within 24 hours."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events import ApprovalAsked, ApprovalGiven
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import InputIsWrong, SecondOfficerNeeded
from pbvote.plain_text import Limit, read_texts
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.service import lock

OPEN_FOR = timedelta(hours=24)
REASON = Limit(1_000, required=False, lines=True)
MAY_APPROVE = (Role.ORGANISER, Role.OFFICER)


async def ask_or_approve(
    db: AsyncSession, round_: Round, action: str, subject: str, reason: str, actor: Actor
) -> Approval:
    """Ask for `action` on `subject`, or approve what another one asked: then `approved_at` is set.

    Locks the round's row and reads the round anew, so of two who approve at once one comes second and finds it done:
    the caller checks the phase after this call. Raises SecondOfficerNeeded when the one who asked calls again.
    """
    actor.require(round_.forum_id, *MAY_APPROVE)
    await lock(db, round_)
    asked = await _open_ask(db, round_, action, subject)
    if asked is None:
        return await _ask(db, round_, action, subject, reason, actor)
    if asked.asked_by == actor.account_id:
        raise SecondOfficerNeeded("You asked for this yourself; another officer of the forum has to approve it.")
    asked.approved_by, asked.approved_at = actor.account_id, await now(db)
    await record(db, ApprovalGiven(actor_id=actor.account_id, round_id=round_.id, action=action, subject=subject))
    return asked


async def approvals_of(db: AsyncSession, round_: Round, actor: Actor) -> list[Approval]:
    """What was approved and what waits for a second officer, the newest first; asks that ran out are left out."""
    actor.require(round_.forum_id, Role.ORGANISER, Role.OFFICER, Role.SCRUTINEER)
    current = or_(Approval.approved_at.is_not(None), Approval.asked_at > await now(db) - OPEN_FOR)
    query = select(Approval).where(Approval.round_id == round_.id, current).order_by(Approval.id.desc())
    return list(await db.scalars(query))


async def _open_ask(db: AsyncSession, round_: Round, action: str, subject: str) -> Approval | None:
    query = (
        select(Approval)
        .where(
            Approval.round_id == round_.id,
            Approval.action == action,
            Approval.subject == subject,
            Approval.approved_at.is_(None),
            Approval.asked_at > await now(db) - OPEN_FOR,
        )
        .order_by(Approval.id.desc())
        .limit(1)
    )
    return await db.scalar(query)


async def _ask(db: AsyncSession, round_: Round, action: str, subject: str, reason: str, actor: Actor) -> Approval:
    texts, reasons = read_texts({"reason": reason}, {"reason": REASON})
    if reasons:
        raise InputIsWrong("The reason cannot be used as it is.", reasons)
    approval = Approval(
        round_id=round_.id,
        action=action,
        subject=subject,
        reason=texts["reason"],
        asked_by=actor.account_id,
        asked_at=await now(db),
        approved_by=None,
        approved_at=None,
    )
    db.add(approval)
    await db.flush()
    event = ApprovalAsked(
        actor_id=actor.account_id, round_id=round_.id, action=action, subject=subject, reason=texts["reason"]
    )
    await record(db, event)
    return approval
