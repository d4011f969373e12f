"""Officers look at comments, answer questions and hide what must not stand, over HTTP."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.deliberation import moderation, questions
from pbvote.deliberation.moderation import Which
from pbvote.deliberation.shapes import AllWorkOut, AskedOut, ModeratedOut, WorkOut
from pbvote.rounds.service import staff_round
from pbvote.web.access import only
from pbvote.web.paging import USUAL_ITEMS, Page, PageNumber, PageSize, Paging

Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Language = NamedDependency[str]
MODERATORS = only(Role.OFFICER, Role.ORGANISER)


class HideBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why something is hidden; the public reads it."""

    reason: str


class AnswerBody(msgspec.Struct, forbid_unknown_fields=True):
    """The answer to a question; the public reads it."""

    answer: str


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


handlers = [list_moderation, hide_comment, show_comment, list_inbox, answer, hide_question, officer_talk]
