"""What officers record about proposals, as it is stored: checks, costings, notes, feedback, merges and splits."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pbvote.db import Base, uuid7


class CheckRecord(Base):
    """One of the three checks of a proposal as an officer found it; the note is for officers."""

    __tablename__ = "proposal_checks"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    passes: Mapped[bool]
    note: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]


class Costing(Base):
    """What officers find that a proposal costs: lines of `{what, amount, basis}`, and what others pay of it, in pence.

    The amount that goes on the ballot is the sum of the lines less what others pay.
    """

    __tablename__ = "proposal_costings"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    lines: Mapped[list[Any]]
    others: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]


class Assignment(Base):
    """The officer who looks after a proposal."""

    __tablename__ = "proposal_assignments"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)


class OfficerNote(Base):
    """What an officer tells the others about a proposal. Never public."""

    __tablename__ = "proposal_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), index=True)
    text: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]


class PanelFeedback(Base):
    """What an expert panel says about a proposal, for everybody: `who` speaks, and what."""

    __tablename__ = "panel_feedback"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), index=True)
    who: Mapped[str]
    text: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]


class Regrouping(Base):
    """Proposals that became others: two or more `merge` into one, or one is `split` into two or more."""

    __tablename__ = "regroupings"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    kind: Mapped[str]
    reason: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    parts: Mapped[list[RegroupingPart]] = relationship(lazy="selectin", order_by="RegroupingPart.position")


class RegroupingPart(Base):
    """A proposal in a regrouping: one that it began `from`, or one that it made.

    One that a merge kept is both, and stands once, with `made` and its own `before`. `before` is how a proposal stood
    before it, and how its undoing leaves it again: `{status, reason, cost, costing}`; None for one that it made anew.
    """

    __tablename__ = "regrouping_parts"

    regrouping_id: Mapped[UUID] = mapped_column(ForeignKey("regroupings.id"), primary_key=True)
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True, index=True)
    position: Mapped[int]
    made: Mapped[bool]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
