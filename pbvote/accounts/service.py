"""Accounts: add one, grant a role, sign in and out."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.models import Account, Login, RoleGrant, SecondStep
from pbvote.accounts.passwords import hash_password, matches
from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.accounts import AccountAdded, PasswordChanged, RoleGranted, SignedIn, SignedOutEverywhere
from pbvote.audit.service import record
from pbvote.db import Database, now
from pbvote.errors import DomainError, InputIsWrong, NotFound, Reason
from pbvote.forums.models import Forum
from pbvote.installation.models import InstallationValue
from pbvote.installation.service import SECOND_STEP, kept

SECOND_STEP_WITHIN = timedelta(minutes=10)
MOST_SIGN_INS = 100
TOKEN_BYTES = 32


class PasswordIsWrong(DomainError):
    """What was typed as one's own password is another one."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The password is wrong"


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
    account = account if account and account.active else None
    if not await matches(password, account.password_hash if account else None) or account is None:
        raise SignInFailed("The e-mail address or the password is wrong.")
    return account


async def sign_in(db: AsyncSession, account_id: UUID, *, complete: bool = True) -> tuple[str, timedelta]:
    """A new random token for the browser's cookie, and how long it is good for.

    One that is not complete waits for the second step and is good for nothing else.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    moment, lasts = await now(db), await kept(db, "sign_ins") if complete else SECOND_STEP_WITHIN
    await db.execute(delete(Login).where(Login.expires_at < moment))
    login = Login(token_hash=_hash(token), account_id=account_id, created_at=moment, expires_at=moment + lasts)
    login.complete = complete
    db.add(login)
    if complete:
        await record(db, SignedIn(actor_id=account_id))
    return token, lasts


async def half_signed_in(database: Database, token: str) -> UUID:
    """Whose password was shown with this token, where the second step is still to come. Raises SignInFailed."""
    async with database.session(write=False) as db:
        fresh = (Login.token_hash == _hash(token), Login.complete.is_(False), Login.expires_at > await now(db))
        account_id: UUID | None = await db.scalar(select(Login.account_id).where(*fresh))
    if account_id is None:
        raise SignInFailed("Sign in with your password first.")
    return account_id


async def finish_sign_in(db: AsyncSession, token: str) -> tuple[str, timedelta]:
    """A new token in place of the one that waited for the second step, which was shown. Raises SignInFailed."""
    waiting = (Login.token_hash == _hash(token), Login.complete.is_(False), Login.expires_at > await now(db))
    used = await db.execute(delete(Login).where(*waiting).returning(Login.account_id))
    account_id = used.scalar_one_or_none()
    if account_id is None:
        raise SignInFailed("Sign in with your password first.")
    return await sign_in(db, account_id)


async def sign_out(db: AsyncSession, token: str) -> None:
    """Forget this browser's sign-in."""
    await db.execute(delete(Login).where(Login.token_hash == _hash(token)))


async def end_sign_ins(db: AsyncSession, account_id: UUID) -> None:
    """Forget every sign-in of an account, wherever it is."""
    await db.execute(delete(Login).where(Login.account_id == account_id))


async def sign_out_everywhere(db: AsyncSession, actor: Actor) -> None:
    """End every sign-in of the actor's, this one too."""
    await end_sign_ins(db, actor.account_id)
    await record(db, SignedOutEverywhere(actor_id=actor.account_id))


async def sign_ins_of(db: AsyncSession, actor: Actor, token: str) -> list[tuple[Login, bool]]:
    """The actor's sign-ins that are still good, the newest first, and which of them is this browser's."""
    good = (Login.account_id == actor.account_id, Login.complete, Login.expires_at > await now(db))
    found = await db.scalars(select(Login).where(*good).order_by(Login.created_at.desc()).limit(MOST_SIGN_INS))
    return [(login, login.token_hash == _hash(token)) for login in found]


async def new_password_hash(database: Database, actor: Actor, old: str, new: str) -> str:
    """The hash of the new password, if the old one is right. Raises SignInFailed or InputIsWrong.

    Nothing is written yet: hashing takes long, and must not hold a lock.
    """
    await check_password(database, actor, old)
    return await hash_password(new)


async def check_password(database: Database, actor: Actor, password: str) -> None:
    """Raise PasswordIsWrong unless this is the actor's password."""
    async with database.session(write=False) as db:
        account = await db.get(Account, actor.account_id)
    if not await matches(password, account.password_hash if account else None):
        detail = "This is not your password."
        raise PasswordIsWrong(detail, [Reason("password_is_wrong", detail, {}, "password")])


async def replace_password(db: AsyncSession, actor: Actor, password_hash: str) -> None:
    """Write the actor's new password."""
    await set_password(db, actor.account_id, password_hash)
    await record(db, PasswordChanged(actor_id=actor.account_id))


async def set_password(db: AsyncSession, account_id: UUID, password_hash: str) -> None:
    """Replace a password and end every sign-in that was made with the old one."""
    await db.execute(update(Account).where(Account.id == account_id).values(password_hash=password_hash))
    await end_sign_ins(db, account_id)


async def who_is(db: AsyncSession, token: str) -> Actor | None:
    """Who signed in with this token, or None if nobody did, it has expired, or the account is not active any more."""
    policy = select(InstallationValue.value).where(InstallationValue.name == SECOND_STEP).scalar_subquery()
    query = (
        select(Account, SecondStep.confirmed_at, policy)
        .join(Login, Login.account_id == Account.id)
        .outerjoin(SecondStep, SecondStep.account_id == Account.id)
        .where(Login.token_hash == _hash(token), Login.complete, Login.expires_at > await now(db), Account.active)
    )
    found = (await db.execute(query)).one_or_none()
    if found is None:
        return None
    account, confirmed_at, chosen = found
    required = chosen is not None and chosen.get("required") is True
    return await _actor(db, account, must_set_up=required and confirmed_at is None)


async def names_of(db: AsyncSession, account_ids: set[UUID]) -> dict[UUID, str]:
    """The names behind account ids."""
    rows = await db.execute(select(Account.id, Account.name).where(Account.id.in_(account_ids)))
    return dict(rows.all())


async def forums_of(db: AsyncSession, actor: Actor) -> dict[UUID, Forum]:
    """The forums in which this person has a role."""
    ids = {forum_id for forum_id, _ in actor.roles}
    return {forum.id: forum for forum in await db.scalars(select(Forum).where(Forum.id.in_(ids)))}


async def _actor(db: AsyncSession, account: Account, *, must_set_up: bool) -> Actor:
    if must_set_up:  # no role counts before
        return Actor(account.id, account.name, account.email, False, frozenset(), must_set_up=True)
    grants = await db.execute(select(RoleGrant.forum_id, RoleGrant.role).where(RoleGrant.account_id == account.id))
    roles = frozenset((forum_id, Role(role)) for forum_id, role in grants)
    return Actor(account.id, account.name, account.email, account.administrator, roles)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
