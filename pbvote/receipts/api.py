"""Receipts over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.keys import Keys
from pbvote.receipts.service import BadReceipt, Memory, ReceiptNotFound, Traced, trace
from pbvote.web.access import PUBLIC
from pbvote.web.caching import not_kept
from pbvote.web.limits import WRONG_RECEIPTS, failures_limited


class ReceiptStateOut(msgspec.Struct, frozen=True):
    """Where a ballot is: `waiting`, `in_the_box`, or once the result is published `counted` or `replaced`.

    Unless it waits, `proof` (hex) shows that the leaf `ballot COMMITMENT` stands at `index` (from 0) in the log of
    `size` entries that `checkpoint`, a signed note, is for.
    """

    state: str
    commitment: str
    index: int | None
    size: int | None
    proof: list[str]
    checkpoint: str | None

    @classmethod
    def of(cls, traced: Traced) -> ReceiptStateOut:
        """The answer to whoever has the receipt."""
        proof = [one.hex() for one in traced.proof]
        return cls(traced.state, traced.commitment.hex(), traced.index, traced.size, proof, traced.checkpoint)


@get("/api/polls/{poll_id:uuid}/receipts/{symbols:str}", guards=[PUBLIC], opt=not_kept("it is one person's business"))
async def receipt(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    poll_id: FromPath[UUID],
    symbols: FromPath[str],
) -> ReceiptStateOut:
    """Where the ballot with these twelve symbols is."""
    with failures_limited(request, WRONG_RECEIPTS, BadReceipt, ReceiptNotFound):
        return ReceiptStateOut.of(await trace(db, keys, memory_of(request), poll_id, symbols))


def memory_of(request: Request[Any, Any, Any]) -> Memory:
    """What this process keeps in memory."""
    return Memory(request.app.state["logs"], request.app.state["shelf"])


handlers = [receipt]
