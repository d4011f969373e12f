"""Who follows what, as it is stored: addresses sealed and found by keyed hashes, ids random, rows in no order.

None of these tables has an audit event of its own: who began to follow what, and when they stopped, would outlive what
is forgotten here.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base

HIDDEN_ORDER = {"sqlite_with_rowid": False}


class FollowRequest(Base):
    """Somebody asked to follow something, and has not confirmed it by the link that went to the address.

    `asker` is the keyed hash of the address: so many requests wait for each. Address and subject are sealed.
    """

    __tablename__ = "follow_requests"
    __table_args__ = HIDDEN_ORDER

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    asker: Mapped[bytes] = mapped_column(index=True)
    sealed: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Follower(Base):
    """An address that was confirmed: told `at_once` or `daily`, in `language`. It lives as long as it follows."""

    __tablename__ = "followers"
    __table_args__ = HIDDEN_ORDER

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email_hash: Mapped[bytes] = mapped_column(unique=True)
    sealed: Mapped[bytes]
    how: Mapped[str]
    language: Mapped[str]


class Following(Base):
    """That a follower follows something: `kind` says what, `subject` is its id. Told of what came after `since`."""

    __tablename__ = "followings"
    __table_args__ = (UniqueConstraint("follower_id", "kind", "subject"), HIDDEN_ORDER)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    follower_id: Mapped[UUID] = mapped_column(ForeignKey("followers.id"))
    kind: Mapped[str]
    subject: Mapped[UUID] = mapped_column(index=True)
    since: Mapped[datetime]


class Told(Base):
    """How far the followers were told of an audit event: up to the id `reached`, or all of them, then `done`."""

    __tablename__ = "told_events"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    reached: Mapped[UUID | None]
    done: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)


class News(Base):
    """What a follower reads in the next daily mail; deleted when that is written."""

    __tablename__ = "news"
    __table_args__ = HIDDEN_ORDER

    follower_id: Mapped[UUID] = mapped_column(ForeignKey("followers.id"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
