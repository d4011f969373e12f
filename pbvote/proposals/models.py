"""Proposals, their cost lines and history, and the projects on a ballot, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pbvote.db import Base, uuid7


class Proposal(Base):
    """What somebody asks money for. `key_hash` belongs to the one who submitted it.

    Its lines add up to the whole cost. `ask` is what the pot is asked for, all of it if None, `smallest` the least that
    would still do; `match_cash`, `match_kind` and `match_hours` are what its people bring. `cost` goes on the ballot:
    the ask, or what officers decided. Money is pence, a place on the map millionths of a degree.

    `search_text` holds its public words, folded (`plain_text.fold`), so that both databases find the same.
    `waiting_since` is set while officers have to look at it: since it was sent, or sent again.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        Index(None, "round_id", "status"),
        Index(None, "round_id", "category"),
        Index(None, "round_id", "waiting_since", "number"),
    )

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
    ask: Mapped[int | None] = mapped_column(BigInteger)
    smallest: Mapped[int | None] = mapped_column(BigInteger)
    match_cash: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    match_kind: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    match_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    whole_area: Mapped[bool] = mapped_column(default=False, server_default=false())
    latitude: Mapped[int | None]
    longitude: Mapped[int | None]
    cost: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    status_reason: Mapped[str]
    appropriate: Mapped[bool | None]
    feasible: Mapped[bool | None]
    sustainable: Mapped[bool | None]
    submitted_at: Mapped[datetime]
    waiting_since: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    key_hash: Mapped[bytes]
    version: Mapped[int]

    lines: Mapped[list[CostLine]] = relationship(lazy="selectin", order_by="CostLine.position")
    history: Mapped[list[ProposalChange]] = relationship(lazy="selectin", order_by="ProposalChange.position")


class ProposalDraft(Base):
    """A proposal that is still being written, or written anew (`proposal_id`), for whoever has its key.

    `sealed` holds what was typed so far, in the shape of `proposals.drafts.Form`. `links` counts the e-mails that were
    asked for. It is kept for 90 days after its last change, unless an administrator chose otherwise.
    """

    __tablename__ = "proposal_drafts"
    __table_args__ = (UniqueConstraint("round_id", "key_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposals.id"))
    key_hash: Mapped[bytes]
    sealed: Mapped[bytes]
    version: Mapped[int]
    links: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(index=True)


class Attachment(Base):
    """A photo or a document of a draft, of a proposal, or of one that is written anew: then of both.

    `kind` is `photo`, `pdf`, `odt` or `docx`; `words` describe a photo, or name a document. A photo's `content` is the
    large WebP, `small` the small one; `width` and `height` are the large one's, `size` is the content's in bytes.
    `hidden_reason` is set while officers hide it.
    """

    __tablename__ = "attachments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    draft_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposal_drafts.id"), index=True)
    proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposals.id"), index=True)
    kind: Mapped[str]
    words: Mapped[str]
    content: Mapped[bytes] = mapped_column(deferred=True)
    small: Mapped[bytes | None] = mapped_column(deferred=True)
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    hidden_reason: Mapped[str] = mapped_column(default="")


class CostLine(Base):
    """One line of a proposal's costs: what, how much in pence, and whether that is an estimate or a quote."""

    __tablename__ = "cost_lines"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str]


class ProposalChange(Base):
    """One step of a proposal's public history.

    Where it was sent again, `before` holds what it said until then of whatever was changed, by field; only the names of
    the fields are public, for what was taken out may have been taken out for a reason.
    """

    __tablename__ = "proposal_changes"

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    status: Mapped[str]
    reason: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


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
