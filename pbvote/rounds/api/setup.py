"""The set-up of a round over HTTP: make one, change it part by part, open it."""

from __future__ import annotations

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.db import now
from pbvote.errors import InputIsWrong, Reason
from pbvote.rounds import making, service, setup
from pbvote.rounds.api.setup_shapes import SetupOut
from pbvote.rounds.changes import AboutChange, DatesChange, MoneyChange, PollsChange, TalkChange, VoteChange
from pbvote.rounds.models import Round
from pbvote.web.access import only

Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Language = NamedDependency[str]
ORGANISER = only(Role.ORGANISER)


class NewRound(msgspec.Struct, forbid_unknown_fields=True):
    """The forum and the title of a new round, and what it begins from: a template, or an earlier round's set-up."""

    forum: str
    title: str
    template: str | None = None
    clone_of: str | None = None


async def setup_out(db: AsyncSession, round_: Round, language: str, actor: Actor) -> SetupOut:
    """The set-up as it is now."""
    return SetupOut.of(round_, await now(db), language, actor)


@post("/api/rounds", guards=[ORGANISER])
async def make_round(db: Db, actor: Who, language: Language, data: JSONBody[NewRound]) -> SetupOut:
    """A new draft from a template, or set up as an earlier round of the forum."""
    if data.template is not None and data.clone_of is None:
        round_ = await making.make_round(db, data.forum, data.template, data.title, actor)
    elif data.clone_of is not None and data.template is None:
        round_ = await making.clone_round(db, data.forum, data.clone_of, data.title, actor)
    else:
        detail = "Name a template, or a round to set it up like; one of the two."
        raise InputIsWrong(detail, [Reason("template_missing", detail, {}, "template")])
    return await setup_out(db, round_, language, actor)


@get("/api/rounds/{round_slug:str}/setup", guards=[only(*STAFF)])
async def show_setup(db: Db, actor: Who, language: Language, round_slug: FromPath[str]) -> SetupOut:
    """A round as its organisers set it up."""
    round_ = await service.staff_round(db, round_slug, actor)
    return await setup_out(db, round_, language, actor)


@put("/api/rounds/{round_slug:str}/setup/about", guards=[ORGANISER])
async def change_about(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], data: JSONBody[AboutChange]
) -> SetupOut:
    """Change what the round is about."""
    round_ = await setup.change_about(db, await service.staff_round(db, round_slug, actor), data, actor)
    return await setup_out(db, round_, language, actor)


@put("/api/rounds/{round_slug:str}/setup/money", guards=[ORGANISER])
async def change_money(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], data: JSONBody[MoneyChange]
) -> SetupOut:
    """Change the pots, the limits of an award, the match rule and part-funding."""
    round_ = await setup.change_money(db, await service.staff_round(db, round_slug, actor), data, actor)
    return await setup_out(db, round_, language, actor)


@put("/api/rounds/{round_slug:str}/setup/dates", guards=[ORGANISER])
async def change_dates(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], data: JSONBody[DatesChange]
) -> SetupOut:
    """Change the calendar."""
    round_ = await setup.change_dates(db, await service.staff_round(db, round_slug, actor), data, actor)
    return await setup_out(db, round_, language, actor)


@put("/api/rounds/{round_slug:str}/setup/vote", guards=[ORGANISER])
async def change_vote(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], data: JSONBody[VoteChange]
) -> SetupOut:
    """Change the ballot design and the rule of one of the votes."""
    round_ = await setup.change_vote(db, await service.staff_round(db, round_slug, actor), data, actor)
    return await setup_out(db, round_, language, actor)


@put("/api/rounds/{round_slug:str}/setup/talk", guards=[ORGANISER])
async def change_talk(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], data: JSONBody[TalkChange]
) -> SetupOut:
    """Change whether residents may comment and back proposals, and how soon officers look at one."""
    round_ = await setup.change_talk(db, await service.staff_round(db, round_slug, actor), data, actor)
    return await setup_out(db, round_, language, actor)


@put("/api/rounds/{round_slug:str}/setup/polls", guards=[ORGANISER])
async def change_polls(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], data: JSONBody[PollsChange]
) -> SetupOut:
    """Change how many votes there are. The one that decides stays; a second one comes before it."""
    round_ = await setup.change_polls(db, await service.staff_round(db, round_slug, actor), data, actor)
    return await setup_out(db, round_, language, actor)


@post("/api/rounds/{round_slug:str}/open", status_code=200, guards=[ORGANISER])
async def open_round(db: Db, actor: Who, language: Language, round_slug: FromPath[str]) -> SetupOut:
    """Open the round to the public."""
    round_ = await setup.open_round(db, await service.staff_round(db, round_slug, actor), actor)
    return await setup_out(db, round_, language, actor)


handlers = [
    make_round,
    show_setup,
    change_about,
    change_money,
    change_dates,
    change_vote,
    change_talk,
    change_polls,
    open_round,
]
