"""Comments, flags, questions and supports, as they are stored.

Whoever writes has no account. What a browser did is told by keyed hashes of random tokens that it keeps: one for each
comment, proposal or question, so that nobody who reads the tables can tell what else the same browser did.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base, uuid7


class State(StrEnum):
    """What the public sees of a comment or a question: all, nothing yet, the reason why it is hidden, or nothing."""

    SHOWN = "shown"
    WAITING = "waiting"
    HIDDEN = "hidden"
    REMOVED = "removed"


class Comment(Base):
    """What somebody says about a proposal, or replies to a comment; there are no replies to replies.

    `official` is what an officer of the forum wrote. `reason` is why officers have hidden it. One that its writer
    removed keeps no words.
    """

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_proposal_id_parent_id", "proposal_id", "parent_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id"), index=True)
    name: Mapped[str]
    text: Mapped[str]
    official: Mapped[bool]
    state: Mapped[str]
    reason: Mapped[str]
    written_at: Mapped[datetime]
    key_hash: Mapped[bytes]


class CommentFlag(Base):
    """That a browser asked officers to look at a comment; `settled` once they have."""

    __tablename__ = "comment_flags"

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id"), primary_key=True)
    flagger: Mapped[bytes] = mapped_column(primary_key=True)
    reason: Mapped[str]
    settled: Mapped[bool]


class Question(Base):
    """A question to the officers, about a proposal or about the round; `answer` is empty until there is one."""

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_round_id_proposal_id", "round_id", "proposal_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposals.id"))
    name: Mapped[str]
    text: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str]
    answered_at: Mapped[datetime | None]
    key_hash: Mapped[bytes]


class Support(Base):
    """That a browser backs a proposal before the vote, which is no vote. Without any time: order tells nothing."""

    __tablename__ = "supports"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # the name and shape that SQLAlchemy reads

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    supporter: Mapped[bytes] = mapped_column(primary_key=True)
