"""Questions to the officers of a round, about the round or about a proposal, and their public answers.

One can ask as long as the round goes on. Where comments show at once, so do questions, but for the time of the vote;
everywhere else a question shows together with its answer.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import symbols
from pbvote.accounts.roles import Actor
from pbvote.audit.events.deliberation import QuestionAnswered, QuestionAsked, QuestionHidden, QuestionRemoved
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.deliberation.content import ANSWER, HIDDEN_REASON, read_post
from pbvote.deliberation.models import Question, State
from pbvote.deliberation.service import MODERATORS, allows, hash_key, held_still, new_key, refuse, require_key
from pbvote.errors import NotFound
from pbvote.plain_text import read_texts
from pbvote.proposals.models import Proposal
from pbvote.proposals.service import proposal_of
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action


async def ask(db: AsyncSession, round_: Round, number: int | None, *, name: str, text: str) -> tuple[Question, str]:
    """Ask the officers something: the question, and the key that removes it, which is shown this once."""
    round_ = await held_still(db, round_)
    moment = await now(db)
    round_.require(Action.ASK_OFFICERS, moment)
    proposal = None if number is None else await proposal_of(db, round_, number)
    name, text, reasons = read_post(name, text)
    refuse(reasons)
    at_once = round_.comments == "open" and allows(round_, Action.COMMENT, round_.phase_at(moment))
    key = new_key()
    question = Question(
        round_id=round_.id,
        proposal_id=proposal.id if proposal else None,
        name=name,
        text=text,
        state=State.SHOWN if at_once else State.WAITING,
        reason="",
        asked_at=moment,
        answer="",
        answered_at=None,
        key_hash=hash_key(key),
    )
    db.add(question)
    await db.flush()
    await record(db, QuestionAsked(round_id=round_.id, question_id=question.id, number=number, state=question.state))
    return question, symbols.grouped(key)


async def answer(db: AsyncSession, round_: Round, question_id: UUID, text: str, actor: Actor) -> Question:
    """Answer a question, or answer it anew; it shows from now on, with its answer."""
    actor.require(round_.forum_id, *MODERATORS)
    question = await question_of(db, round_, question_id)
    texts, reasons = read_texts({"answer": text}, {"answer": ANSWER})
    refuse(reasons)
    question.answer, question.answered_at = texts["answer"], await now(db)
    question.state, question.reason = State.SHOWN, ""
    proposal = await db.get(Proposal, question.proposal_id) if question.proposal_id else None
    event = QuestionAnswered(
        actor_id=actor.account_id,
        round_id=round_.id,
        question_id=question.id,
        number=proposal.number if proposal else None,
        answer=question.answer,
    )
    await record(db, event)
    return question


async def hide_question(db: AsyncSession, round_: Round, question_id: UUID, reason: str, actor: Actor) -> Question:
    """Hide a question, with a reason that the public reads in its place."""
    actor.require(round_.forum_id, *MODERATORS)
    question = await question_of(db, round_, question_id)
    texts, reasons = read_texts({"reason": reason}, {"reason": HIDDEN_REASON})
    refuse(reasons)
    question.state, question.reason = State.HIDDEN, texts["reason"]
    event = QuestionHidden(
        actor_id=actor.account_id, round_id=round_.id, question_id=question.id, reason=texts["reason"]
    )
    await record(db, event)
    return question


async def remove_question(db: AsyncSession, round_: Round, question_id: UUID, key: str) -> None:
    """Take one's own question back, and its answer with it: the words are deleted. Raises WrongKey."""
    question = await question_of(db, round_, question_id)
    require_key(question.key_hash, key)
    question.name = question.text = question.reason = question.answer = ""
    question.state = State.REMOVED
    await record(db, QuestionRemoved(round_id=round_.id, question_id=question.id))


async def question_of(db: AsyncSession, round_: Round, question_id: UUID) -> Question:
    """A question of the round that was not removed, locked. Raises NotFound."""
    query = select(Question).where(Question.id == question_id, Question.round_id == round_.id)
    query = query.where(Question.state != State.REMOVED).with_for_update()
    question = await db.scalar(query.execution_options(populate_existing=True))
    if question is None:
        raise NotFound("There is no such question.")
    return question
