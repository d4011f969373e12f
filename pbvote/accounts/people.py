"""Who works here: roles given and taken, administrators, accounts that are deactivated.

An organiser decides on the roles of their own forum, an administrator on everything. The last organiser of a forum and
the last administrator stay, so that there is always somebody who can let others in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.models import Account, RoleGrant, SecondStep
from pbvote.accounts.roles import Actor, Role
from pbvote.accounts.service import end_sign_ins
from pbvote.audit.events.accounts import (
    AccountDeactivated,
    AccountReactivated,
    AdministratorEnded,
    AdministratorMade,
    RoleGranted,
    RoleTaken,
)
from pbvote.audit.service import record
from pbvote.errors import DomainError, InputIsWrong, NotAllowed, NotFound
from pbvote.forums.models import Forum
from pbvote.forums.service import forum_of


class LastOrganiser(DomainError):
    """Without this person the forum would have no organiser."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The forum needs an organiser"


class LastAdministrator(DomainError):
    """Without this person the installation would have no administrator."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "There has to be an administrator"


@dataclass(frozen=True, slots=True)
class Person:
    """An account, its roles as pairs of forum and role, and whether it is asked for codes."""

    account: Account
    roles: list[tuple[Forum, Role]]
    second_step: bool


async def forum_to_manage(db: AsyncSession, actor: Actor, slug: str) -> Forum:
    """The forum, for its organisers and administrators. Raises NotFound or NotAllowed."""
    forum = await forum_of(db, slug)
    if not actor.administrator and Role.ORGANISER not in actor.roles_in(forum.id):
        raise NotAllowed("Only an organiser of this forum or an administrator may do that.")
    return forum


async def people(
    db: AsyncSession, actor: Actor, forum_slug: str | None, offset: int, limit: int
) -> tuple[list[Person], int]:
    """A stretch of the people of a forum, or of everybody (for administrators), by name, and how many there are.

    An organiser is shown nobody's roles in forums of others.
    """
    query = select(Account)
    if forum_slug is None:
        actor.require_administrator()
    else:
        forum = await forum_to_manage(db, actor, forum_slug)
        query = query.where(exists().where(RoleGrant.account_id == Account.id, RoleGrant.forum_id == forum.id))
    total = (await db.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    found = list(await db.scalars(query.order_by(Account.name, Account.id).offset(offset).limit(limit)))
    return await _persons(db, actor, found), total


async def _persons(db: AsyncSession, actor: Actor, accounts: list[Account]) -> list[Person]:
    ids = [account.id for account in accounts]
    managed = {forum_id for forum_id, role in actor.roles if role is Role.ORGANISER}
    query = select(RoleGrant, Forum).join(Forum, Forum.id == RoleGrant.forum_id).where(RoleGrant.account_id.in_(ids))
    rows = (await db.execute(query.order_by(Forum.name, RoleGrant.role))).all()
    confirmed = select(SecondStep.account_id).where(
        SecondStep.account_id.in_(ids), SecondStep.confirmed_at.is_not(None)
    )
    on = set(await db.scalars(confirmed))
    return [
        Person(
            account,
            [
                (forum, Role(grant.role))
                for grant, forum in rows
                if grant.account_id == account.id and (actor.administrator or forum.id in managed)
            ],
            account.id in on,
        )
        for account in accounts
    ]


async def give_role(db: AsyncSession, actor: Actor, account_id: UUID, forum_slug: str, role: Role) -> None:
    """Give somebody a role in a forum. An organiser may give one to those who work for the forum already."""
    forum = await forum_to_manage(db, actor, forum_slug)
    account = await _account(db, account_id)
    there = set(await db.scalars(select(RoleGrant.role).where(_of(account_id, forum.id))))
    if not there and not actor.administrator:
        raise NotFound("Nobody of this forum has this account; invite them by their e-mail address.")
    if not account.active:
        raise InputIsWrong("This account is deactivated.")
    if role not in there:
        db.add(RoleGrant(account_id=account_id, forum_id=forum.id, role=role))
        await record(db, RoleGranted(actor_id=actor.account_id, account_id=account_id, forum=forum.slug, role=role))


async def take_role(db: AsyncSession, actor: Actor, account_id: UUID, forum_slug: str, role: Role) -> Forum:
    """Take a role from somebody, at once. Raises LastOrganiser, NotFound or NotAllowed."""
    forum = await forum_to_manage(db, actor, forum_slug)
    if role is Role.ORGANISER:
        await _require_another_organiser(db, account_id, forum)
    taken = delete(RoleGrant).where(_of(account_id, forum.id), RoleGrant.role == role).returning(RoleGrant.role)
    if (await db.execute(taken)).scalar_one_or_none() is None:
        raise NotFound("This person does not have this role.")
    await record(db, RoleTaken(actor_id=actor.account_id, account_id=account_id, forum=forum.slug, role=role))
    return forum


async def make_administrator(db: AsyncSession, actor: Actor, account_id: UUID) -> None:
    """Make somebody an administrator."""
    actor.require_administrator()
    account = await _account(db, account_id)
    if not account.active:
        raise InputIsWrong("This account is deactivated.")
    if not account.administrator:
        account.administrator = True
        await record(db, AdministratorMade(actor_id=actor.account_id, account_id=account_id))


async def end_administrator(db: AsyncSession, actor: Actor, account_id: UUID) -> None:
    """Let somebody be an administrator no more. Raises LastAdministrator."""
    actor.require_administrator()
    await _require_another_administrator(db, account_id)
    account = await _account(db, account_id)
    if account.administrator:
        account.administrator = False
        await record(db, AdministratorEnded(actor_id=actor.account_id, account_id=account_id))


async def deactivate(db: AsyncSession, actor: Actor, account_id: UUID) -> None:
    """Let an account do nothing any more: sign-ins end, roles stay on record. Raises LastOrganiser and the like."""
    actor.require_administrator()
    account = await _account(db, account_id)
    await _require_another_administrator(db, account_id)
    query = select(Forum).join(RoleGrant).where(RoleGrant.account_id == account_id, RoleGrant.role == Role.ORGANISER)
    for forum in await db.scalars(query.order_by(Forum.id)):
        await _require_another_organiser(db, account_id, forum)
    if account.active:
        account.active = False
        await end_sign_ins(db, account_id)
        await record(db, AccountDeactivated(actor_id=actor.account_id, account_id=account_id))


async def reactivate(db: AsyncSession, actor: Actor, account_id: UUID) -> None:
    """Let an account sign in again, with the roles that it has."""
    actor.require_administrator()
    account = await _account(db, account_id)
    if not account.active:
        account.active = True
        await record(db, AccountReactivated(actor_id=actor.account_id, account_id=account_id))


async def _account(db: AsyncSession, account_id: UUID) -> Account:
    account = await db.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound("There is no such account.")
    return account


async def _require_another_organiser(db: AsyncSession, account_id: UUID, forum: Forum) -> None:
    """Raise LastOrganiser if this is the only one. Locks them all, so that two cannot remove each other."""
    query = (
        select(RoleGrant.account_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(RoleGrant.forum_id == forum.id, RoleGrant.role == Role.ORGANISER, Account.active)
        .order_by(RoleGrant.account_id)
        .with_for_update()
    )
    if set(await db.scalars(query)) == {account_id}:
        raise LastOrganiser(f"This is the only organiser of {forum.name}. Make somebody else one first.")


async def _require_another_administrator(db: AsyncSession, account_id: UUID) -> None:
    """Raise LastAdministrator if this is the only one. Locks them, so that two cannot remove each other."""
    query = select(Account.id).where(Account.administrator, Account.active).order_by(Account.id).with_for_update()
    if set(await db.scalars(query)) == {account_id}:
        raise LastAdministrator("This is the only administrator. Make somebody else one first.")


def _of(account_id: UUID, forum_id: UUID) -> ColumnElement[bool]:
    return and_(RoleGrant.account_id == account_id, RoleGrant.forum_id == forum_id)
