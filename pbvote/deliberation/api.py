"""Comments, supports and questions over HTTP, and officers' work with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.db import now
from pbvote.deliberation import finding, moderation, questions, service, supports
from pbvote.deliberation.moderation import Which
from pbvote.deliberation.shapes import (
    AllWorkOut,
    AskedOut,
    BackedOut,
    ModeratedOut,
    QuestionOut,
    QuestionsOut,
    TalkOut,
    WorkOut,
    WrittenOut,
)
from pbvote.keys import Keys
from pbvote.proposals.models import Proposal
from pbvote.proposals.service import WrongKey, proposal_of
from pbvote.rounds.phases import Action
from pbvote.rounds.service import round_of, staff_round
from pbvote.web.access import PUBLIC, only
from pbvote.web.caching import kept
from pbvote.web.limits import COMMENTS, FLAGS, QUESTIONS, SUPPORTS, WRONG_KEYS, count_against, failures_limited
from pbvote.web.paging import USUAL_ITEMS, Page, PageNumber, PageSize, Paging

Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
Who = NamedDependency[Actor]
Visitor = NamedDependency[Actor | None]
Language = NamedDependency[str]
AnyRequest = Request[Any, Any, Any]
MODERATORS = only(Role.OFFICER, Role.ORGANISER)


class CommentBody(msgspec.Struct, forbid_unknown_fields=True):
    """A comment as it is sent; `parent` is the comment that it replies to."""

    name: str
    text: str
    parent: UUID | None


class QuestionBody(msgspec.Struct, forbid_unknown_fields=True):
    """A question as it is sent; `number` is the proposal that it is about, or null for the round."""

    number: int | None
    name: str
    text: str


class KeyBody(msgspec.Struct, forbid_unknown_fields=True):
    """The key that was shown when it was sent."""

    key: str


class FlagBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why officers should look, which may be empty; `token` is 32 random hex digits that the browser keeps."""

    token: str
    reason: str


class SupportBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a browser backs a proposal; `token` is 32 random hex digits that it keeps."""

    token: str
    supports: bool


class HideBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why something is hidden; the public reads it."""

    reason: str


class AnswerBody(msgspec.Struct, forbid_unknown_fields=True):
    """The answer to a question; the public reads it."""

    answer: str


@get("/api/rounds/{round_slug:str}/proposals/{number:int}/comments", guards=[PUBLIC], opt=kept("after"))
async def list_comments(
    db: Db,
    visitor: Visitor,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    after: FromQuery[UUID | None] = None,
) -> TalkOut:
    """What is said about a proposal, from the beginning or `after` a comment."""
    round_ = await round_of(db, round_slug, visitor)
    proposal = await proposal_of(db, round_, number)
    return TalkOut.of(await finding.talk_of(db, round_, proposal, after), round_, language)


@post("/api/rounds/{round_slug:str}/proposals/{number:int}/comments", guards=[PUBLIC])
async def write_comment(
    request: AnyRequest,
    db: Db,
    visitor: Visitor,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[CommentBody],
) -> WrittenOut:
    """Say something about a proposal, or reply to a comment."""
    count_against(request, COMMENTS)
    round_ = await round_of(db, round_slug, visitor)
    written = await service.write_comment(
        db, round_, number, parent_id=data.parent, name=data.name, text=data.text, visitor=visitor
    )
    return WrittenOut.of(*written)


@put("/api/rounds/{round_slug:str}/proposals/{number:int}/support", guards=[PUBLIC])
async def back(
    request: AnyRequest,
    db: Db,
    keys: Secrets,
    visitor: Visitor,
    round_slug: FromPath[str],
    number: FromPath[int],
    *,
    data: JSONBody[SupportBody],
) -> BackedOut:
    """Back a proposal before the vote, or no longer. That is no vote."""
    count_against(request, SUPPORTS)
    round_ = await round_of(db, round_slug, visitor)
    return BackedOut(await supports.back(db, keys, round_, number, token=data.token, supports=data.supports))


@post("/api/rounds/{round_slug:str}/comments/{comment_id:uuid}/removal", status_code=204, guards=[PUBLIC])
async def remove_comment(
    request: AnyRequest,
    db: Db,
    visitor: Visitor,
    round_slug: FromPath[str],
    comment_id: FromPath[UUID],
    data: JSONBody[KeyBody],
) -> None:
    """Take one's own comment back."""
    round_ = await round_of(db, round_slug, visitor)
    with failures_limited(request, WRONG_KEYS, WrongKey):
        await service.remove_comment(db, round_, comment_id, data.key)


