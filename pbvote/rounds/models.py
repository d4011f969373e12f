"""Rounds, pots, polls and two-officer approvals, as they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import JSON, BigInteger, ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pbvote.db import Base, uuid7
from pbvote.errors import NotFound
from pbvote.forums.models import Forum
from pbvote.rounds.calendar import INSTANTS, Calendar
from pbvote.rounds.phases import (
    Action,
    Course,
    Phase,
    Standing,
    VotingIsNotOpen,
    phase_at,
)
from pbvote.rounds.pots import PotPlan

CHALLENGE_DAYS = 91  # thirteen weeks
CHECKED_WITHIN = 5  # working days


class Round(Base):
    """One participatory budget of one forum.

    `phase` is what the round last entered; `rounds.phases.phase_at` says where it stands now. It is public once
    `opened_at` is set. `categories` is a list of `{id, name, theme}`. Awards are pence. `current` is the position of
    the poll that is being, or will next be, voted on. `email_link` lets electors ask for a code by e-mail.
    `paused_reason` is set while the vote is paused. A result can be certified `challenge_days` after its publication.
    `version` grows with each change of the set-up.

    An `advisory` round orders proposals and gives no money. Where `confirmed_by` names somebody, the result is
    provisional until it is certified. `match` is a rule in the shape of `rounds.match`, or None. `comments` are off,
    open, or checked before they show; `supports` says whether residents can back a proposal, which is no vote.
    `checked_within` are the working days in which officers mean to look at a proposal. A `rehearsal` is for practice,
    and listed nowhere in public. `night` says that a Decision Night belongs to the round.
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
    second_voting_open_at: Mapped[datetime | None]
    second_voting_close_at: Mapped[datetime | None]
    results_at: Mapped[datetime | None]
    current: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str]
    email_link: Mapped[bool] = mapped_column(default=False, server_default=false())
    paused_reason: Mapped[str] = mapped_column(default="", server_default="")
    challenge_days: Mapped[int] = mapped_column(default=CHALLENGE_DAYS, server_default=str(CHALLENGE_DAYS))
    advisory: Mapped[bool] = mapped_column(default=False, server_default=false())
    confirmed_by: Mapped[str] = mapped_column(default="", server_default="")
    match: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    part_funding: Mapped[bool] = mapped_column(default=False, server_default=false())
    comments: Mapped[str] = mapped_column(default="off", server_default="off")
    supports: Mapped[bool] = mapped_column(default=False, server_default=false())
    checked_within: Mapped[int] = mapped_column(default=CHECKED_WITHIN, server_default=str(CHECKED_WITHIN))
    night: Mapped[bool] = mapped_column(default=False, server_default=false())
    rehearsal: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int]

    forum: Mapped[Forum] = relationship(lazy="joined", innerjoin=True)
    pots: Mapped[list[Pot]] = relationship(lazy="selectin", order_by="Pot.position", cascade="all, delete-orphan")
    polls: Mapped[list[Poll]] = relationship(lazy="selectin", order_by="Poll.position")

    @property
    def budget(self) -> int:
        """All the money of the round, in pence."""
        return sum(pot.amount for pot in self.pots)

    @property
    def pot_plans(self) -> list[PotPlan]:
        """The pots as plain data."""
        return [pot.plan for pot in self.pots]

    @property
    def category_ids(self) -> list[str]:
        """The ids of the categories that proposals can have."""
        return [category["id"] for category in self.categories]

    @property
    def calendar(self) -> Calendar:
        """The round's instants, in UTC; those of a second vote only where there is one."""
        return calendar_of([getattr(self, f"{name}_at") for name in INSTANTS], len(self.polls))

    @property
    def course(self) -> Course:
        """What decides the round's next step."""
        return Course(self.calendar, self.opened_at, self.current, len(self.polls))

    @property
    def standing(self) -> Standing:
        """What decides whether a ballot can be cast."""
        return Standing(Phase(self.phase), self.calendar, self.current, self.paused_reason)

    @property
    def poll(self) -> Poll:
        """The poll that is being, or will next be, voted on; the last one from its count on."""
        return self.poll_at(self.current)

    def poll_at(self, position: int) -> Poll:
        """The first (1) or second (2) poll. Raises NotFound."""
        for poll in self.polls:
            if poll.position == position:
                return poll
        raise NotFound("This round has no such vote.")

    @property
    def closed_poll(self) -> Poll:
        """The poll whose vote has closed last: of two, between them, the first. The current one before any has."""
        return self.poll_at(self.current - 1) if self.phase == Phase.SHORTLIST else self.poll

    def closed_poll_at(self, position: int | None) -> Poll:
        """The closed poll of that position, or the one that has closed last. Raises NotInThisPhase."""
        last = self.closed_poll
        poll = last if position is None else self.poll_at(position)
        if poll.position > last.position:
            raise VotingIsNotOpen("The second vote has not opened yet.")
        return poll

    def require_turn(self, poll: Poll) -> None:
        """Raise VotingIsClosed or VotingIsNotOpen where it is, or was last, the turn of the other poll of two."""
        self.standing.require_turn(poll.position)

    @property
    def opens_at(self) -> datetime | None:
        """When the current poll opens."""
        return self.calendar.vote(self.current)[0]

    @property
    def closes_at(self) -> datetime | None:
        """When the current poll closes."""
        return self.calendar.vote(self.current)[1]

    def phase_at(self, moment: datetime) -> Phase:
        """Where the round stands at `moment`."""
        return phase_at(Phase(self.phase), self.calendar, moment, self.current)

    def require(self, action: Action, moment: datetime) -> None:
        """Raise NotInThisPhase, or what says it more exactly, unless the round allows `action` at `moment`."""
        self.standing.require(action, moment)


