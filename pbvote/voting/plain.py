"""Voting without JavaScript: the ballot, its check and its receipt, each a page that the server writes.

All of it is one address, so the code never stands in one. The form comes back filled in until the vote is sent; the
check page gives it a fresh idempotency key, so that pressing Send twice, or loading the receipt anew, is one vote.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import Database, now
from pbvote.errors import DomainError, Reason
from pbvote.keys import Keys
from pbvote.roll.codes import BadCode
from pbvote.roll.service import NotOnTheRoll
from pbvote.rounds.models import Round
from pbvote.rounds.phases import NotInThisPhase, Phase, VotingIsPaused
from pbvote.rounds.plain import waiting_page
from pbvote.rounds.service import round_of
from pbvote.voting import casting
from pbvote.voting.api import BallotPaperOut, PaperProject, ballot_paper_of
from pbvote.voting.casting import Cast
from pbvote.voting.filled import Act, Filled, read_choice, read_filled, standing, what_is_wrong
from pbvote.voting.intake import Intake
from pbvote.web.access import PUBLIC
from pbvote.web.caching import not_kept
from pbvote.web.forms import read_form
from pbvote.web.instants import Instant
from pbvote.web.limits import WRONG_CODES, failures_limited
from pbvote.web.plain import PROBLEM_PAGES, PlainPage, plain_page, public_page

PATH = "/{lang:str}/r/{round_slug:str}/plain"
KEY_BYTES = 24
ORDERS = 2**32
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Booth:
    """What one request is about: the page to write, the ballot paper, and the form as it came."""

    page: PlainPage
    paper: BallotPaperOut
    filled: Filled

    @property
    def costs(self) -> dict[int, int]:
        """The costs of the projects by number."""
        return {project.number: project.cost for project in self.paper.projects}

    def wrong(self) -> list[Reason]:
        """Everything that has to be put right first."""
        return what_is_wrong(self.filled, self.paper.design, self.costs, self.paper.budget)

    def answer(self, template: str, status: int = 200, **context: object) -> Response[str]:
        """A page with the paper and what was filled in."""
        choice, _ = read_choice(self.filled, self.paper.design)
        known = {project.number: project for project in self.paper.projects}
        return self.page.answer(
            template,
            status,
            currency=self.paper.currency,
            paper=self.paper,
            filled=self.filled,
            chosen=[known[number] for number in choice.projects if number in known],
            given=choice.points,
            standing=standing(choice, self.paper.design, self.costs, self.paper.budget),
            **context,
        )

    def ballot(self, errors: list[Reason], status: int = 200) -> Response[str]:
        """The ballot with its form as it was filled in, and what is wrong with it."""
        projects = sorted(self.paper.projects, key=self._place_in_the_list)
        return self.answer("ballot.html", status, projects=projects, errors=errors)

    def _place_in_the_list(self, project: PaperProject) -> bytes:
        """A random order that stays the same as long as the form goes to and fro."""
        return hashlib.sha256(f"{self.filled.order} {project.number}".encode()).digest()


@public_page(PATH, opt=not_kept("each ballot has an order of its own"))
async def ballot(request: AnyRequest, db: NamedDependency[AsyncSession], round_slug: FromPath[str]) -> Response[str]:
    """The ballot, with nothing filled in."""
    page = plain_page(request)
    round_ = await round_of(db, round_slug, None)
    if not await _is_voting(db, round_):
        return await waiting_page(page, db, round_, 200, "no-ballot.html")
    paper = await ballot_paper_of(db, round_, page.language)
    return Booth(page, paper, Filled(Act.CHANGE, secrets.randbelow(ORDERS))).ballot([])


@post(PATH, status_code=200, guards=[PUBLIC], include_in_schema=False, exception_handlers=PROBLEM_PAGES)
async def vote(
    request: AnyRequest, intake: NamedDependency[Intake], keys: NamedDependency[Keys], round_slug: FromPath[str]
) -> Response[str]:
    """Check a ballot, change it, or send it."""
    page, fields = plain_page(request), await read_form(request)
    database: Database = request.app.state["database"]
    async with database.session(write=False) as db:  # ends before the vote is cast: that has its own transaction
        round_ = await round_of(db, round_slug, None)
        if not await _is_voting(db, round_):
            return await waiting_page(page, db, round_, NotInThisPhase.status, "no-ballot.html")
        paper = await ballot_paper_of(db, round_, page.language)
    booth = Booth(page, paper, read_filled(fields, paper.design))
    if booth.filled.act is Act.CHANGE:
        return booth.ballot([])
    try:
        if booth.filled.act is Act.CHECK:
            return await _check(request, database, keys, booth)
        return await _send(request, intake, booth)
    except DomainError as error:
        if isinstance(error, VotingIsPaused) or not isinstance(error, NotInThisPhase):
            return _refused(booth, error)
        async with database.session(write=False) as db:
            round_ = await round_of(db, round_slug, None)
            return await waiting_page(page, db, round_, error.status, "no-ballot.html")


def _refused(booth: Booth, error: DomainError) -> Response[str]:
    """The ballot with what is wrong: nobody loses what they filled in."""
    if isinstance(error, VotingIsPaused):
        return booth.ballot([Reason(error.code, error.detail)], error.status)
    errors = booth.wrong() + (error.reasons or [Reason(error.code, error.detail)])
    if error.retry_after is None:
        return booth.ballot(errors, 422)
    again = booth.ballot(errors, error.status)
    again.headers["retry-after"] = str(error.retry_after)
    return again


async def _check(request: AnyRequest, database: Database, keys: Keys, booth: Booth) -> Response[str]:
    """The last look before it is sent; or the ballot again, with everything that is wrong."""
    errors, voted = booth.wrong(), False
    if booth.filled.code.strip():
        with failures_limited(request, WRONG_CODES, BadCode, NotOnTheRoll):
            async with database.session(write=False) as db:
                voted = await casting.has_voted(db, keys, booth.paper.poll_id, booth.filled.code)
    if errors:
        return booth.ballot(errors, 422)
    return booth.answer("check.html", voted=voted, key=secrets.token_urlsafe(KEY_BYTES))


async def _send(request: AnyRequest, intake: Intake, booth: Booth) -> Response[str]:
    """The receipt; or the ballot again, with everything that is wrong."""
    if errors := booth.wrong():
        return booth.ballot(errors, 422)
    choice, _ = read_choice(booth.filled, booth.paper.design)
    with failures_limited(request, WRONG_CODES, BadCode, NotOnTheRoll):
        stored = await intake.cast(booth.paper.poll_id, Cast(booth.filled.code, choice, booth.filled.key))
    recorded = Instant.of(stored.at, stored.zone, booth.page.language)
    receipt, file = stored.receipt.symbols, stored.receipt.text()
    return booth.answer("receipt.html", receipt=receipt, file=file, recorded=recorded)


async def _is_voting(db: AsyncSession, round_: Round) -> bool:
    return round_.phase_at(await now(db)) is Phase.VOTING


handlers = [ballot, vote]
