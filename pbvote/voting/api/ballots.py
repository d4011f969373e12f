"""Voting over HTTP: the ballot paper, codes, tickets, and casting."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballots.design import Choice, Design
from pbvote.db import now
from pbvote.errors import Reason
from pbvote.keys import Keys
from pbvote.proposals.models import Project, Proposal
from pbvote.roll.codes import BadCode
from pbvote.roll.service import NotOnTheRoll
from pbvote.rounds.api import ContactOut, ForumBrief
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.service import round_of
from pbvote.rounds.shapes import WhichPoll
from pbvote.voting import casting, service
from pbvote.voting.casting import Cast, Stored
from pbvote.voting.intake import Intake
from pbvote.web.access import PUBLIC
from pbvote.web.caching import kept
from pbvote.web.instants import Instant, provide_language
from pbvote.web.limits import WRONG_CODES, failures_limited

# In the state of a request's scope: the error of a cast that has been to the intake before its route is asked.
REFUSED = "refused_cast"


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
    ticket: str | None = None
    browser_random: str | None = None


class TicketOut(msgspec.Struct, frozen=True):
    """What a page needs before its browser draws randomness: a ticket, and the hash of the server's part, in hex."""

    ticket: str
    offer: str


class ReceiptOut(msgspec.Struct, frozen=True):
    """The receipt of a ballot that is in the box. The time is told once and not stored.

    `commitment`, `server_random` and `browser_random` (hex) let the page compute the receipt anew; `filled_in` says
    that the server made the browser's part too. `file` is the receipt to keep, as docs/bundle-format.md describes it.
    """

    receipt: str
    recorded: Instant
    commitment: str
    server_random: str
    browser_random: str
    filled_in: bool
    log_key: str
    file: str

    @classmethod
    def of(cls, stored: Stored, log_key: str, recorded: Instant) -> ReceiptOut:
        """What the voter gets for a stored ballot."""
        return cls(
            receipt=stored.receipt.symbols,
            recorded=recorded,
            commitment=stored.opening.commitment.hex(),
            server_random=stored.opening.server_random.hex(),
            browser_random=stored.opening.browser_random.hex(),
            filled_in=stored.receipt.browser_random is None,
            log_key=log_key,
            file=stored.receipt.text(),
        )


class PaperRound(msgspec.Struct, frozen=True):
    """The round that a ballot paper is for, and why its vote is paused, if it is. In a rehearsal nothing counts."""

    slug: str
    title: str
    phase: str
    paused_reason: str
    rehearsal: bool


class Vote(msgspec.Struct, frozen=True):
    """Which vote of its round it is: 1 of 1, or 1 or 2 of 2, with a title such as `The nine best`."""

    position: int
    of: int
    title: str

    @classmethod
    def of_poll(cls, round_: Round, poll: Poll) -> Vote:
        """The poll's place in its round."""
        return cls(poll.position, len(round_.polls), poll.title)


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
    """Everything that a voter needs to vote. An `advisory` vote gives no money."""

    round: PaperRound
    vote: Vote
    forum: ForumBrief
    poll_id: UUID
    design: Design
    advisory: bool
    budget: int
    currency: str
    eligibility: str
    voting_open: Instant | None
    voting_close: Instant | None
    results: Instant | None
    contact: ContactOut
    email_link: bool
    projects: list[PaperProject]


@get("/api/rounds/{round_slug:str}/ballot-paper", guards=[PUBLIC], opt=kept("poll"))
async def ballot_paper(
    db: NamedDependency[AsyncSession],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    poll: WhichPoll = None,
) -> BallotPaperOut:
    """The ballot paper, from the opening of the vote on."""
    return await ballot_paper_of(db, await round_of(db, round_slug, None), language, poll)


async def ballot_paper_of(
    db: AsyncSession, round_: Round, language: str, position: int | None = None
) -> BallotPaperOut:
    """The ballot paper of a vote of the round, by default the current one. Raises VotingIsNotOpen before it opens."""
    poll, zone = round_.poll if position is None else round_.poll_at(position), round_.forum.timezone
    opens, closes = round_.calendar.vote(poll.position)
    projects = await service.ballot_paper(db, round_, poll)
    return BallotPaperOut(
        vote=Vote.of_poll(round_, poll),
        round=PaperRound(
            round_.slug, round_.title, round_.phase_at(await now(db)), round_.paused_reason, round_.rehearsal
        ),
        forum=ForumBrief.of(round_.forum),
        poll_id=poll.id,
        design=msgspec.convert(poll.design, Design),
        budget=poll.budget or 0,
        currency=round_.currency,
        eligibility=round_.eligibility,
        advisory=round_.advisory,
        voting_open=Instant.maybe(opens, zone, language),
        voting_close=Instant.maybe(closes, zone, language),
        results=Instant.maybe(round_.calendar.results, zone, language),
        contact=ContactOut(round_.forum.contact_email, round_.forum.contact_phone),
        email_link=round_.email_link,
        projects=[PaperProject.of(round_, project, proposal) for project, proposal in projects],
    )


@post("/api/polls/{poll_id:uuid}/ticket", status_code=200, guards=[PUBLIC])
async def give_ticket(
    db: NamedDependency[AsyncSession], keys: NamedDependency[Keys], poll_id: FromPath[UUID]
) -> TicketOut:
    """A ticket for one ballot, with the hash of the server's part of its randomness. Nothing is stored."""
    await service.zone_of(db, poll_id)
    ticket, offered = casting.ticket(keys, poll_id)
    return TicketOut(ticket.hex(), offered.hex())


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
    intake: NamedDependency[Intake],
    poll_id: FromPath[UUID],
    data: JSONBody[BallotBody],
) -> ReceiptOut:
    """Cast a ballot, or replace the one cast before. The receipt means that it is stored."""
    refused: Exception | None = request.scope["state"].get(REFUSED)
    with failures_limited(request, WRONG_CODES, BadCode, NotOnTheRoll):
        if refused is not None:  # it has been to the intake already, on the straight way
            raise refused
        stored = await intake.cast(poll_id, cast_of(data))
    return receipt_of(intake, stored, provide_language(request))


def cast_of(data: BallotBody) -> Cast:
    """The cast that was sent. Raises BallotIsNotValid for randomness that is none."""
    choice = Choice(tuple(data.choices), None if data.points is None else tuple(data.points))
    return Cast(data.code, choice, data.idempotency_key, *_randomness(data))


def receipt_of(intake: Intake, stored: Stored, language: str) -> ReceiptOut:
    """What the voter gets for a ballot that the intake has stored."""
    return ReceiptOut.of(stored, intake.keys.sign.verify_key.text, Instant.of(stored.at, stored.zone, language))


def _randomness(data: BallotBody) -> tuple[bytes | None, bytes | None]:
    """The ticket and the browser's part: both or neither. Raises BallotIsNotValid."""
    if data.ticket is None and data.browser_random is None:
        return None, None
    ticket, drawn = data.ticket or "", data.browser_random or ""
    if not re.fullmatch(r"[0-9a-f]{32}", ticket) or not re.fullmatch(r"[0-9a-f]{64}", drawn):
        detail = "Expected a ticket of 32 and randomness of 64 hexadecimal digits, or neither of them."
        raise casting.BallotIsNotValid(detail, [Reason("bad_randomness", detail, {}, "browser_random")])
    return bytes.fromhex(ticket), bytes.fromhex(drawn)


handlers = [ballot_paper, give_ticket, check_code, cast]
