"""Proposals over HTTP, and the officers' list of rounds, which says where proposals wait."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.db import now
from pbvote.proposals import attachments, finding, service
from pbvote.proposals.content import Draft
from pbvote.proposals.finding import Wanted
from pbvote.proposals.models import Proposal
from pbvote.proposals.shapes import OfficerRound, ProposalCard, ProposalOut, ReviewItem, SubmittedOut
from pbvote.proposals.states import Status
from pbvote.rounds.approvals import approvals_waiting
from pbvote.rounds.models import Round
from pbvote.rounds.service import round_of, rounds_for, staff_round
from pbvote.rounds.shapes import card_values
from pbvote.web.access import PUBLIC, STAFF_ONLY, only
from pbvote.web.caching import kept
from pbvote.web.limits import PROPOSALS, count_against
from pbvote.web.paging import USUAL_ITEMS, Page, PageNumber, PageSize, Paging

Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Visitor = NamedDependency[Actor | None]
Language = NamedDependency[str]


class WithdrawBody(msgspec.Struct, forbid_unknown_fields=True):
    """The key of a proposal."""

    key: str


async def number_of(db: AsyncSession, proposal: Proposal) -> int | None:
    """The number on the ballot of one proposal."""
    return (await finding.project_numbers(db, [proposal.id])).get(proposal.id)


@get("/api/rounds/{round_slug:str}/proposals", guards=[PUBLIC], opt=kept("category", "status", "page", "size"))
async def list_proposals(
    db: Db,
    visitor: Visitor,
    language: Language,
    round_slug: FromPath[str],
    *,
    q: FromQuery[str] = "",
    category: FromQuery[str | None] = None,
    status: FromQuery[Status | None] = None,
    page: PageNumber = 1,
    size: PageSize = USUAL_ITEMS,
) -> Page[ProposalCard]:
    """The proposals of a round, by number."""
    paging, wanted = Paging(page, size), Wanted(q, category, status)
    round_ = await round_of(db, round_slug, visitor)
    found, total = await finding.list_proposals(db, round_, wanted, offset=paging.offset, limit=paging.size)
    ids = [proposal.id for proposal in found]
    numbers, files = await finding.project_numbers(db, ids), await attachments.of_proposals(db, ids)
    shown = [ProposalCard.of(one, round_, numbers.get(one.id), language, files[one.id]) for one in found]
    return paging.of(shown, total)


@get("/api/rounds/{round_slug:str}/proposals/{number:int}", guards=[PUBLIC], opt=kept())
async def show_proposal(
    db: Db, visitor: Visitor, language: Language, round_slug: FromPath[str], number: FromPath[int]
) -> ProposalOut:
    """One proposal."""
    round_ = await round_of(db, round_slug, visitor)
    proposal = await service.proposal_of(db, round_, number)
    files = await attachments.of_proposals(db, [proposal.id])
    return ProposalOut.of(proposal, round_, await number_of(db, proposal), language, files[proposal.id])


@post("/api/rounds/{round_slug:str}/proposals", guards=[PUBLIC])
async def submit(
    request: Request[Any, Any, Any], db: Db, visitor: Visitor, round_slug: FromPath[str], data: JSONBody[Draft]
) -> SubmittedOut:
    """Put a proposal forward."""
    count_against(request, PROPOSALS)
    proposal, key = await service.submit(db, await round_of(db, round_slug, visitor), data, visitor)
    return SubmittedOut(proposal.number, key)


@post("/api/rounds/{round_slug:str}/proposals/{number:int}/withdraw", status_code=200, guards=[PUBLIC])
async def withdraw(
    db: Db,
    visitor: Visitor,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[WithdrawBody],
) -> ProposalOut:
    """Take a proposal back."""
    round_ = await round_of(db, round_slug, visitor)
    proposal = await service.withdraw(db, round_, number, data.key)
    files = await attachments.of_proposals(db, [proposal.id])
    return ProposalOut.of(proposal, round_, None, language, files[proposal.id])


@get("/api/rounds/{round_slug:str}/review", guards=[only(Role.OFFICER, Role.ORGANISER)])
async def review(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    *,
    status: FromQuery[Status | None] = None,
    page: PageNumber = 1,
    size: PageSize = USUAL_ITEMS,
) -> Page[ReviewItem]:
    """The proposals of a round as officers see them."""
    paging = Paging(page, size)
    round_ = await staff_round(db, round_slug, actor)
    found, total = await finding.review_list(db, round_, status, actor, offset=paging.offset, limit=paging.size)
    numbers = await finding.project_numbers(db, [proposal.id for proposal in found])
    return paging.of([ReviewItem.of(one, round_, numbers.get(one.id), language) for one in found], total)


@get("/api/officer/rounds", guards=[STAFF_ONLY])
async def officer_rounds(
    db: Db, actor: Who, language: Language, page: PageNumber = 1, size: PageSize = USUAL_ITEMS
) -> Page[OfficerRound]:
    """All rounds of the forums in which somebody has a role, drafts too."""
    paging = Paging(page, size)
    rounds, total = await rounds_for(db, actor, offset=paging.offset, limit=paging.size)
    ids = [round_.id for round_ in rounds]
    waiting, asked = await finding.waiting(db, ids), await approvals_waiting(db, ids)
    moment = await now(db)

    def shown(round_: Round) -> OfficerRound:
        return OfficerRound(
            **card_values(round_, moment, language),
            version=round_.version,
            waiting_proposals=waiting.get(round_.id, 0),
            waiting_approvals=asked.get(round_.id, 0),
            my_roles=sorted(actor.roles_in(round_.forum_id)),
        )

    return paging.of([shown(round_) for round_ in rounds], total)


handlers = [list_proposals, show_proposal, submit, withdraw, review, officer_rounds]
