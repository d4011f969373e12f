"""Links that are handed out: to join with roles, or to choose a new password.

A link works once, for seven days, and for the e-mail address that it was made for. Only the SHA-256 of its token is
stored, and the row goes when it is used.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.models import Account, Invite, InviteRole, Login, RoleGrant
from pbvote.accounts.people import forum_to_manage
from pbvote.accounts.roles import Actor, Role
from pbvote.accounts.service import add_account, set_password
from pbvote.audit.events.accounts import (
    AdministratorMade,
    InviteAccepted,
    InviteMade,
    InviteWithdrawn,
    PasswordLinkMade,
    PasswordReset,
    RoleGranted,
)
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.emails import email_key, is_email
from pbvote.errors import DomainError, InputIsWrong, NotAllowed, NotFound, Reason
from pbvote.forums.models import Forum

GOOD_FOR = timedelta(days=7)
TOKEN_BYTES = 32


class InviteDoesNotWork(DomainError):
    """The link was used, withdrawn, is too old, or never was one: which of these is not said."""

    status: ClassVar[int] = 410
    title: ClassVar[str] = "This link no longer works"


class InviteIsForSomebodyElse(DomainError):
    """Somebody else is signed in than the person whom the link was made for."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This link is for somebody else"


class AccountIsThere(DomainError):
    """Whoever has an account signs in with it; no second one is made, and no password is replaced."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "There is an account already"


@dataclass(frozen=True, slots=True)
class Made:
    """A link that was just made: its token, which is shown once, and the invite."""

    token: str
    invite: Invite


async def invite(
    db: AsyncSession, actor: Actor, email: str, roles: Sequence[tuple[str, Role]], *, administrator: bool = False
) -> Made:
    """Invite an address to roles, given as pairs of forum slug and role. Raises NotAllowed, NotFound or InputIsWrong.

    An organiser invites to their own forums, an administrator to all and to be an administrator.
    """
    if administrator:
        actor.require_administrator()
    forums = {slug: await forum_to_manage(db, actor, slug) for slug, _ in roles}
    email = email_key(email)
    reasons = []
    if not is_email(email):
        detail = "This is not an e-mail address; expected one such as kim@example.org."
        reasons.append(Reason("bad_email", detail, {}, "email"))
    if not roles and not administrator:
        reasons.append(Reason("roles_missing", "Choose at least one role.", {}, "roles"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    made = await _make(db, actor, email, administrator=administrator, account_id=None)
    made.invite.grants = [InviteRole(forum_id=forums[slug].id, role=role) for slug, role in dict.fromkeys(roles)]
    await db.flush()
    named = [f"{role} of {slug}" for slug, role in dict.fromkeys(roles)]
    event = InviteMade(actor_id=actor.account_id, invite_id=made.invite.id, roles=named, administrator=administrator)
    await record(db, event)
    return made


async def make_password_link(db: AsyncSession, actor: Actor, account_id: UUID) -> Made:
    """A link with which somebody chooses a new password. Those that were made for them before are void."""
    actor.require_administrator()
    account = await db.get(Account, account_id)
    if account is None or not account.active:
        raise NotFound("There is no such account, or it is deactivated.")
    await db.execute(delete(Invite).where(Invite.account_id == account_id))
    made = await _make(db, actor, account.email, administrator=False, account_id=account_id)
    await record(db, PasswordLinkMade(actor_id=actor.account_id, account_id=account_id))
    return made


async def _make(db: AsyncSession, actor: Actor, email: str, *, administrator: bool, account_id: UUID | None) -> Made:
    token, moment = secrets.token_urlsafe(TOKEN_BYTES), await now(db)
    await forget_old_invites(db)
    row = Invite(
        token_hash=_hash(token),
        email=email,
        administrator=administrator,
        account_id=account_id,
        made_by=actor.account_id,
        made_at=moment,
        expires_at=moment + GOOD_FOR,
        grants=[],
    )
    db.add(row)
    await db.flush()
    return Made(token, row)


async def forget_old_invites(db: AsyncSession) -> None:
    """Delete the links that ran out."""
    old = select(Invite.id).where(Invite.expires_at <= await now(db))
    await db.execute(delete(InviteRole).where(InviteRole.invite_id.in_(old)))
    await db.execute(delete(Invite).where(Invite.expires_at <= await now(db)))


async def old_sign_ins(db: AsyncSession) -> bool:
    """Whether sign-ins or links have run out."""
    moment = await now(db)
    logins = select(Login.account_id).where(Login.expires_at <= moment)
    for one in (logins, select(Invite.id).where(Invite.expires_at <= moment)):
        if await db.scalar(one.limit(1)) is not None:
            return True
    return False


async def forget_old_sign_ins(db: AsyncSession) -> None:
    """Delete the sign-ins and links that ran out."""
    await db.execute(delete(Login).where(Login.expires_at <= await now(db)))
    await forget_old_invites(db)


async def look(db: AsyncSession, token: str) -> tuple[Invite, bool]:
    """The invite behind a token, and whether its address has an account. Raises InviteDoesNotWork."""
    found = await _by_token(db, token)
    has_account = await db.scalar(select(Account.id).where(Account.email == found.email)) is not None
    return found, has_account


async def accept_as_new(db: AsyncSession, token: str, name: str, password: str) -> UUID:
    """Make the account that the link is for, with its roles; its id. Raises InviteDoesNotWork or AccountIsThere."""
    found = await _by_token(db, token)
    if found.account_id is not None:
        raise _does_not_work()
    if await db.scalar(select(Account.id).where(Account.email == found.email)):
        raise AccountIsThere("There is an account for this address. Sign in, and open the link again.")
    account = await add_account(db, email=found.email, name=name, password=password, administrator=False)
    await _join(db, found, account)
    return account.id


async def accept(db: AsyncSession, token: str, actor: Actor) -> None:
    """Give whoever is signed in what the link, made for their address, gives. Raises InviteDoesNotWork and the like."""
    found = await _by_token(db, token)
    account = await db.get(Account, actor.account_id)
    if found.account_id is not None or account is None:
        raise _does_not_work()
    if account.email != found.email:
        raise InviteIsForSomebodyElse("This link was made for another e-mail address than the one you signed in with.")
    await _join(db, found, account)


async def reset_password(db: AsyncSession, token: str, password_hash: str) -> None:
    """Replace the password of the account that the link is for, and end its sign-ins. Raises InviteDoesNotWork."""
    found = await _by_token(db, token)
    if found.account_id is None:
        raise _does_not_work()
    account_id = found.account_id
    await _use(db, found)
    await set_password(db, account_id, password_hash)
    await record(db, PasswordReset(account_id=account_id))


async def invites_of(db: AsyncSession, actor: Actor, forum_slug: str | None) -> list[Invite]:
    """Invites that wait: to a forum, or (for administrators) all of them, the newest first."""
    waiting = select(Invite).where(Invite.account_id.is_(None), Invite.expires_at > await now(db))
    if forum_slug is None:
        actor.require_administrator()
    else:
        forum = await forum_to_manage(db, actor, forum_slug)
        waiting = waiting.where(Invite.grants.any(InviteRole.forum_id == forum.id))
    return list(await db.scalars(waiting.order_by(Invite.made_at.desc(), Invite.id)))


async def forums_of(db: AsyncSession, found: Sequence[Invite]) -> dict[UUID, Forum]:
    """The forums that some invites name, by id."""
    ids = {grant.forum_id for one in found for grant in one.grants}
    return {forum.id: forum for forum in await db.scalars(select(Forum).where(Forum.id.in_(ids)))}


async def withdraw(db: AsyncSession, actor: Actor, invite_id: UUID) -> None:
    """Make a link void: for administrators, and for an organiser of every forum that it names."""
    found = await db.get(Invite, invite_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no such invite.")
    own = all(Role.ORGANISER in actor.roles_in(grant.forum_id) for grant in found.grants)
    if not actor.administrator and (found.administrator or found.account_id is not None or not own):
        raise NotAllowed("Only an organiser of this forum or an administrator may do that.")
    await record(db, InviteWithdrawn(actor_id=actor.account_id, invite_id=found.id))
    await db.delete(found)


async def _join(db: AsyncSession, found: Invite, account: Account) -> None:
    """Use the link up and give what it gives. Whoever made it must still be allowed to."""
    grants, administrator, made_by = list(found.grants), found.administrator, found.made_by
    if not await _still_allowed(db, found):
        raise _does_not_work()
    await _use(db, found)
    if administrator and not account.administrator:
        account.administrator = True
        await record(db, AdministratorMade(actor_id=made_by, account_id=account.id))
    for grant in grants:
        if await db.get(RoleGrant, (account.id, grant.forum_id, grant.role)) is None:
            db.add(RoleGrant(account_id=account.id, forum_id=grant.forum_id, role=grant.role))
            forum = (await db.scalars(select(Forum).where(Forum.id == grant.forum_id))).one()
            event = RoleGranted(actor_id=made_by, account_id=account.id, forum=forum.slug, role=grant.role)
            await record(db, event)
    await record(db, InviteAccepted(actor_id=account.id, invite_id=found.id, account_id=account.id))


async def _still_allowed(db: AsyncSession, found: Invite) -> bool:
    """Whether whoever made the link could make it now: taking a role ends what they could do, links included."""
    maker = await db.get(Account, found.made_by)
    if maker is None or not maker.active:
        return False
    if maker.administrator:
        return True
    query = select(RoleGrant.forum_id).where(RoleGrant.account_id == maker.id, RoleGrant.role == Role.ORGANISER)
    organised = set(await db.scalars(query))
    return not found.administrator and all(grant.forum_id in organised for grant in found.grants)


async def _use(db: AsyncSession, found: Invite) -> None:
    """Delete the link. Of two who use it at once one finds it gone. Raises InviteDoesNotWork."""
    await db.execute(delete(InviteRole).where(InviteRole.invite_id == found.id))
    used = await db.execute(delete(Invite).where(Invite.id == found.id).returning(Invite.id))
    if used.scalar_one_or_none() is None:
        raise _does_not_work()


async def _by_token(db: AsyncSession, token: str) -> Invite:
    query = select(Invite).where(Invite.token_hash == _hash(token), Invite.expires_at > await now(db))
    found = await db.scalar(query)
    if found is None:
        raise _does_not_work()
    return found


def _does_not_work() -> InviteDoesNotWork:
    detail = "This link no longer works. Each works once, and for seven days. Please ask for a new one."
    return InviteDoesNotWork(detail, [Reason("invite_does_not_work", detail)])


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
