"""Taking back what one wrote oneself, over HTTP, with the key that was shown when it was sent."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.deliberation import questions, service
from pbvote.proposals.service import WrongKey
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC
from pbvote.web.limits import WRONG_KEYS, failures_limited

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Visitor = NamedDependency[Actor | None]


class KeyBody(msgspec.Struct, forbid_unknown_fields=True):
    """The key that was shown when it was sent."""

    key: str


# Other parts have a KeyBody too, so this one goes by a name of its own in the API's description.
KeyData = Annotated[KeyBody, BodyKwarg(schema_component_key="deliberation_api_KeyBody")]


@post("/api/rounds/{round_slug:str}/comments/{comment_id:uuid}/removal", status_code=204, guards=[PUBLIC])
async def remove_comment(
    request: AnyRequest,
    db: Db,
    visitor: Visitor,
    round_slug: FromPath[str],
    comment_id: FromPath[UUID],
    data: KeyData,
) -> None:
    """Take one's own comment back."""
    round_ = await round_of(db, round_slug, visitor)
    with failures_limited(request, WRONG_KEYS, WrongKey):
        await service.remove_comment(db, round_, comment_id, data.key)


@post("/api/rounds/{round_slug:str}/questions/{question_id:uuid}/removal", status_code=204, guards=[PUBLIC])
async def remove_question(
    request: AnyRequest,
    db: Db,
    visitor: Visitor,
    round_slug: FromPath[str],
    question_id: FromPath[UUID],
    data: KeyData,
) -> None:
    """Take one's own question back."""
    round_ = await round_of(db, round_slug, visitor)
    with failures_limited(request, WRONG_KEYS, WrongKey):
        await questions.remove_question(db, round_, question_id, data.key)


handlers = [remove_comment, remove_question]
