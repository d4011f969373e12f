"""Templates over HTTP: those that everybody has, and a forum's own."""

from __future__ import annotations

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.rounds import forum_templates, service
from pbvote.rounds.api.setup_shapes import TemplateOut
from pbvote.rounds.templates import all_templates
from pbvote.web.access import STAFF_ONLY, only

Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
ORGANISER = only(Role.ORGANISER)


class NewTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """What a forum calls a template of its own, and what it says of it in one sentence."""

    title: str
    sentence: str


class TemplatesOut(msgspec.Struct, frozen=True):
    """Templates: the forum's own ones first."""

    items: list[TemplateOut]


@get("/api/templates", guards=[STAFF_ONLY])
async def list_templates(db: Db, actor: Who, forum: FromQuery[str | None] = None) -> TemplatesOut:
    """The templates that a round can begin from: a forum's own, and those that everybody has."""
    own = [] if forum is None else await forum_templates.templates_of(db, forum, actor)
    items = [TemplateOut.of(template, own=True) for template in own]
    return TemplatesOut(items + [TemplateOut.of(template, own=False) for template in all_templates()])


@post("/api/rounds/{round_slug:str}/template", guards=[ORGANISER])
async def save_template(db: Db, actor: Who, round_slug: FromPath[str], data: JSONBody[NewTemplate]) -> TemplateOut:
    """Save the set-up of a round as a template of its forum."""
    round_ = await service.staff_round(db, round_slug, actor)
    saved = await forum_templates.save_template(db, round_, data.title, data.sentence, actor)
    return TemplateOut.of(saved, own=True)


@delete("/api/forums/{forum_slug:str}/templates/{template_id:str}", guards=[ORGANISER])
async def remove_template(db: Db, actor: Who, forum_slug: FromPath[str], template_id: FromPath[str]) -> None:
    """Remove a template of the forum."""
    await forum_templates.remove_template(db, forum_slug, template_id, actor)


handlers = [list_templates, save_template, remove_template]
