"""Templates that a forum saved for itself, beside those that everybody has."""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.audit.events.rounds import TemplateRemoved, TemplateSaved
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import InputIsWrong, NotFound, Reason
from pbvote.forums.models import Forum
from pbvote.forums.service import forum_of
from pbvote.plain_text import Limit, read_texts
from pbvote.rounds.drafts import as_template
from pbvote.rounds.models import ForumTemplate, Round
from pbvote.rounds.templates import Template, shipped

MOST_TEMPLATES = 50
TEXTS = {"title": Limit(90), "sentence": Limit(140)}


async def template_of(db: AsyncSession, forum: Forum, template_id: str) -> Template:
    """The template of that id: one that everybody has, or one of the forum's own. Raises NotFound."""
    stored = await _own(db, forum, template_id)
    return shipped(template_id) if stored is None else read_template(stored)


async def templates_of(db: AsyncSession, forum_slug: str, actor: Actor) -> list[Template]:
    """The templates that a forum saved for itself, by title."""
    forum = await forum_of(db, forum_slug)
    actor.require(forum.id, *STAFF)
    query = select(ForumTemplate).where(ForumTemplate.forum_id == forum.id).order_by(ForumTemplate.title)
    return [read_template(stored) for stored in await db.scalars(query)]


async def save_template(db: AsyncSession, round_: Round, title: str, sentence: str, actor: Actor) -> Template:
    """Save a round's set-up as a template of its forum. Raises InputIsWrong."""
    actor.require(round_.forum_id, Role.ORGANISER)
    texts, reasons = read_texts({"title": title, "sentence": sentence}, TEXTS)
    query = select(func.count()).select_from(ForumTemplate).where(ForumTemplate.forum_id == round_.forum_id)
    if (await db.execute(query)).scalar_one() >= MOST_TEMPLATES:
        detail = f"The forum has {MOST_TEMPLATES} templates already: remove one that is no longer used."
        reasons.append(Reason("too_many_templates", detail, {"most": MOST_TEMPLATES}, "title"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    chosen = msgspec.structs.replace(as_template(round_), **texts)
    content = msgspec.to_builtins(chosen)
    stored = ForumTemplate(forum_id=round_.forum_id, title=chosen.title, content=content, created_at=await now(db))
    try:
        async with db.begin_nested():
            db.add(stored)
    except IntegrityError:
        detail = f"The forum has a template {chosen.title!r} already."
        raise InputIsWrong(detail, [Reason("template_title_used", detail, {"title": chosen.title}, "title")]) from None
    event = TemplateSaved(actor_id=actor.account_id, round_id=round_.id, forum=round_.forum.slug, title=chosen.title)
    await record(db, event)
    return read_template(stored)


async def remove_template(db: AsyncSession, forum_slug: str, template_id: str, actor: Actor) -> None:
    """Remove a template of the forum. Rounds that began from it stay as they are. Raises NotFound."""
    forum = await forum_of(db, forum_slug)
    actor.require(forum.id, Role.ORGANISER)
    stored = await _own(db, forum, template_id)
    if stored is None:
        raise NotFound("The forum has no such template of its own.")
    await db.delete(stored)
    await record(db, TemplateRemoved(actor_id=actor.account_id, forum=forum.slug, title=stored.title))


def read_template(stored: ForumTemplate) -> Template:
    """A stored template; its id tells it from those that everybody has."""
    return msgspec.structs.replace(msgspec.convert(stored.content, Template), id=str(stored.id))


async def _own(db: AsyncSession, forum: Forum, template_id: str) -> ForumTemplate | None:
    try:
        id_ = UUID(template_id)
    except ValueError:
        return None
    return await db.scalar(select(ForumTemplate).where(ForumTemplate.id == id_, ForumTemplate.forum_id == forum.id))
