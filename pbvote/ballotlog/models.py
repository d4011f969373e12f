"""The ballot logs, as they are stored. Leaves and checkpoints are only ever added: triggers refuse all else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base


class Log(Base):
    """The log of a poll: its name, the key that signs it, and the Merkle tree's frontier.

    `log_key` is `name+id+base64`, as it stands in the notice of the vote. `nodes` are the roots of the tree's perfect
    subtrees, 32 bytes each, the largest first.
    """

    __tablename__ = "logs"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("polls.id"), primary_key=True)
    origin: Mapped[str] = mapped_column(unique=True)
    log_key: Mapped[str]
    size: Mapped[int]
    nodes: Mapped[bytes]


class LogLeaf(Base):
    """A leaf, counted from 0: a line of text as docs/bundle-format.md says. None has a time that tells of a voter."""

    __tablename__ = "log_leaves"
    # By it the receipts find their ballots. The longest events are more than a B-tree of PostgreSQL takes.
    __table_args__ = (Index(None, "leaf", postgresql_using="hash"),)

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("logs.poll_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    leaf: Mapped[str]


class LogCheckpoint(Base):
    """The log at a size, signed by its key: a note without the witnesses' lines."""

    __tablename__ = "log_checkpoints"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("logs.poll_id"), primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str]


class Witness(Base):
    """Somebody whose cosignatures are shown and published with a round's logs. `key` is `name+id+base64`."""

    __tablename__ = "witnesses"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]
    added_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))


class Cosignature(Base):
    """A witness' signature line under a checkpoint, with its newline, and the time that it says."""

    __tablename__ = "log_cosignatures"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("logs.poll_id"), primary_key=True)
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    signed_at: Mapped[datetime]


class LogHold(Base):
    """A poll whose log takes nothing, since a backup was restored (`ballotlog.holds`). `size` is what it had then.

    The log may not have begun: in what is lost it may have.
    """

    __tablename__ = "log_holds"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("polls.id"), primary_key=True)
    held_at: Mapped[datetime]
    backup_at: Mapped[datetime]
    size: Mapped[int]
