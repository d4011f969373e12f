"""Accounts, their roles and their sign-ins, as they are stored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base


class Account(Base):
    """Somebody who works for a forum. Residents need no account."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    administrator: Mapped[bool]
    created_at: Mapped[datetime]


class RoleGrant(Base):
    """A role of an account in one forum. It gives nothing in any other."""

    __tablename__ = "role_grants"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    forum_id: Mapped[UUID] = mapped_column(ForeignKey("forums.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class Login(Base):
    """A signed-in browser: the SHA-256 of a random token that only its cookie holds."""

    __tablename__ = "logins"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
