"""Backing a proposal before the vote, over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.deliberation import supports
from pbvote.deliberation.shapes import BackedOut
from pbvote.keys import Keys
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC
from pbvote.web.limits import SUPPORTS, count_against

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
Visitor = NamedDependency[Actor | None]


class SupportBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a browser backs a proposal; `token` is 32 random hex digits that it keeps."""

    token: str
    supports: bool


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


handlers = [back]
