"""Accounts: add one, grant a role, sign in and out."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.models import Account, Login, RoleGrant
from pbvote.accounts.passwords import hash_password, matches
from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events import AccountAdded, RoleGranted, SignedIn
from pbvote.audit.service import record
from pbvote.db import Database, now
from pbvote.errors import DomainError, InputIsWrong, NotFound, Reason
from pbvote.forums.models import Forum

SIGNED_IN_FOR = timedelta(hours=12)
TOKEN_BYTES = 32


class SignInFailed(DomainError):
    """The same answer for an unknown address and a wrong password."""

    status: ClassVar[int] = 401
    title: ClassVar[str] = "Sign-in failed"


async def add_account(db: AsyncSession, *, email: str, name: str, password: str, administrator: bool) -> Account:
    """Add an account. Raises InputIsWrong for a bad or used address, a missing name or a bad password."""
    email, name = email.strip().lower(), name.strip()
    reasons = []
    if email.count("@") != 1 or " " in email or email.startswith("@") or email.endswith("@"):
        detail = f"{email!r} is not an e-mail address; expected one such as kim@example.org."
        reasons.append(Reason("bad_email", detail, {"email": email}, "email"))
    if not name:
        reasons.append(Reason("name_missing", "A name is needed.", {}, "name"))
    if await db.scalar(select(Account.id).where(Account.email == email)):
        reasons.append(Reason("email_used", f"There is already an account for {email}.", {"email": email}, "email"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    account = Account(
        email=email,
        name=name,
        password_hash=await hash_password(password),
        administrator=administrator,
        created_at=await now(db),
    )
    db.add(account)
    await db.flush()
    await record(db, AccountAdded(account_id=account.id))
    return account


async def grant_role(db: AsyncSession, *, email: str, forum_slug: str, role: str) -> None:
    """Give an account a role in a forum; granting it twice changes nothing."""
    account = await db.scalar(select(Account).where(Account.email == email.strip().lower()))
    forum = await db.scalar(select(Forum).where(Forum.slug == forum_slug))
    if account is None:
        raise NotFound(f"There is no account for {email}.")
    if forum is None:
        raise NotFound(f"There is no forum {forum_slug!r}.")
    if role not in set(Role):
        raise InputIsWrong(f"{role!r} is not a role; expected {', '.join(Role)}.")
    if await db.get(RoleGrant, (account.id, forum.id, role)) is None:
        db.add(RoleGrant(account_id=account.id, forum_id=forum.id, role=role))
        await record(db, RoleGranted(account_id=account.id, forum=forum.slug, role=role))


async def account_with(database: Database, email: str, password: str) -> Account:
    """The account of this address and password. Raises SignInFailed.

    It has a short transaction of its own, over before the password is hashed: however many people sign in at once, they
    keep no connection and no lock that casting needs.
    """
    async with database.session(write=False) as db:
        known = email.isprintable()  # a NUL would be an error of PostgreSQL's
        account = await db.scalar(select(Account).where(Account.email == email.strip().lower())) if known else None
    if not await matches(password, account.password_hash if account else None) or account is None:
        raise SignInFailed("The e-mail address or the password is wrong.")
    return account


async def sign_in(db: AsyncSession, account: Account) -> tuple[str, Actor]:
    """A new random token for the browser's cookie, and who it stands for."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    moment = await now(db)
    await db.execute(delete(Login).where(Login.expires_at < moment))
    db.add(Login(token_hash=_hash(token), account_id=account.id, created_at=moment, expires_at=moment + SIGNED_IN_FOR))
    await record(db, SignedIn(actor_id=account.id))
    return token, await _actor(db, account)


async def sign_out(db: AsyncSession, token: str) -> None:
    """Forget this browser's sign-in."""
    await db.execute(delete(Login).where(Login.token_hash == _hash(token)))


async def who_is(db: AsyncSession, token: str) -> Actor | None:
    """Who signed in with this token, or None if nobody did or it has expired."""
    query = (
        select(Account)
        .join(Login, Login.account_id == Account.id)
        .where(Login.token_hash == _hash(token), Login.expires_at > await now(db))
    )
    account = await db.scalar(query)
    return await _actor(db, account) if account else None


async def names_of(db: AsyncSession, account_ids: set[UUID]) -> dict[UUID, str]:
    """The names behind account ids."""
    rows = await db.execute(select(Account.id, Account.name).where(Account.id.in_(account_ids)))
    return dict(rows.all())


async def forums_of(db: AsyncSession, actor: Actor) -> dict[UUID, Forum]:
    """The forums in which this person has a role."""
    ids = {forum_id for forum_id, _ in actor.roles}
    return {forum.id: forum for forum in await db.scalars(select(Forum).where(Forum.id.in_(ids)))}


async def _actor(db: AsyncSession, account: Account) -> Actor:
    grants = await db.execute(select(RoleGrant.forum_id, RoleGrant.role).where(RoleGrant.account_id == account.id))
    roles = frozenset((forum_id, Role(role)) for forum_id, role in grants)
    return Actor(account.id, account.name, account.email, account.administrator, roles)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
