"""Where a ballot is, asked without JavaScript: the symbols are sent in a form, so that they stand in no address."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotlog.service import NoLogYet
from pbvote.errors import DomainError, Reason, TooManyRequests
from pbvote.keys import Keys
from pbvote.receipts.api import memory_of
from pbvote.receipts.service import BadReceipt, ReceiptNotFound, trace_in_round
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC
from pbvote.web.caching import not_kept
from pbvote.web.forms import read_form
from pbvote.web.limits import WRONG_RECEIPTS, failures_limited
from pbvote.web.plain import PROBLEM_PAGES, plain_page, public_page

PATH = "/{lang:str}/r/{round_slug:str}/plain/receipt"
TEMPLATE = "receipt-check.html"
AnyRequest = Request[Any, Any, Any]


@public_page(PATH, opt=not_kept("few ask, and it is their business"))
async def ask(request: AnyRequest, db: NamedDependency[AsyncSession], round_slug: FromPath[str]) -> Response[str]:
    """The form, empty."""
    page, round_ = plain_page(request), await round_of(db, round_slug, None)
    return page.answer(TEMPLATE, round=round_, typed="", errors=[], found=None, vote=None)


@post(PATH, status_code=200, guards=[PUBLIC], include_in_schema=False, exception_handlers=PROBLEM_PAGES)
async def find(
    request: AnyRequest, db: NamedDependency[AsyncSession], keys: NamedDependency[Keys], round_slug: FromPath[str]
) -> Response[str]:
    """Where the ballot is; or the form again, with what is wrong."""
    page, round_ = plain_page(request), await round_of(db, round_slug, None)
    typed = dict(await read_form(request)).get("symbols", "")[:100]
    try:
        with failures_limited(request, WRONG_RECEIPTS, BadReceipt, ReceiptNotFound):
            found, vote = await trace_in_round(db, keys, memory_of(request), round_, typed)
    except (BadReceipt, ReceiptNotFound, NoLogYet, TooManyRequests) as error:
        return page.answer(
            TEMPLATE, error.status, round=round_, typed=typed, errors=_told(error), found=None, vote=None
        )
    return page.answer(TEMPLATE, round=round_, typed=typed, errors=[], found=found, vote=vote)


def _told(error: DomainError) -> list[Reason]:
    return error.reasons or [Reason(error.code, error.detail, {}, "symbols")]


handlers = [ask, find]
