"""What officers do with comments: look at those that wait or were flagged, hide them with a reason, show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.deliberation import CommentHidden, CommentShown
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.deliberation.content import HIDDEN_REASON
from pbvote.deliberation.models import Comment, CommentFlag, Question, State
from pbvote.deliberation.service import MODERATORS, CommentsAreClosed, allows, comment_of, refuse
from pbvote.errors import Reason
from pbvote.plain_text import read_texts
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action

MANY_FLAGS = 3  # from so many on, officers are alerted


class Which(StrEnum):
    """Which comments officers look at: those that need it, those that are hidden, or all."""

    TODO = "todo"
    HIDDEN = "hidden"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Looked:
    """A comment as officers see it: with its proposal, and the reasons of the flags that nobody has looked into."""

    comment: Comment
    proposal: Proposal
    flags: list[str]


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for officers in a round."""

    slug: str
    waiting: int
    flagged: int
    alerts: int
    questions: int


async def hide(db: AsyncSession, round_: Round, comment_id: UUID, reason: str, actor: Actor) -> Looked:
    """Hide a comment, with a reason that the public reads in its place; hidden already, it gets the new reason."""
    actor.require(round_.forum_id, *MODERATORS)
    comment = await comment_of(db, round_, comment_id, lock=True)
    texts, reasons = read_texts({"reason": reason}, {"reason": HIDDEN_REASON})
    refuse(reasons)
    comment.state, comment.reason = State.HIDDEN, texts["reason"]
    await _settle(db, comment)
    event = CommentHidden(actor_id=actor.account_id, round_id=round_.id, comment_id=comment.id, reason=texts["reason"])
    await record(db, event)
    return await looked(db, comment)


async def show(db: AsyncSession, round_: Round, comment_id: UUID, actor: Actor) -> Looked:
    """Show a comment that waits or was hidden, or leave one as it is that was flagged: its flags are settled.

    What waits is not shown for the first time while nobody else can comment. Raises CommentsAreClosed.
    """
    actor.require(round_.forum_id, *MODERATORS)
    comment = await comment_of(db, round_, comment_id, lock=True)
    if comment.state == State.WAITING and not allows(round_, Action.COMMENT, round_.phase_at(await now(db))):
        detail = "Comments are closed now. This one can be shown when they are open again."
        raise CommentsAreClosed(detail, [Reason("comments_closed", detail)])
    before, comment.state, comment.reason = comment.state, State.SHOWN, ""
    await _settle(db, comment)
    event = CommentShown(actor_id=actor.account_id, round_id=round_.id, comment_id=comment.id, before=before)
    await record(db, event)
    return await looked(db, comment)


async def moderation_list(
    db: AsyncSession, round_: Round, which: Which, actor: Actor, *, offset: int, limit: int
) -> tuple[list[Looked], int]:
    """A stretch of the comments of a round, the oldest first, and how many there are."""
    actor.require(round_.forum_id, *MODERATORS)
    wanted = {
        Which.TODO: _needs_a_look(),
        Which.HIDDEN: Comment.state == State.HIDDEN,
        Which.ALL: Comment.state != State.REMOVED,
    }[which]
    query = select(Comment).where(Comment.round_id == round_.id, wanted)
    counting = select(func.count()).select_from(query.with_only_columns(Comment.id).subquery())
    total = (await db.execute(counting)).scalar_one()
    found = list(await db.scalars(query.order_by(Comment.id).offset(offset).limit(limit)))
    return await _with_flags(db, found), total


async def looked(db: AsyncSession, comment: Comment) -> Looked:
    """One comment as officers see it."""
    return (await _with_flags(db, [comment]))[0]


