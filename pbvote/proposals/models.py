"""Proposals, their cost lines and history, and the projects on a ballot, as they are stored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pbvote.db import Base, uuid7


class Proposal(Base):
    """What somebody asks money for. `cost` is the ask in pence; `key_hash` belongs to the one who submitted it.

    `search_text` holds its public words, folded (`plain_text.fold`), so that both databases find the same.
    """

    __tablename__ = "proposals"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]
    title: Mapped[str]
    summary: Mapped[str]
    description: Mapped[str]
    category: Mapped[str]
    place: Mapped[str]
    proposer: Mapped[str]
    contact_email: Mapped[str]
    running_costs: Mapped[str]
    search_text: Mapped[str]
    cost: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    status_reason: Mapped[str]
    appropriate: Mapped[bool | None]
    feasible: Mapped[bool | None]
    sustainable: Mapped[bool | None]
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    key_hash: Mapped[bytes]
    version: Mapped[int]

    lines: Mapped[list[CostLine]] = relationship(lazy="selectin", order_by="CostLine.position")
    history: Mapped[list[ProposalChange]] = relationship(lazy="selectin", order_by="ProposalChange.position")


class CostLine(Base):
    """One line of a proposal's costs: what, how much in pence, and whether that is an estimate or a quote."""

    __tablename__ = "cost_lines"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str]


class ProposalChange(Base):
    """One step of a proposal's public history."""

    __tablename__ = "proposal_changes"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    status: Mapped[str]
    reason: Mapped[str]


class Project(Base):
    """A proposal on a ballot: title and cost (pence) as voters see them, frozen when voting opens.

    `number` is its fixed number on the ballot, in ballot order; `reference` its id in exported files.
    """

    __tablename__ = "projects"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("polls.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), index=True)
    reference: Mapped[str]
    title: Mapped[str]
    category: Mapped[str]
    cost: Mapped[int] = mapped_column(BigInteger)

    proposal: Mapped[Proposal] = relationship(lazy="raise")
