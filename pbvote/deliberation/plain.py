"""What is said about a proposal, to be read without JavaScript."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.deliberation import finding
from pbvote.deliberation.content import REL
from pbvote.deliberation.shapes import QuestionOut, TalkOut
from pbvote.proposals.service import proposal_of
from pbvote.rounds.service import round_of
from pbvote.web.caching import kept
from pbvote.web.plain import plain_page, public_page


@public_page("/{lang:str}/r/{round_slug:str}/plain/comments", opt=kept("number", "after"))
async def comments(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    round_slug: FromPath[str],
    number: FromQuery[int],
    after: FromQuery[UUID | None] = None,
) -> Response[str]:
    """Comments and questions about one proposal."""
    page = plain_page(request)
    round_ = await round_of(db, round_slug, None)
    proposal = await proposal_of(db, round_, number)
    questions, _ = await finding.questions_of(db, round_, proposal, None)
    return page.answer(
        "comments.html",
        round=round_,
        proposal=proposal,
        talk=TalkOut.of(await finding.talk_of(db, round_, proposal, after), round_, page.language),
        questions=[QuestionOut.of(question, round_, page.language) for question in questions],
        rel=REL,
    )


handlers = [comments]
