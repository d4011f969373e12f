"""Phases of a round: what each allows, and where a round stands by the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pbvote.errors import DomainError
from pbvote.rounds.calendar import Calendar


class Phase(StrEnum):
    """Where a round stands, in order; `cancelled` stands outside the order.

    `shortlist` comes between two votes: the first one's result is public, and the second has not opened. After it a
    round is `voting` and `counting` once more.
    """

    DRAFT = "draft"
    PROPOSALS = "proposals"
    REVIEW = "review"
    VOTING = "voting"
    COUNTING = "counting"
    SHORTLIST = "shortlist"
    PUBLISHED = "published"
    DELIVERY = "delivery"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """True when nothing comes after."""
        return self in {Phase.CLOSED, Phase.CANCELLED}


class Action(StrEnum):
    """What somebody may want to do with a round."""

    CONFIGURE = "configure"
    STOP_EMAIL_LINK = "stop_email_link"
    OPEN_ROUND = "open_round"
    SUBMIT_PROPOSAL = "submit_proposal"
    ADD_PROPOSAL = "add_proposal"
    WITHDRAW_PROPOSAL = "withdraw_proposal"
    DECIDE_PROPOSAL = "decide_proposal"
    COMMENT = "comment"
    SUPPORT = "support"
    SHOW_SUPPORTS = "show_supports"
    ASK_OFFICERS = "ask_officers"
    EDIT_ROLL = "edit_roll"
    OPEN_VOTING = "open_voting"
    SHOW_BALLOT_PAPER = "show_ballot_paper"
    CAST_BALLOT = "cast_ballot"
    PAUSE_VOTING = "pause_voting"
    EXTEND_VOTING = "extend_voting"
    CHANGE_ROLL = "change_roll"
    CLOSE_VOTING = "close_voting"
    COUNT = "count"
    PUBLISH = "publish"
    ROLL_DICE = "roll_dice"
    CERTIFY = "certify"
    BEGIN_DELIVERY = "begin_delivery"
    FINISH = "finish"
    CANCEL = "cancel"


A = Action
ALLOWED: dict[Phase, frozenset[Action]] = {
    Phase.DRAFT: frozenset({A.CONFIGURE, A.STOP_EMAIL_LINK, A.OPEN_ROUND, A.EDIT_ROLL, A.CANCEL}),
    Phase.PROPOSALS: frozenset(
        {
            *(A.CONFIGURE, A.STOP_EMAIL_LINK, A.SUBMIT_PROPOSAL, A.ADD_PROPOSAL, A.WITHDRAW_PROPOSAL),
            *(A.DECIDE_PROPOSAL, A.EDIT_ROLL, A.CANCEL),
            *(A.COMMENT, A.SUPPORT, A.SHOW_SUPPORTS, A.ASK_OFFICERS),
        }
    ),
    Phase.REVIEW: frozenset(
        {
            *(A.CONFIGURE, A.STOP_EMAIL_LINK, A.ADD_PROPOSAL, A.WITHDRAW_PROPOSAL, A.DECIDE_PROPOSAL),
            *(A.EDIT_ROLL, A.OPEN_VOTING, A.CANCEL),
            *(A.COMMENT, A.SUPPORT, A.SHOW_SUPPORTS, A.ASK_OFFICERS),
        }
    ),
    Phase.VOTING: frozenset(
        {
            *(A.SHOW_BALLOT_PAPER, A.CAST_BALLOT, A.PAUSE_VOTING, A.EXTEND_VOTING),
            *(A.CHANGE_ROLL, A.STOP_EMAIL_LINK, A.CLOSE_VOTING, A.ASK_OFFICERS, A.CANCEL),
        }
    ),
    Phase.COUNTING: frozenset({A.SHOW_BALLOT_PAPER, A.ROLL_DICE, A.COUNT, A.PUBLISH, A.ASK_OFFICERS, A.CANCEL}),
    Phase.SHORTLIST: frozenset({A.STOP_EMAIL_LINK, A.OPEN_VOTING, A.ROLL_DICE, A.ASK_OFFICERS, A.CANCEL}),
    Phase.PUBLISHED: frozenset(
        {
            *(A.SHOW_BALLOT_PAPER, A.ROLL_DICE, A.CERTIFY, A.BEGIN_DELIVERY, A.CANCEL),
            *(A.COMMENT, A.SHOW_SUPPORTS, A.ASK_OFFICERS),
        }
    ),
    Phase.DELIVERY: frozenset(
        {
            *(A.SHOW_BALLOT_PAPER, A.ROLL_DICE, A.CERTIFY, A.FINISH, A.CANCEL),
            *(A.COMMENT, A.SHOW_SUPPORTS, A.ASK_OFFICERS),
        }
    ),
    Phase.CLOSED: frozenset({A.SHOW_BALLOT_PAPER, A.CERTIFY, A.SHOW_SUPPORTS}),
    Phase.CANCELLED: frozenset(),
}

AFTER: dict[Phase, frozenset[Phase]] = {
    Phase.DRAFT: frozenset({Phase.PROPOSALS, Phase.REVIEW, Phase.CANCELLED}),
    Phase.PROPOSALS: frozenset({Phase.REVIEW, Phase.CANCELLED}),
    Phase.REVIEW: frozenset({Phase.VOTING, Phase.CANCELLED}),
    Phase.VOTING: frozenset({Phase.COUNTING, Phase.CANCELLED}),
    Phase.COUNTING: frozenset({Phase.SHORTLIST, Phase.PUBLISHED, Phase.CANCELLED}),
    Phase.SHORTLIST: frozenset({Phase.VOTING, Phase.CANCELLED}),
    Phase.PUBLISHED: frozenset({Phase.DELIVERY, Phase.CANCELLED}),
    Phase.DELIVERY: frozenset({Phase.CLOSED, Phase.CANCELLED}),
    Phase.CLOSED: frozenset(),
    Phase.CANCELLED: frozenset(),
}


class NotInThisPhase(DomainError):
    """The phase that the round stands in does not allow this."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Not in this phase"