def calendar_of(instants: Sequence[datetime | None], polls: int) -> Calendar:
    """The calendar of these instants, in the order of `INSTANTS`; a second vote has its own only where there is one."""
    calendar = Calendar(*instants)
    return calendar if polls > 1 else replace(calendar, second_voting_open=None, second_voting_close=None)


class Pot(Base):
    """Money put into a round by one funder, in pence.

    It is for proposals of these `categories` and for those with these numbers (`proposals`); for any, if it names
    neither. What is left is `returned` to the funder, or goes to the `reserve` list.
    """

    __tablename__ = "pots"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    funder: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    categories: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    proposals: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    leftover: Mapped[str] = mapped_column(default="returned", server_default="returned")

    @property
    def plan(self) -> PotPlan:
        """The pot as plain data."""
        return msgspec.convert({name: getattr(self, name) for name in PotPlan.__struct_fields__}, PotPlan)

    @classmethod
    def of(cls, plan: PotPlan, position: int) -> Pot:
        """The pot of a plan, in its place."""
        return cls(position=position, **msgspec.to_builtins(plan))


class Poll(Base):
    """One vote inside a round: its ballot design, its rule and, once voting is open, its frozen budget in pence.

    `conditions` are those that are set, in the shape of `rounds.conditions`. `custody` says who keeps the key that
    opens the ballots: this `host`, or a `board`. `config_sha256` seals what voters saw, from its opening on.
    `rehearsed_at` is when a ballot was last sealed and unsealed with the real keys.
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
    config_sha256: Mapped[str | None]
    rehearsed_at: Mapped[datetime | None]
    certified_at: Mapped[datetime | None]
    keys_destroyed_at: Mapped[datetime | None]


class Approval(Base):
    """Something that needs two officers: one asked, another may approve within 24 hours.

    `poll` is the position of the poll that the round was at: what was asked in the first vote is not for the second.
    """

    __tablename__ = "approvals"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    poll: Mapped[int] = mapped_column(default=1, server_default="1")
    action: Mapped[str]
    subject: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[datetime]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None]


class ForumTemplate(Base):
    """A template that a forum saved for itself; `content` is in the shape of `rounds.templates.Template`."""

    __tablename__ = "forum_templates"
    __table_args__ = (UniqueConstraint("forum_id", "title"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    forum_id: Mapped[UUID] = mapped_column(ForeignKey("forums.id"))
    title: Mapped[str]
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
