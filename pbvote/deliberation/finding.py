"""What the public reads: the comments of a proposal with their replies, and questions, the oldest first.

Lists go on from the last entry that was read, so that no page of them says how many there are; and no order of anything
depends on how many people back or comment on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from pbvote.db import now
from pbvote.deliberation.models import Comment, Question, State
from pbvote.deliberation.service import GONE, allows
from pbvote.deliberation.supports import can_be_backed, shown_supports
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action

AT_ONCE = 50
SEEN = (State.SHOWN, State.HIDDEN)  # by the public, of what was hidden its reason


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its replies. One that its writer removed is there for its replies alone."""

    comment: Comment
    replies: list[Comment]


@dataclass(frozen=True, slots=True)
class Talk:
    """A stretch of what is said about a proposal; `count` and `supports` are None while nobody is to know.

    `open` says whether comments, `backing` whether supports can be given now.
    """

    threads: list[Thread]
    more: bool
    count: int | None
    open: bool
    backing: bool
    supports: int | None


async def talk_of(db: AsyncSession, round_: Round, proposal: Proposal, after: UUID | None) -> Talk:
    """What is said about a proposal, after the comment of that id."""
    phase = round_.phase_at(await now(db))
    threads, more = await _threads(db, proposal, after)
    here = (Comment.proposal_id == proposal.id, Comment.state == State.SHOWN)
    shows = allows(round_, Action.SHOW_SUPPORTS, phase)
    return Talk(
        threads,
        more,
        (await db.execute(select(func.count()).where(*here))).scalar_one() if shows else None,
        allows(round_, Action.COMMENT, phase) and proposal.status not in GONE,
        can_be_backed(round_, proposal, allows(round_, Action.SUPPORT, phase)),
        await shown_supports(db, round_, proposal),
    )


async def questions_of(
    db: AsyncSession, round_: Round, proposal: Proposal | None, after: UUID | None
) -> tuple[list[Question], bool]:
    """Questions about a proposal, or those about the round, after the one of that id; whether there are more."""
    about = Question.proposal_id.is_(None) if proposal is None else Question.proposal_id == proposal.id
    query = select(Question).where(Question.round_id == round_.id, about, Question.state.in_(SEEN))
    if after is not None:
        query = query.where(Question.id > after)
    found = list(await db.scalars(query.order_by(Question.id).limit(AT_ONCE + 1)))
    return found[:AT_ONCE], len(found) > AT_ONCE


async def _threads(db: AsyncSession, proposal: Proposal, after: UUID | None) -> tuple[list[Thread], bool]:
    reply = aliased(Comment)
    answered = exists().where(reply.parent_id == Comment.id, reply.state.in_(SEEN))
    removed_before_replies = (Comment.state == State.REMOVED) & answered
    query = select(Comment).where(Comment.proposal_id == proposal.id, Comment.parent_id.is_(None))
    query = query.where(or_(Comment.state.in_(SEEN), removed_before_replies))
    if after is not None:
        query = query.where(Comment.id > after)
    found = list(await db.scalars(query.order_by(Comment.id).limit(AT_ONCE + 1)))
    replies = await _replies(db, [comment.id for comment in found[:AT_ONCE]])
    return [Thread(one, replies.get(one.id, [])) for one in found[:AT_ONCE]], len(found) > AT_ONCE


async def _replies(db: AsyncSession, parents: Sequence[UUID]) -> dict[UUID | None, list[Comment]]:
    query = select(Comment).where(Comment.parent_id.in_(parents), Comment.state.in_(SEEN)).order_by(Comment.id)
    found: dict[UUID | None, list[Comment]] = {}
    for comment in await db.scalars(query):
        found.setdefault(comment.parent_id, []).append(comment)
    return found
