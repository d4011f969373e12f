"""What the officers' side of proposals looks like over HTTP, and what of it everybody may read.

Officers' notes have a shape of their own, on a route of their own, and stand in no other.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from pbvote.proposals.clock import due_on, is_overdue
from pbvote.proposals.content import LineDraft
from pbvote.proposals.models import Proposal
from pbvote.proposals.queue import Overdue, QueueRow
from pbvote.proposals.review_models import OfficerNote, PanelFeedback
from pbvote.proposals.shapes import LineOut, ReviewItem
from pbvote.proposals.states import Status
from pbvote.proposals.undoing import Lineage
from pbvote.rounds.models import Round
from pbvote.web.instants import Instant

END_OF_DAY = time(23, 59)


class WaitingOut(msgspec.Struct, frozen=True):
    """Since when a proposal waits for officers, and the last day for them: the end of it, on the forum's clocks."""

    since: Instant
    due: Instant
    overdue: bool

    @classmethod
    def of(cls, since: datetime | None, round_: Round, moment: datetime, language: str) -> WaitingOut | None:
        """The same for a proposal of a round at `moment`; None for one that does not wait."""
        if since is None:
            return None
        zone, within = round_.forum.timezone, round_.checked_within
        end = datetime.combine(due_on(since, within, zone), END_OF_DAY, ZoneInfo(zone))
        late = is_overdue(since, within, zone, moment)
        return cls(Instant.of(since, zone, language), Instant.of(end, zone, language), late)


class QueueItem(msgspec.Struct, frozen=True):
    """A proposal in the queue: `costed` is what officers found so far (pence), `checks` how many of three are done."""

    number: int
    title: str
    category: str
    theme: str
    place: str
    proposer: str
    cost: int
    costed: int | None
    status: Status
    checks: int
    assigned_to: str | None
    mine: bool
    submitted: Instant
    waiting: WaitingOut | None

    @classmethod
    def of(
        cls, row: QueueRow, round_: Round, whose: tuple[str | None, bool], moment: datetime, language: str
    ) -> QueueItem:
        """A row of the queue; `whose` is the name of the officer who looks after it, and whether that is the reader."""
        one = row.proposal
        themes = {category["id"]: category["theme"] for category in round_.categories}
        return cls(
            number=one.number,
            title=one.title,
            category=one.category,
            theme=themes.get(one.category, ""),
            place=one.place,
            proposer=one.proposer,
            cost=one.cost,
            costed=row.costed,
            status=Status(one.status),
            checks=row.checks,
            assigned_to=whose[0],
            mine=whose[1],
            submitted=Instant.of(one.submitted_at, round_.forum.timezone, language),
            waiting=WaitingOut.of(one.waiting_since, round_, moment, language),
        )


class QueueCounts(msgspec.Struct, frozen=True):
    """How many proposals of the round stand where, whatever is filtered: by status, and by what officers look for."""

    statuses: dict[str, int]
    overdue: int
    mine: int
    uncosted: int


class QueueOut(msgspec.Struct, frozen=True):
    """A page of the queue."""

    items: list[QueueItem]
    total: int
    page: int
    size: int
    counts: QueueCounts


class NeighboursOut(msgspec.Struct, frozen=True):
    """The proposals before and after one in the filtered queue, by number."""

    previous: int | None
    next: int | None


class NamedProposal(msgspec.Struct, frozen=True):
    """A proposal that another one leads to."""

    number: int
    title: str


class LineageOut(msgspec.Struct, frozen=True):
    """A merge or a split: what it began with, what came of it, and why."""

    kind: Literal["merge", "split"]
    of: list[NamedProposal]
    into: list[NamedProposal]
    reason: str
    when: Instant

    @classmethod
    def of_lineage(cls, lineage: Lineage, round_: Round, language: str) -> LineageOut:
        """The lineage as everybody may read it."""

        def named(proposals: list[Proposal]) -> list[NamedProposal]:
            return [NamedProposal(one.number, one.title) for one in proposals]

        one = lineage.regrouping
        when = Instant.of(one.made_at, round_.forum.timezone, language)
        kind = msgspec.convert(one.kind, Literal["merge", "split"])
        return cls(kind, named(lineage.of), named(lineage.into), one.reason, when)


class FeedbackOut(msgspec.Struct, frozen=True):
    """What a panel says about a proposal."""

    id: UUID
    who: str
    text: str
    when: Instant

    @classmethod
    def of(cls, feedback: PanelFeedback, round_: Round, language: str) -> FeedbackOut:
        """The feedback."""
        when = Instant.of(feedback.made_at, round_.forum.timezone, language)
        return cls(feedback.id, feedback.who, feedback.text, when)


class StandingOut(msgspec.Struct, frozen=True):
    """Where a proposal stands, for everybody: by when it will be checked, what it was made from, what a panel says."""

    waiting: WaitingOut | None
    lineage: list[LineageOut]
    feedback: list[FeedbackOut]


class CheckOut(msgspec.Struct, frozen=True):
    """A check that an officer recorded; `stale` when the proposal was sent again since."""

    name: str
    passes: bool
    note: str
    who: str
    when: Instant
    stale: bool


class CostingOut(msgspec.Struct, frozen=True):
    """What officers found that a proposal costs, what others pay of it, and what is left for the ballot, in pence."""

    lines: list[LineDraft]
    others: int
    amount: int
    who: str
    when: Instant


class CostsAskedOut(msgspec.Struct, frozen=True):
    """What a proposal asks for, and what of its whole cost others pay, in pence."""

    lines: list[LineOut]
    others: int
    amount: int


class ReviewProposal(ReviewItem, frozen=True):
    """A proposal with everything that officers have recorded about it, but for their notes."""

    asked: CostsAskedOut
    recorded: list[CheckOut]
    costing: CostingOut | None
    assigned_to: str | None
    mine: bool
    may_ask_changes: bool
    standing: StandingOut


class NoteOut(msgspec.Struct, frozen=True):
    """A note for officers."""

    id: UUID
    text: str
    who: str
    mine: bool
    when: Instant

    @classmethod
    def of(cls, note: OfficerNote, round_: Round, whose: tuple[str, bool], language: str) -> NoteOut:
        """The note; `whose` is the name of the officer who wrote it, and whether that is the reader."""
        when = Instant.of(note.made_at, round_.forum.timezone, language)
        return cls(note.id, note.text, *whose, when)


class NotesOut(msgspec.Struct, frozen=True):
    """Every note about a proposal, the oldest first."""

    items: list[NoteOut]


class OverdueOut(msgspec.Struct, frozen=True):
    """A proposal that should have been checked by now."""

    round: str
    round_title: str
    number: int
    title: str
    due: Instant

    @classmethod
    def of(cls, overdue: Overdue, moment: datetime, language: str) -> OverdueOut:
        """The proposal."""
        round_ = overdue.round_
        waiting = WaitingOut.of(overdue.waiting_since, round_, moment, language)
        due = waiting.due if waiting else Instant.of(moment, round_.forum.timezone, language)
        return cls(round_.slug, round_.title, overdue.number, overdue.title, due)


class AllOverdueOut(msgspec.Struct, frozen=True):
    """What should have been checked by now, what waits longest first."""

    items: list[OverdueOut]
