"""Rounds, pots, polls and two-officer approvals, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pbvote.db import Base, uuid7
from pbvote.forums.models import Forum
from pbvote.rounds.calendar import Calendar
from pbvote.rounds.phases import Action, Phase, VotingIsPaused, phase_at, require

CHALLENGE_DAYS = 91  # thirteen weeks


class Round(Base):
    """One participatory budget of one forum.

    `phase` is what the round last entered; `rounds.phases.phase_at` says where it stands now. It is public once
    `opened_at` is set. `categories` is a list of `{id, name, theme}`. Awards are pence. `config_sha256` seals what
    voters saw, from the opening of the vote on. `email_link` lets electors ask for a code by e-mail. `paused_reason` is
    set while the vote is paused. A result can be certified `challenge_days` after its publication. `version` grows with
    each change of the set-up.
    """

    __tablename__ = "rounds"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    forum_id: Mapped[UUID] = mapped_column(ForeignKey("forums.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[str]
    eligibility: Mapped[str]
    template: Mapped[str]
    phase: Mapped[str] = mapped_column(index=True)
    currency: Mapped[str]
    categories: Mapped[list[Any]]
    smallest_award: Mapped[int | None] = mapped_column(BigInteger)
    largest_award: Mapped[int | None] = mapped_column(BigInteger)
    proposals_open_at: Mapped[datetime | None]
    proposals_close_at: Mapped[datetime | None]
    voting_open_at: Mapped[datetime | None]
    voting_close_at: Mapped[datetime | None]
    results_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str]
    config_sha256: Mapped[str | None]
    email_link: Mapped[bool] = mapped_column(default=False, server_default=false())
    paused_reason: Mapped[str] = mapped_column(default="", server_default="")
    challenge_days: Mapped[int] = mapped_column(default=CHALLENGE_DAYS, server_default=str(CHALLENGE_DAYS))
    version: Mapped[int]

    forum: Mapped[Forum] = relationship(lazy="joined", innerjoin=True)
    pots: Mapped[list[Pot]] = relationship(lazy="selectin", order_by="Pot.position", cascade="all, delete-orphan")
    polls: Mapped[list[Poll]] = relationship(lazy="selectin", order_by="Poll.position")

    @property
    def budget(self) -> int:
        """All the money of the round, in pence."""
        return sum(pot.amount for pot in self.pots)

    @property
    def calendar(self) -> Calendar:
        """The round's instants, in UTC."""
        return Calendar(
            self.proposals_open_at, self.proposals_close_at, self.voting_open_at, self.voting_close_at, self.results_at
        )

    def phase_at(self, moment: datetime) -> Phase:
        """Where the round stands at `moment`."""
        return phase_at(Phase(self.phase), self.calendar, moment)

    def require(self, action: Action, moment: datetime) -> None:
        """Raise NotInThisPhase, or what says it more exactly, unless the round allows `action` at `moment`."""
        require(self.phase_at(moment), action)
        if action is Action.CAST_BALLOT and self.paused_reason:
            raise VotingIsPaused(f"Voting is paused: {self.paused_reason}")


class Pot(Base):
    """Money put into a round by one funder, in pence."""

    __tablename__ = "pots"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    funder: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)


class Poll(Base):
    """One vote inside a round: its ballot design, its rule and, once voting is open, its frozen budget in pence.

    `conditions` are those that are set, in the shape of `rounds.conditions`. `custody` says who keeps the key that
    opens the ballots: this `host`, or a `board`. `rehearsed_at` is when a ballot was last sealed and unsealed with the
    real keys.
    """

    __tablename__ = "polls"
    __table_args__ = (UniqueConstraint("round_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    position: Mapped[int]
    title: Mapped[str]
    design: Mapped[dict[str, Any]]
    rule_id: Mapped[str]
    rule_parameters: Mapped[dict[str, Any]]
    ties: Mapped[list[Any]]
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    budget: Mapped[int | None] = mapped_column(BigInteger)
    custody: Mapped[str] = mapped_column(default="host", server_default="host")
    rehearsed_at: Mapped[datetime | None]
    certified_at: Mapped[datetime | None]
    keys_destroyed_at: Mapped[datetime | None]


class Approval(Base):
    """Something that needs two officers: one asked, another may approve within 24 hours."""

    __tablename__ = "approvals"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    action: Mapped[str]
    subject: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[datetime]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None]