class VotingIsNotOpen(NotInThisPhase):
    """Voting has not begun."""

    title: ClassVar[str] = "Voting is not open yet"


class VotingIsClosed(NotInThisPhase):
    """Voting is over."""

    title: ClassVar[str] = "Voting is closed"


class VotingIsPaused(NotInThisPhase):
    """Voting has begun and is not over, but two officers have stopped it for a while."""

    title: ClassVar[str] = "Voting is paused"


class ProposalsAreNotOpen(NotInThisPhase):
    """Proposals cannot be put forward yet."""

    title: ClassVar[str] = "Proposals are not open yet"


class ProposalsAreClosed(NotInThisPhase):
    """Proposals can no longer be put forward."""

    title: ClassVar[str] = "Proposals are closed"


class RulesAreFrozen(NotInThisPhase):
    """What voters see can no longer be changed."""

    title: ClassVar[str] = "The rules are frozen"


_ORDER = list(Phase)


def phase_at(phase: Phase, calendar: Calendar, moment: datetime, current: int = 1) -> Phase:
    """Where a round that last entered `phase`, and whose vote number `current` it is, stands at `moment`.

    Proposals and voting end exactly when the calendar says, without anybody writing it down. Nothing begins that way:
    a beginning needs readiness, so it is entered by a verb.
    """
    ends = {
        Phase.PROPOSALS: (calendar.proposals_close, Phase.REVIEW),
        Phase.VOTING: (calendar.vote(current)[1], Phase.COUNTING),
    }
    end, following = ends.get(phase, (None, phase))
    return following if end is not None and end <= moment else phase


@dataclass(frozen=True, slots=True)
class Course:
    """What decides the course of a round: its calendar, when it was opened, and which of how many votes it is at."""

    calendar: Calendar
    opened_at: datetime | None = None
    current: int = 1
    polls: int = 1


