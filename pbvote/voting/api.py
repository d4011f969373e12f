"""Voting over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.ballots.design import Choice, Design
from pbvote.db import now
from pbvote.errors import DomainError
from pbvote.keys import Keys
from pbvote.proposals.models import Project, Proposal
from pbvote.roll.codes import BadCode
from pbvote.roll.service import NotOnTheRoll
from pbvote.rounds.api import DONE, ApprovalOut, ContactOut, ForumBrief, approval_answer, setup_out
from pbvote.rounds.conditions import ConditionsChange
from pbvote.rounds.models import Round
from pbvote.rounds.readiness import held as held_by_the_clock
from pbvote.rounds.service import round_of, staff_round
from pbvote.rounds.shapes import SetupOut
from pbvote.voting import casting, conditions, service
from pbvote.voting.casting import Cast
from pbvote.web.access import PUBLIC, only
from pbvote.web.instants import Instant
from pbvote.web.limits import WRONG_CODES, failures_limited
from pbvote.web.problems import ReasonOut


class CodeBody(msgspec.Struct, forbid_unknown_fields=True):
    """A voting code as typed."""

    code: str


class CodeOut(msgspec.Struct, frozen=True):
    """What a code's holder may know before voting."""

    has_voted: bool


class BallotBody(msgspec.Struct, forbid_unknown_fields=True):
    """A ballot: project numbers (a ranking's best first), points where the design has them, and whose it is."""

    code: str
    choices: list[int]
    points: list[int] | None
    idempotency_key: str


class ReceiptOut(msgspec.Struct, frozen=True):
    """The receipt of a ballot that is in the box. The time is told once and not stored."""

    receipt: str
    recorded: Instant


class PaperRound(msgspec.Struct, frozen=True):
    """The round that a ballot paper is for."""

    slug: str
    title: str
    phase: str


class PaperProject(msgspec.Struct, frozen=True):
    """A project as the ballot paper shows it."""

    number: int
    proposal_number: int
    title: str
    summary: str
    description: str
    category: str
    category_name: str
    theme: str
    cost: int
    place: str
    proposer: str
    running_costs: str
    check: str

    @classmethod
    def of(cls, round_: Round, project: Project, proposal: Proposal) -> PaperProject:
        """The frozen title and cost with the proposal's words."""
        category = next((entry for entry in round_.categories if entry["id"] == project.category), None)
        return cls(
            number=project.number,
            proposal_number=proposal.number,
            title=project.title,
            summary=proposal.summary,
            description=proposal.description,
            category=project.category,
            category_name=category["name"] if category else "",
            theme=category["theme"] if category else "",
            cost=project.cost,
            place=proposal.place,
            proposer=proposal.proposer,
            running_costs=proposal.running_costs,
            check=proposal.status_reason,
        )


class BallotPaperOut(msgspec.Struct, frozen=True):
    """Everything that a voter needs to vote."""

    round: PaperRound
    forum: ForumBrief
    poll_id: UUID
    design: Design
    budget: int
    currency: str
    eligibility: str
    voting_open: Instant | None
    voting_close: Instant | None
    results: Instant | None
    contact: ContactOut
    projects: list[PaperProject]


class ReadinessOut(msgspec.Struct, frozen=True):
    """What comes next, and what stands in its way."""

    next: str | None
    due: Instant | None
    held: bool
    reasons: list[ReasonOut]


class TurnoutOut(msgspec.Struct, frozen=True):
    """How many may vote and how many have."""

    electors: int
    voted: int


class CloseBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why the vote is closed before its time."""

    reason: str


@get("/api/rounds/{round_slug:str}/ballot-paper", guards=[PUBLIC])
async def ballot_paper(
    db: NamedDependency[AsyncSession], language: NamedDependency[str], round_slug: FromPath[str]
) -> BallotPaperOut:
    """The ballot paper, from the opening of the vote on."""
    return await ballot_paper_of(db, await round_of(db, round_slug, None), language)


async def ballot_paper_of(db: AsyncSession, round_: Round, language: str) -> BallotPaperOut:
    """The round's ballot paper as it is sent. Raises VotingIsNotOpen before there is one."""
    poll, zone, calendar = round_.polls[0], round_.forum.timezone, round_.calendar
    projects = await service.ballot_paper(db, round_)
    return BallotPaperOut(
        round=PaperRound(round_.slug, round_.title, round_.phase_at(await now(db))),
        forum=ForumBrief.of(round_.forum),
        poll_id=poll.id,
        design=msgspec.convert(poll.design, Design),
        budget=poll.budget or 0,
        currency=round_.currency,
        eligibility=round_.eligibility,
        voting_open=Instant.maybe(calendar.voting_open, zone, language),
        voting_close=Instant.maybe(calendar.voting_close, zone, language),
        results=Instant.maybe(calendar.results, zone, language),
        contact=ContactOut(round_.forum.contact_email, round_.forum.contact_phone),
        projects=[PaperProject.of(round_, project, proposal) for project, proposal in projects],
    )


@post("/api/polls/{poll_id:uuid}/code", status_code=200, guards=[PUBLIC])
async def check_code(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    poll_id: FromPath[UUID],
    data: JSONBody[CodeBody],
) -> CodeOut:
    """Whether a code may vote here, and whether its holder has voted already."""
    with failures_limited(request, WRONG_CODES, BadCode, NotOnTheRoll):
        return CodeOut(await casting.has_voted(db, keys, poll_id, data.code))


@put("/api/polls/{poll_id:uuid}/ballot", guards=[PUBLIC])
async def cast(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    language: NamedDependency[str],
    poll_id: FromPath[UUID],
    data: JSONBody[BallotBody],
) -> ReceiptOut:
    """Cast a ballot, or replace the one cast before. The receipt means that it is stored."""
    choice = Choice(tuple(data.choices), None if data.points is None else tuple(data.points))
    with failures_limited(request, WRONG_CODES, BadCode, NotOnTheRoll):
        [result] = await casting.cast(db, keys, poll_id, [Cast(data.code, choice, data.idempotency_key)])
        if isinstance(result, DomainError):
            raise result
    return ReceiptOut(result, Instant.of(await now(db), await service.zone_of(db, poll_id), language))


@put("/api/rounds/{round_slug:str}/setup/conditions", guards=[only(Role.ORGANISER)])
async def change_conditions(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    data: JSONBody[ConditionsChange],
) -> SetupOut:
    """Change the conditions that hold whatever the votes. Projects are numbers of proposals."""
    round_ = await conditions.change_conditions(db, await staff_round(db, round_slug, actor), data, actor)
    return await setup_out(db, round_, language, actor)


@get("/api/rounds/{round_slug:str}/readiness", guards=[only(*STAFF)])
async def readiness(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
) -> ReadinessOut:
    """What comes next for a round, and what is still missing."""
    round_ = await round_of(db, round_slug, actor)
    following, due, reasons = await service.readiness(db, round_, actor)
    held = held_by_the_clock(round_, await now(db))
    due_text = Instant.maybe(due, round_.forum.timezone, language)
    return ReadinessOut(following, due_text, held, [ReasonOut.of(reason) for reason in reasons])


@get("/api/rounds/{round_slug:str}/turnout", guards=[only(*STAFF)])
async def turnout(
    db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], round_slug: FromPath[str]
) -> TurnoutOut:
    """How many may vote and how many have."""
    round_ = await round_of(db, round_slug, actor)
    return TurnoutOut(*await service.turnout(db, round_, actor))


@post(
    "/api/rounds/{round_slug:str}/close", status_code=202, responses=DONE, guards=[only(Role.OFFICER, Role.ORGANISER)]
)
async def close(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    data: JSONBody[CloseBody],
) -> Response[ApprovalOut]:
    """Close the vote before its time, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    approval = await service.close_voting(db, round_, data.reason, actor)
    return await approval_answer(db, round_, approval, language, actor)


handlers = [ballot_paper, check_code, cast, change_conditions, readiness, turnout, close]