@post("/api/rounds/{round_slug:str}/comments/{comment_id:uuid}/flag", status_code=204, guards=[PUBLIC])
async def flag_comment(
    request: AnyRequest,
    db: Db,
    keys: Secrets,
    visitor: Visitor,
    round_slug: FromPath[str],
    comment_id: FromPath[UUID],
    *,
    data: JSONBody[FlagBody],
) -> None:
    """Ask officers to look at a comment. It stays where it is until they have."""
    count_against(request, FLAGS)
    round_ = await round_of(db, round_slug, visitor)
    await service.flag_comment(db, keys, round_, comment_id, token=data.token, reason=data.reason)


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


@post("/api/rounds/{round_slug:str}/questions/{question_id:uuid}/removal", status_code=204, guards=[PUBLIC])
async def remove_question(
    request: AnyRequest,
    db: Db,
    visitor: Visitor,
    round_slug: FromPath[str],
    question_id: FromPath[UUID],
    data: JSONBody[KeyBody],
) -> None:
    """Take one's own question back."""
    round_ = await round_of(db, round_slug, visitor)
    with failures_limited(request, WRONG_KEYS, WrongKey):
        await questions.remove_question(db, round_, question_id, data.key)


@get("/api/rounds/{round_slug:str}/moderation", guards=[MODERATORS])
async def list_moderation(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    *,
    which: FromQuery[Which] = Which.TODO,
    page: PageNumber = 1,
    size: PageSize = USUAL_ITEMS,
) -> Page[ModeratedOut]:
    """The comments of a round as officers see them."""
    round_, paging = await staff_round(db, round_slug, actor), Paging(page, size)
    found, total = await moderation.moderation_list(db, round_, which, actor, offset=paging.offset, limit=paging.size)
    return paging.of([ModeratedOut.of(one, round_, language) for one in found], total)


@post("/api/rounds/{round_slug:str}/comments/{comment_id:uuid}/hide", status_code=200, guards=[MODERATORS])
async def hide_comment(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    comment_id: FromPath[UUID],
    data: JSONBody[HideBody],
) -> ModeratedOut:
    """Hide a comment, with a reason that the public reads in its place."""
    round_ = await staff_round(db, round_slug, actor)
    return ModeratedOut.of(await moderation.hide(db, round_, comment_id, data.reason, actor), round_, language)


@post("/api/rounds/{round_slug:str}/comments/{comment_id:uuid}/show", status_code=200, guards=[MODERATORS])
async def show_comment(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], comment_id: FromPath[UUID]
) -> ModeratedOut:
    """Show a comment that waits or was hidden, or leave one that was flagged as it is."""
    round_ = await staff_round(db, round_slug, actor)
    return ModeratedOut.of(await moderation.show(db, round_, comment_id, actor), round_, language)


@get("/api/rounds/{round_slug:str}/questions/inbox", guards=[MODERATORS])
async def list_inbox(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    *,
    answered: FromQuery[bool] = False,
    page: PageNumber = 1,
    size: PageSize = USUAL_ITEMS,
) -> Page[AskedOut]:
    """The questions of a round that wait for an answer, or those that have one."""
    round_, paging = await staff_round(db, round_slug, actor), Paging(page, size)
    found, total = await moderation.questions_list(
        db, round_, actor, answered=answered, offset=paging.offset, limit=paging.size
    )
    return paging.of([AskedOut.of(question, about, round_, language) for question, about in found], total)


@post("/api/rounds/{round_slug:str}/questions/{question_id:uuid}/answer", status_code=204, guards=[MODERATORS])
async def answer(
    db: Db, actor: Who, round_slug: FromPath[str], question_id: FromPath[UUID], data: JSONBody[AnswerBody]
) -> None:
    """Answer a question for everybody to read."""
    await questions.answer(db, await staff_round(db, round_slug, actor), question_id, data.answer, actor)


@post("/api/rounds/{round_slug:str}/questions/{question_id:uuid}/hide", status_code=204, guards=[MODERATORS])
async def hide_question(
    db: Db, actor: Who, round_slug: FromPath[str], question_id: FromPath[UUID], data: JSONBody[HideBody]
) -> None:
    """Hide a question, with a reason that the public reads in its place."""
    await questions.hide_question(db, await staff_round(db, round_slug, actor), question_id, data.reason, actor)


@get("/api/officer/talk", guards=[MODERATORS])
async def officer_talk(db: Db, actor: Who) -> AllWorkOut:
    """What waits for somebody in the rounds that they moderate: comments to look at, questions to answer."""
    work = await moderation.work_of(db, actor)
    return AllWorkOut([WorkOut(one.slug, one.waiting, one.flagged, one.alerts, one.questions) for one in work])


handlers = [
    list_comments,
    write_comment,
    back,
    remove_comment,
    flag_comment,
    list_questions,
    ask,
    remove_question,
    list_moderation,
    hide_comment,
    show_comment,
    list_inbox,
    answer,
    hide_question,
    officer_talk,
]
