"""What is said beside a proposal: officers' notes, which only officers ever read, and an expert panel's feedback."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.proposals import PanelFeedbackAdded, PanelFeedbackRemoved, ProposalNoted
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import DomainError, NotAllowed, NotFound
from pbvote.plain_text import Limit, read_texts
from pbvote.proposals.models import Proposal
from pbvote.proposals.review_models import OfficerNote, PanelFeedback
from pbvote.proposals.reviewing import refuse
from pbvote.proposals.service import proposal_of
from pbvote.rounds.models import Round
from pbvote.rounds.service import lock

NOTE = Limit(2_000, lines=True)
FEEDBACK = {"who": Limit(120), "text": Limit(2_000, lines=True)}
MOST_REMARKS = 200  # of each kind beside one proposal
SPEAK_FOR_THE_PANEL = (Role.OFFICER, Role.ORGANISER)


class TooManyRemarks(DomainError):
    """A proposal has as many notes, or as much feedback, as a page can show."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Too many remarks"


async def notes_of(db: AsyncSession, round_: Round, number: int, actor: Actor) -> list[OfficerNote]:
    """What officers told each other about a proposal, the oldest first. For officers of the forum alone."""
    actor.require(round_.forum_id, Role.OFFICER)
    proposal = await proposal_of(db, round_, number)
    query = select(OfficerNote).where(OfficerNote.proposal_id == proposal.id).order_by(OfficerNote.id)
    return list(await db.scalars(query))


async def add_note(db: AsyncSession, round_: Round, number: int, text: str, actor: Actor) -> OfficerNote:
    """Tell the other officers something about a proposal."""
    actor.require(round_.forum_id, Role.OFFICER)
    texts, reasons = read_texts({"text": text}, {"text": NOTE})
    refuse(reasons)
    round_ = await lock(db, round_)
    there = await notes_of(db, round_, number, actor)
    _require_room(len(there))
    proposal = await proposal_of(db, round_, number)
    note = OfficerNote(proposal_id=proposal.id, text=texts["text"], made_by=actor.account_id, made_at=await now(db))
    db.add(note)
    await db.flush()
    await record(db, ProposalNoted(actor_id=actor.account_id, round_id=round_.id, number=number, taken_away=False))
    return note


async def remove_note(db: AsyncSession, round_: Round, number: int, note_id: UUID, actor: Actor) -> None:
    """Take one's own note away. Raises NotAllowed for somebody else's."""
    note = next((note for note in await notes_of(db, round_, number, actor) if note.id == note_id), None)
    if note is None:
        raise NotFound("There is no such note.")
    if note.made_by != actor.account_id:
        raise NotAllowed("Only the officer who wrote a note can take it away.")
    await db.delete(note)
    await record(db, ProposalNoted(actor_id=actor.account_id, round_id=round_.id, number=number, taken_away=True))


async def feedback_of(db: AsyncSession, proposal: Proposal) -> list[PanelFeedback]:
    """What expert panels say about a proposal, the oldest first. For everybody."""
    query = select(PanelFeedback).where(PanelFeedback.proposal_id == proposal.id).order_by(PanelFeedback.id)
    return list(await db.scalars(query))


async def add_feedback(db: AsyncSession, round_: Round, number: int, said: tuple[str, str], actor: Actor) -> Proposal:
    """Put beside a proposal, for everybody, what a panel says about it: `said` is who speaks, and what."""
    actor.require(round_.forum_id, *SPEAK_FOR_THE_PANEL)
    texts, reasons = read_texts(dict(zip(FEEDBACK, said, strict=True)), FEEDBACK)
    refuse(reasons)
    round_ = await lock(db, round_)
    proposal = await proposal_of(db, round_, number)
    _require_room(len(await feedback_of(db, proposal)))
    db.add(PanelFeedback(proposal_id=proposal.id, **texts, made_by=actor.account_id, made_at=await now(db)))
    await db.flush()
    await record(
        db,
        PanelFeedbackAdded(actor_id=actor.account_id, round_id=round_.id, number=number, who=texts["who"]),
    )
    return proposal


async def remove_feedback(db: AsyncSession, round_: Round, number: int, feedback_id: UUID, actor: Actor) -> Proposal:
    """Take a panel's feedback away again."""
    actor.require(round_.forum_id, *SPEAK_FOR_THE_PANEL)
    proposal = await proposal_of(db, round_, number)
    feedback = next((one for one in await feedback_of(db, proposal) if one.id == feedback_id), None)
    if feedback is None:
        raise NotFound("There is no such feedback.")
    await db.delete(feedback)
    await db.flush()
    await record(
        db,
        PanelFeedbackRemoved(actor_id=actor.account_id, round_id=round_.id, number=number, who=feedback.who),
    )
    return proposal


def _require_room(there: int) -> None:
    if there >= MOST_REMARKS:
        raise TooManyRemarks(f"There are {there} already; a proposal has room for no more.")