def next_step(phase: Phase, course: Course) -> tuple[Phase, datetime | None] | None:
    """What comes after `phase`, and when the calendar says; None after the end.

    A round without a time for proposals goes to review as soon as its organiser has opened it. The result of the first
    of two votes has no day of its own: it is due when the second vote opens.
    """
    calendar = course.calendar
    without_proposals = calendar.proposals_open is None
    opens, closes = calendar.vote(course.current)
    last = course.current >= course.polls
    steps: dict[Phase, tuple[Phase, datetime | None]] = {
        Phase.DRAFT: (Phase.REVIEW, course.opened_at)
        if without_proposals
        else (Phase.PROPOSALS, calendar.proposals_open),
        Phase.PROPOSALS: (Phase.REVIEW, calendar.proposals_close),
        Phase.REVIEW: (Phase.VOTING, opens),
        Phase.VOTING: (Phase.COUNTING, closes),
        Phase.COUNTING: (Phase.PUBLISHED, calendar.results) if last else (Phase.SHORTLIST, calendar.second_voting_open),
        Phase.SHORTLIST: (Phase.VOTING, opens),
        Phase.PUBLISHED: (Phase.DELIVERY, None),
        Phase.DELIVERY: (Phase.CLOSED, None),
    }
    return steps.get(phase)


def is_held(phase: Phase, course: Course, moment: datetime) -> bool:
    """Whether a beginning is due that has not happened, because the round is not ready for it."""
    if course.opened_at is None or phase not in {Phase.DRAFT, Phase.REVIEW, Phase.SHORTLIST}:
        return False
    step = next_step(phase, course)
    return step is not None and step[1] is not None and step[1] <= moment


def require(phase: Phase, action: Action) -> None:
    """Raise NotInThisPhase, or what says it more exactly, unless `phase` allows `action`."""
    if action in ALLOWED[phase]:
        return
    before_voting = phase is Phase.SHORTLIST or _ORDER.index(phase) < _ORDER.index(Phase.VOTING)
    match action:
        case Action.CAST_BALLOT | Action.SHOW_BALLOT_PAPER if phase is Phase.SHORTLIST:
            raise VotingIsNotOpen("The second vote has not opened yet.")
        case Action.CAST_BALLOT | Action.SHOW_BALLOT_PAPER if before_voting:
            raise VotingIsNotOpen("Voting has not opened yet.")
        case Action.CAST_BALLOT | Action.CLOSE_VOTING if not before_voting:
            raise VotingIsClosed("Voting is closed.")
        case Action.SUBMIT_PROPOSAL if phase is Phase.DRAFT:
            raise ProposalsAreNotOpen("Proposals have not opened yet.")
        case Action.SUBMIT_PROPOSAL:
            raise ProposalsAreClosed("Proposals are closed.")
        case Action.CONFIGURE if phase in {Phase.VOTING, Phase.COUNTING, Phase.SHORTLIST}:
            raise RulesAreFrozen("Voting has opened, so what voters see can no longer be changed.")
        case _:
            raise NotInThisPhase(f"The round is in the phase {phase.value!r}, which does not allow this.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a round stands, without the round: all that decides whether a ballot can be cast in one of its votes.

    `phase` is what the round last entered, `current` the position of the poll whose turn it is or was last, and
    `paused_reason` is empty unless the vote is paused.
    """

    phase: Phase
    calendar: Calendar
    current: int
    paused_reason: str

    def require(self, action: Action, moment: datetime) -> None:
        """Raise NotInThisPhase, or what says it more exactly, unless the round allows `action` at `moment`."""
        require(phase_at(self.phase, self.calendar, moment, self.current), action)
        if action is Action.CAST_BALLOT and self.paused_reason:
            raise VotingIsPaused(f"Voting is paused: {self.paused_reason}")

    def require_turn(self, position: int) -> None:
        """Raise VotingIsClosed or VotingIsNotOpen where it is, or was last, the turn of the other poll of two."""
        if position < self.current:
            raise VotingIsClosed("Voting is closed.")
        if position > self.current:
            raise VotingIsNotOpen("The second vote has not opened yet.")
