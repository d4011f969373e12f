"""Comments over HTTP: what is said about a proposal, and asking officers to look at it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.deliberation import finding, service
from pbvote.deliberation.shapes import TalkOut, WrittenOut
from pbvote.keys import Keys
from pbvote.proposals.service import proposal_of
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC
from pbvote.web.caching import kept
from pbvote.web.limits import COMMENTS, FLAGS, count_against

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
Visitor = NamedDependency[Actor | None]
Language = NamedDependency[str]


class CommentBody(msgspec.Struct, forbid_unknown_fields=True):
    """A comment as it is sent; `parent` is the comment that it replies to."""

    name: str
    text: str
    parent: UUID | None


class FlagBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why officers should look, which may be empty; `token` is 32 random hex digits that the browser keeps."""

    token: str
    reason: str


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


handlers = [list_comments, write_comment, flag_comment]
