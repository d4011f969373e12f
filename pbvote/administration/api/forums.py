"""Forums for administrators, over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.forums import editing
from pbvote.forums.api import WholeForum, whole_forum
from pbvote.forums.editing import ForumChange, NewForum
from pbvote.forums.service import forum_of
from pbvote.web.access import ADMINISTRATOR


class NewForumBody(msgspec.Struct, forbid_unknown_fields=True):
    """A forum to begin with: its address, name and kind. The rest is filled in on its page."""

    slug: str
    name: str
    kind: str


@post("/api/forums", status_code=201, guards=[ADMINISTRATOR])
async def add_forum(
    db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], data: JSONBody[NewForumBody]
) -> WholeForum:
    """Add a forum."""
    made = await editing.add_forum(db, NewForum(slug=data.slug, name=data.name, kind=data.kind), actor)
    return await whole_forum(db, made)


@put("/api/forums/{forum_slug:str}", guards=[ADMINISTRATOR])
async def change_forum(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    forum_slug: FromPath[str],
    data: JSONBody[ForumChange],
) -> WholeForum:
    """Change a forum: name, kind, postcodes and wards, population, contact, time zone, language."""
    changed = await editing.change_forum(db, await forum_of(db, forum_slug), data, actor)
    return await whole_forum(db, changed)


handlers: list[Any] = [add_forum, change_forum]
