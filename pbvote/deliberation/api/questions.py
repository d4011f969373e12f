"""Questions to the officers over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.db import now
from pbvote.deliberation import finding, questions, service
from pbvote.deliberation.shapes import QuestionOut, QuestionsOut, WrittenOut
from pbvote.proposals.models import Proposal
from pbvote.proposals.service import proposal_of
from pbvote.rounds.phases import Action
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC
from pbvote.web.caching import kept
from pbvote.web.limits import QUESTIONS, count_against

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Visitor = NamedDependency[Actor | None]
Language = NamedDependency[str]


class QuestionBody(msgspec.Struct, forbid_unknown_fields=True):
    """A question as it is sent; `number` is the proposal that it is about, or null for the round."""

    number: int | None
    name: str
    text: str


@get("/api/rounds/{round_slug:str}/questions", guards=[PUBLIC], opt=kept("number", "after"))
async def list_questions(
    db: Db,
    visitor: Visitor,
    language: Language,
    round_slug: FromPath[str],
    number: FromQuery[int | None] = None,
    after: FromQuery[UUID | None] = None,
) -> QuestionsOut:
    """Questions about a proposal, or those about the round, with their answers."""
    round_ = await round_of(db, round_slug, visitor)
    proposal: Proposal | None = None if number is None else await proposal_of(db, round_, number)
    found, more = await finding.questions_of(db, round_, proposal, after)
    phase = round_.phase_at(await now(db))
    at_once = round_.comments == "open" and service.allows(round_, Action.COMMENT, phase)
    items = [QuestionOut.of(question, round_, language) for question in found]
    return QuestionsOut(service.allows(round_, Action.ASK_OFFICERS, phase), at_once, items, more)


@post("/api/rounds/{round_slug:str}/questions", guards=[PUBLIC])
async def ask(
    request: AnyRequest, db: Db, visitor: Visitor, round_slug: FromPath[str], data: JSONBody[QuestionBody]
) -> WrittenOut:
    """Ask the officers something about the round or about a proposal."""
    count_against(request, QUESTIONS)
    round_ = await round_of(db, round_slug, visitor)
    return WrittenOut.of(*await questions.ask(db, round_, data.number, name=data.name, text=data.text))


handlers = [list_questions, ask]
