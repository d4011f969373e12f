"""Rounds over HTTP: what the public sees, the set-up, the approvals."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.accounts.service import names_of
from pbvote.db import now
from pbvote.forums.api import ContactOut, ForumBrief
from pbvote.rounds import approvals, service, setup
from pbvote.rounds.changes import AboutChange, DatesChange, MoneyChange, VoteChange
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.shapes import ApprovalOut, RoundCard, RoundOut, SetupOut, TemplateOut
from pbvote.rounds.templates import all_templates
from pbvote.web.access import PUBLIC, STAFF_ONLY, only
from pbvote.web.paging import USUAL_ITEMS, Page, PageNumber, PageSize, Paging

__all__ = ["DONE", "ApprovalOut", "ContactOut", "ForumBrief", "approval_answer", "handlers"]

Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Language = NamedDependency[str]
ORGANISER = only(Role.ORGANISER)
# Besides 202, with which the first of two officers is answered.
DONE = {200: ResponseSpec(ApprovalOut, description="Approved by a second officer, and done", generate_examples=False)}


class NewRound(msgspec.Struct, forbid_unknown_fields=True):
    """The forum and the template of a new round."""

    forum: str
    template: str
    title: str


class CancelBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a round is cancelled."""

    reason: str


class TemplatesOut(msgspec.Struct, frozen=True):
    """All templates."""

    items: list[TemplateOut]


class ApprovalsOut(msgspec.Struct, frozen=True):
    """All approvals of a round."""

    items: list[ApprovalOut]


async def setup_out(db: AsyncSession, round_: Round, language: str, actor: Actor) -> SetupOut:
    """The set-up as it is now."""
    return SetupOut.of(round_, await now(db), language, actor)


async def approvals_out(
    db: AsyncSession, round_: Round, given: list[Approval], language: str, actor: Actor
) -> list[ApprovalOut]:
    """Approvals with the names of those who asked and approved, as the actor sees them."""
    ids = {account_id for one in given for account_id in (one.asked_by, one.approved_by) if account_id}
    names = await names_of(db, ids)
    return [ApprovalOut.of(one, names, round_.forum.timezone, language, actor) for one in given]


async def approval_answer(
    db: AsyncSession, round_: Round, approval: Approval, language: str, actor: Actor
) -> Response[ApprovalOut]:
    """202 for what was asked, 200 for what was approved and done."""
    [shown] = await approvals_out(db, round_, [approval], language, actor)
    return Response(shown, status_code=202 if approval.approved_by is None else 200)


@get("/api/rounds", guards=[PUBLIC])
async def list_rounds(
    db: Db,
    language: Language,
    forum: FromQuery[str | None] = None,
    phase: FromQuery[Phase | None] = None,
    page: PageNumber = 1,
    size: PageSize = USUAL_ITEMS,
) -> Page[RoundCard]:
    """The rounds that are open to the public, the newest first."""
    paging = Paging(page, size)
    rounds, total = await service.public_rounds(db, forum=forum, phase=phase, offset=paging.offset, limit=paging.size)
    moment = await now(db)
    return paging.of([RoundCard.of(round_, moment, language) for round_ in rounds], total)


@get("/api/rounds/{round_slug:str}", guards=[PUBLIC])
async def show_round(
    db: Db, visitor: NamedDependency[Actor | None], language: Language, round_slug: FromPath[str]
) -> RoundOut:
    """One round."""
    round_ = await service.round_of(db, round_slug, visitor)
    return RoundOut.of(round_, await now(db), language)


@get("/api/templates", guards=[STAFF_ONLY])
async def list_templates() -> TemplatesOut:
    """The templates that a round can begin from."""
    return TemplatesOut([TemplateOut.of(template) for template in all_templates()])


@post("/api/rounds", guards=[ORGANISER])
async def make_round(db: Db, actor: Who, language: Language, data: JSONBody[NewRound]) -> SetupOut:
    """A new draft from a template."""
    round_ = await setup.make_round(db, data.forum, data.template, data.title, actor)
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
    """Change the pots and the limits of an award."""
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
    """Change the ballot design and the rule."""
    round_ = await setup.change_vote(db, await service.staff_round(db, round_slug, actor), data, actor)
    return await setup_out(db, round_, language, actor)


@post("/api/rounds/{round_slug:str}/open", status_code=200, guards=[ORGANISER])
async def open_round(db: Db, actor: Who, language: Language, round_slug: FromPath[str]) -> SetupOut:
    """Open the round to the public."""
    round_ = await setup.open_round(db, await service.staff_round(db, round_slug, actor), actor)
    return await setup_out(db, round_, language, actor)


@post("/api/rounds/{round_slug:str}/cancel", status_code=200, guards=[ORGANISER])
async def cancel(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], data: JSONBody[CancelBody]
) -> SetupOut:
    """Cancel the round for good."""
    round_ = await service.cancel(db, await service.staff_round(db, round_slug, actor), data.reason, actor)
    return await setup_out(db, round_, language, actor)


@post("/api/rounds/{round_slug:str}/begin-delivery", status_code=200, guards=[only(Role.ORGANISER, Role.OFFICER)])
async def begin_delivery(db: Db, actor: Who, language: Language, round_slug: FromPath[str]) -> SetupOut:
    """Begin to follow the money."""
    round_ = await service.begin_delivery(db, await service.staff_round(db, round_slug, actor), actor)
    return await setup_out(db, round_, language, actor)


@post("/api/rounds/{round_slug:str}/finish", status_code=200, guards=[only(Role.ORGANISER, Role.OFFICER)])
async def finish(db: Db, actor: Who, language: Language, round_slug: FromPath[str]) -> SetupOut:
    """Close the round."""
    round_ = await service.finish(db, await service.staff_round(db, round_slug, actor), actor)
    return await setup_out(db, round_, language, actor)


@get("/api/rounds/{round_slug:str}/approvals", guards=[only(Role.ORGANISER, Role.OFFICER, Role.SCRUTINEER)])
async def list_approvals(db: Db, actor: Who, language: Language, round_slug: FromPath[str]) -> ApprovalsOut:
    """What two officers approved, and what waits for the second one."""
    round_ = await service.staff_round(db, round_slug, actor)
    given = await approvals.approvals_of(db, round_, actor)
    return ApprovalsOut(await approvals_out(db, round_, given, language, actor))


handlers = [
    list_rounds,
    show_round,
    list_templates,
    make_round,
    show_setup,
    change_about,
    change_money,
    change_dates,
    change_vote,
    open_round,
    cancel,
    begin_delivery,
    finish,
    list_approvals,
]