async def questions_list(
    db: AsyncSession, round_: Round, actor: Actor, *, answered: bool, offset: int, limit: int
) -> tuple[list[tuple[Question, Proposal | None]], int]:
    """A stretch of the questions of a round with their proposals, the oldest first, and how many there are."""
    actor.require(round_.forum_id, *MODERATORS)
    query = select(Question, Proposal).outerjoin(Proposal, Proposal.id == Question.proposal_id)
    query = query.where(Question.round_id == round_.id, _answered() if answered else _unanswered())
    counting = select(func.count()).select_from(query.with_only_columns(Question.id).subquery())
    total = (await db.execute(counting)).scalar_one()
    rows = await db.execute(query.order_by(Question.id).offset(offset).limit(limit))
    return [(question, proposal) for question, proposal in rows], total


async def work_of(db: AsyncSession, actor: Actor) -> list[Work]:
    """What waits for officers, in the rounds of the forums in which the actor moderates; the others are left out."""
    forums = {forum_id for forum_id, role in actor.roles if role in MODERATORS}
    rounds = select(Round.id).where(Round.forum_id.in_(forums))
    flags = (
        select(func.count())
        .where(CommentFlag.comment_id == Comment.id, CommentFlag.settled.is_(False))
        .correlate(Comment)
        .scalar_subquery()
    )
    kinds = (
        func.coalesce(func.sum(_one_if(Comment.state == State.WAITING)), 0),
        func.coalesce(func.sum(_one_if(and_(Comment.state == State.SHOWN, flags > 0))), 0),
        func.coalesce(func.sum(_one_if(and_(Comment.state == State.SHOWN, flags >= MANY_FLAGS))), 0),
    )
    todo = select(Comment.round_id, *kinds).where(Comment.round_id.in_(rounds), _needs_a_look())
    comments = {row[0]: row[1:] for row in await db.execute(todo.group_by(Comment.round_id))}
    asked = select(Question.round_id, func.count()).where(Question.round_id.in_(rounds), _unanswered())
    questions = dict((await db.execute(asked.group_by(Question.round_id))).all())
    named = select(Round.id, Round.slug).where(Round.id.in_(comments.keys() | questions.keys())).order_by(Round.slug)
    return [
        Work(slug, *comments.get(round_id, (0, 0, 0)), questions.get(round_id, 0))
        for round_id, slug in await db.execute(named)
    ]


def _one_if(wanted: ColumnElement[bool]) -> ColumnElement[int]:
    """One where it is so, else nought: what a sum counts."""
    return case((wanted, 1), else_=0)


def _needs_a_look() -> ColumnElement[bool]:
    flagged = exists().where(CommentFlag.comment_id == Comment.id, CommentFlag.settled.is_(False))
    return or_(Comment.state == State.WAITING, and_(Comment.state == State.SHOWN, flagged))


def _unanswered() -> ColumnElement[bool]:
    return and_(Question.answer == "", Question.state.in_([State.SHOWN, State.WAITING]))


def _answered() -> ColumnElement[bool]:
    return and_(or_(Question.answer != "", Question.state == State.HIDDEN), Question.state != State.REMOVED)


async def _settle(db: AsyncSession, comment: Comment) -> None:
    await db.execute(update(CommentFlag).where(CommentFlag.comment_id == comment.id).values(settled=True))


async def _with_flags(db: AsyncSession, comments: Sequence[Comment]) -> list[Looked]:
    open_flags = select(CommentFlag).where(CommentFlag.settled.is_(False))
    open_flags = open_flags.where(CommentFlag.comment_id.in_([comment.id for comment in comments]))
    flags: dict[UUID, list[str]] = {}
    for flag in await db.scalars(open_flags.order_by(CommentFlag.comment_id, CommentFlag.flagger)):
        flags.setdefault(flag.comment_id, []).append(flag.reason)
    about = select(Proposal).where(Proposal.id.in_({comment.proposal_id for comment in comments}))
    proposals = {proposal.id: proposal for proposal in await db.scalars(about)}
    return [Looked(one, proposals[one.proposal_id], flags.get(one.id, [])) for one in comments]
