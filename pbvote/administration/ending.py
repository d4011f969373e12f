"""Ending what somebody could do: with the role goes what they asked other officers to approve."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts import people
from pbvote.accounts.models import RoleGrant
from pbvote.accounts.roles import Actor, Role
from pbvote.rounds.approvals import MAY_APPROVE
from pbvote.rounds.models import Approval, Round


async def take_role(db: AsyncSession, actor: Actor, account_id: UUID, forum_slug: str, role: Role) -> None:
    """Take a role from somebody, and withdraw their asks in the forum if they may not ask for anything any more."""
    forum = await people.take_role(db, actor, account_id, forum_slug, role)
    left = (RoleGrant.account_id == account_id, RoleGrant.forum_id == forum.id, RoleGrant.role.in_(MAY_APPROVE))
    if await db.scalar(select(RoleGrant.role).where(*left).limit(1)) is None:
        await _withdraw_asks(db, account_id, forum.id)


async def deactivate(db: AsyncSession, actor: Actor, account_id: UUID) -> None:
    """Let an account do nothing any more, and withdraw its asks."""
    await people.deactivate(db, actor, account_id)
    await _withdraw_asks(db, account_id, None)


async def _withdraw_asks(db: AsyncSession, account_id: UUID, forum_id: UUID | None) -> None:
    asks = delete(Approval).where(Approval.asked_by == account_id, Approval.approved_at.is_(None))
    if forum_id is not None:
        asks = asks.where(Approval.round_id.in_(select(Round.id).where(Round.forum_id == forum_id)))
    await db.execute(asks)
