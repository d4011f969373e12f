"""What needs two officers: one asks, a different one of the same forum approves within 24 hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.accounts.service import names_of
from pbvote.audit.events.rounds import ApprovalAsked, ApprovalGiven
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import DomainError, InputIsWrong, SecondOfficerNeeded
from pbvote.plain_text import Limit, read_texts
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.service import lock

OPEN_FOR = timedelta(hours=24)
REASON = Limit(1_000, required=False, lines=True)
MAY_APPROVE = (Role.ORGANISER, Role.OFFICER)


class AskedAlready(DomainError):
    """Somebody else has asked for this step: whoever wants it too approves it."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This was asked for already"


class NothingToApprove(DomainError):
    """There is no such ask, or it was for something else than what is being approved."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "There is nothing to approve"


@dataclass(frozen=True, slots=True)
class Consent:
    """An officer's part in a step that takes two: the ask that they approve, or None to ask, and then why."""

    approves: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that takes two officers: what is to be done, and to what exactly.

    Whoever asks for it says why, unless the step says it by itself.
    """

    action: str
    subject: str
    reason_needed: bool = True


async def ask_or_approve(db: AsyncSession, round_: Round, step: Step, consent: Consent, actor: Actor) -> Approval:
    """Ask for a step, or approve what another officer asked for: then `approved_at` is set.

    Locks the round's row and reads the round anew, so of two who approve at once one comes second and finds it done:
    the caller checks the phase after this call. Raises SecondOfficerNeeded where one officer would do both,
    AskedAlready where somebody else has asked for it, and NothingToApprove for an ask that ran out, was done or was for
    something else.
    """
    actor.require(round_.forum_id, *MAY_APPROVE)
    await lock(db, round_)
    asked = await _open_ask(db, round_, step.action, step.subject)
    if asked is not None and asked.asked_by == actor.account_id:
        raise SecondOfficerNeeded("You asked for this yourself; another officer of the forum has to approve it.")
    if consent.approves is None:
        if asked is not None:
            raise AskedAlready("Another officer has asked for this already. Please look at it, and approve it.")
        return await _ask(db, round_, step, consent.reason, actor)
    if asked is None or asked.id != consent.approves:
        raise NothingToApprove("What you want to approve was done, has run out after 24 hours, or is not quite this.")
    asked.approved_by, asked.approved_at = actor.account_id, await now(db)
    event = ApprovalGiven(actor_id=actor.account_id, round_id=round_.id, action=step.action, subject=step.subject)
    await record(db, event)
    return asked


async def approved(db: AsyncSession, round_: Round, action: str, subject: str) -> Approval | None:
    """The newest approval of this very step, if there is one."""
    query = select(Approval).where(
        Approval.round_id == round_.id,
        Approval.poll == round_.current,
        Approval.action == action,
        Approval.subject == subject,
        Approval.approved_at.is_not(None),
    )
    return await db.scalar(query.order_by(Approval.id.desc()).limit(1))


async def names_of_the_two(db: AsyncSession, approval: Approval) -> list[str]:
    """Who asked and who approved, by name, as it stands in the public log."""
    names = await names_of(db, {one for one in (approval.asked_by, approval.approved_by) if one})
    return [names[one] for one in (approval.asked_by, approval.approved_by) if one]


async def all_approved(db: AsyncSession, round_: Round) -> list[Approval]:
    """Everything that two officers did for the current poll of a round, in order."""
    these = (Approval.round_id == round_.id, Approval.poll == round_.current, Approval.approved_at.is_not(None))
    return list(await db.scalars(select(Approval).where(*these).order_by(Approval.approved_at, Approval.id)))


async def approvals_of(db: AsyncSession, round_: Round, actor: Actor) -> list[Approval]:
    """What was approved and what waits for a second officer, the newest first.

    Left out are asks that nobody can approve any more: those that ran out, and those of a first vote that is over.
    """
    actor.require(round_.forum_id, Role.ORGANISER, Role.OFFICER, Role.SCRUTINEER)
    waits = and_(Approval.asked_at > await now(db) - OPEN_FOR, Approval.poll == round_.current)
    current = or_(Approval.approved_at.is_not(None), waits)
    query = select(Approval).where(Approval.round_id == round_.id, current).order_by(Approval.id.desc())
    return list(await db.scalars(query))


async def approvals_waiting(db: AsyncSession, round_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How much waits for a second officer, by round; rounds where nothing does are left out."""
    waits = (Approval.approved_at.is_(None), Approval.asked_at > await now(db) - OPEN_FOR)
    of_now = select(Round.current).where(Round.id == Approval.round_id).scalar_subquery()
    query = select(Approval.round_id, func.count()).where(
        Approval.round_id.in_(round_ids), *waits, Approval.poll == of_now
    )
    return dict((await db.execute(query.group_by(Approval.round_id))).all())


async def asks_that_ran_out(db: AsyncSession) -> bool:
    """Whether there are asks that nobody approved in time."""
    return await db.scalar(select(Approval.id).where(*await _ran_out(db)).limit(1)) is not None


async def forget_asks(db: AsyncSession) -> None:
    """Delete the asks that nobody approved in time, so that a clock that is set back makes none of them good again.

    That they were made stands in the audit log.
    """
    await db.execute(delete(Approval).where(*await _ran_out(db)))


async def _ran_out(db: AsyncSession) -> tuple[ColumnElement[bool], ...]:
    return Approval.approved_at.is_(None), Approval.asked_at <= await now(db) - OPEN_FOR


async def _open_ask(db: AsyncSession, round_: Round, action: str, subject: str) -> Approval | None:
    query = (
        select(Approval)
        .where(
            Approval.round_id == round_.id,
            Approval.poll == round_.current,
            Approval.action == action,
            Approval.subject == subject,
            Approval.approved_at.is_(None),
            Approval.asked_at > await now(db) - OPEN_FOR,
        )
        .order_by(Approval.id.desc())
        .limit(1)
    )
    return await db.scalar(query)


async def _ask(db: AsyncSession, round_: Round, step: Step, reason: str, actor: Actor) -> Approval:
    texts, reasons = read_texts({"reason": reason}, {"reason": replace(REASON, required=step.reason_needed)})
    if reasons:
        raise InputIsWrong("The reason cannot be used as it is.", reasons)
    approval = Approval(
        round_id=round_.id,
        poll=round_.current,
        action=step.action,
        subject=step.subject,
        reason=texts["reason"],
        asked_by=actor.account_id,
        asked_at=await now(db),
        approved_by=None,
        approved_at=None,
    )
    db.add(approval)
    await db.flush()
    event = ApprovalAsked(
        actor_id=actor.account_id,
        round_id=round_.id,
        action=step.action,
        subject=step.subject,
        reason=texts["reason"],
    )
    await record(db, event)
    return approval
