"""The ballot box, as it is stored, and what came of its turnout audit.

No table of the box has a time, an order, an address or a channel, and none has an elector: a slot is a keyed hash of
poll and elector, and without the key, which lies outside the database, it says nothing. Primary keys are random, and on
SQLite the tables are WITHOUT ROWID, so that the order of rows is not the order of voting.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base

WITHOUT_ORDER = {"sqlite_with_rowid": False}


class Slot(Base):
    """The one place that an elector has in a poll. Its primary key is what lets nobody vote twice.

    `ballot` points to the ballot that counts, hidden by the link key (`voting.hiding`), or is empty where that was
    voided. A locked slot takes no other.
    `noticed` says that the elector was told of this ballot, if they can be written to.
    """

    __tablename__ = "slots"
    __table_args__ = WITHOUT_ORDER

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("polls.id"), primary_key=True)
    slot: Mapped[bytes] = mapped_column(primary_key=True)
    ballot: Mapped[bytes]
    locked: Mapped[bool]
    noticed: Mapped[bool] = mapped_column(default=False, server_default=false())


class WaitingBallot(Base):
    """A sealed ballot that waits for its batch: from there it goes into the log and, in one move, to the sealed ones.

    Rows say in which order they were written (PostgreSQL: `xmin` and `ctid`), which is the order of voting. That is why
    they do not say which ballot it is: `id` and `hidden` need the link key (`voting.hiding`).
    """

    __tablename__ = "waiting_ballots"
    __table_args__ = WITHOUT_ORDER

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("polls.id"), primary_key=True)
    id: Mapped[bytes] = mapped_column(primary_key=True)
    hidden: Mapped[bytes]


class SealedBallot(Base):
    """A ballot under its commitment, and in the log. Only ever added, a batch at a time and in order of commitments.

    One that no slot points to was replaced by a later vote, or voided.
    """

    __tablename__ = "sealed_ballots"
    __table_args__ = WITHOUT_ORDER

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("polls.id"), primary_key=True)
    commitment: Mapped[bytes] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]


class CastKey(Base):
    """An idempotency key that was used: `digest` is a keyed hash of what it was used for, which nothing else tells."""

    __tablename__ = "cast_keys"
    __table_args__ = WITHOUT_ORDER

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("polls.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    digest: Mapped[bytes]


class TurnoutAudit(Base):
    """What came of the turnout audit of a poll: numbers alone, nothing about who was asked."""

    __tablename__ = "turnout_audits"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("polls.id"), primary_key=True)
    size: Mapped[int]
    asked: Mapped[int]
    yes: Mapped[int]
    no: Mapped[int]
    not_reached: Mapped[int]
    recorded_at: Mapped[datetime]
