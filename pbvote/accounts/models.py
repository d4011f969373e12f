"""Accounts, their roles and their sign-ins, as they are stored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pbvote.db import Base


class Account(Base):
    """Somebody who works for a forum. Residents need no account. One that is not `active` can do nothing."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    administrator: Mapped[bool]
    created_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())


class RoleGrant(Base):
    """A role of an account in one forum. It gives nothing in any other."""

    __tablename__ = "role_grants"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    forum_id: Mapped[UUID] = mapped_column(ForeignKey("forums.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class Login(Base):
    """A signed-in browser: the SHA-256 of a random token that only its cookie holds.

    One that is not `complete` has shown a password and lacks the second step: it gets nowhere else.
    """

    __tablename__ = "logins"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    complete: Mapped[bool] = mapped_column(default=True, server_default=true())


class SecondStep(Base):
    """The secret of somebody's app for one-time codes, sealed. It is asked for once `confirmed_at` is set.

    `pending` is a secret that is being set up. `last_step` is the time step of the newest code that was taken: no code
    of it or before it is taken again. `wrong` counts wrong codes since `wrong_since`.
    """

    __tablename__ = "second_steps"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    sealed: Mapped[bytes | None]
    confirmed_at: Mapped[datetime | None]
    pending: Mapped[bytes | None]
    last_step: Mapped[int] = mapped_column(BigInteger)
    wrong: Mapped[int]
    wrong_since: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code for somebody who has lost their app: its keyed hash. It is deleted when it is used."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)


class Invite(Base):
    """A link that was handed out: the SHA-256 of its token. It is deleted when it is used.

    It gives an address roles, or makes it an administrator; with `account_id` it sets that account's password anew, and
    gives nothing.
    """

    __tablename__ = "invites"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str]
    administrator: Mapped[bool]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    grants: Mapped[list[InviteRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class InviteRole(Base):
    """A role in a forum that an invite gives."""

    __tablename__ = "invite_roles"

    invite_id: Mapped[UUID] = mapped_column(ForeignKey("invites.id"), primary_key=True)
    forum_id: Mapped[UUID] = mapped_column(ForeignKey("forums.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
