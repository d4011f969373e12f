"""The officers' queue over HTTP, and what is overdue in all of somebody's rounds."""

from __future__ import annotations

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.accounts.service import names_of
from pbvote.db import now
from pbvote.proposals import queue
from pbvote.proposals.api.review_shapes import (
    AllOverdueOut,
    NeighboursOut,
    OverdueOut,
    QueueCounts,
    QueueItem,
    QueueOut,
)
from pbvote.proposals.finding import Wanted
from pbvote.proposals.queue import MAY_READ, QueueWanted, Sorted
from pbvote.proposals.states import Status
from pbvote.rounds.service import staff_round
from pbvote.web.access import STAFF_ONLY, only
from pbvote.web.paging import USUAL_ITEMS, PageNumber, PageSize, Paging

Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Language = NamedDependency[str]
READERS = only(*MAY_READ)


@get("/api/rounds/{round_slug:str}/queue", guards=[READERS])
async def show_queue(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    *,
    q: FromQuery[str] = "",
    category: FromQuery[str | None] = None,
    status: FromQuery[Status | None] = None,
    overdue: FromQuery[bool] = False,
    mine: FromQuery[bool] = False,
    uncosted: FromQuery[bool] = False,
    sort: FromQuery[Sorted] = "waiting",
    page: PageNumber = 1,
    size: PageSize = USUAL_ITEMS,
) -> QueueOut:
    """A page of the proposals of a round for officers, what waits longest first."""
    paging = Paging(page, size)
    wanted = QueueWanted(Wanted(q, category, status), overdue=overdue, mine=mine, uncosted=uncosted, sort=sort)
    round_, moment = await staff_round(db, round_slug, actor), await now(db)
    rows, total = await queue.queue(db, round_, wanted, actor, offset=paging.offset, limit=paging.size)
    names = await names_of(db, {row.assigned_to for row in rows if row.assigned_to})
    counts = QueueCounts(**msgspec.to_builtins(await queue.counts(db, round_, actor)))
    items = [
        QueueItem.of(
            row,
            round_,
            (names.get(row.assigned_to) if row.assigned_to else None, row.assigned_to == actor.account_id),
            moment,
            language,
        )
        for row in rows
    ]
    return QueueOut(items, total, page, size, counts)


@get("/api/rounds/{round_slug:str}/queue/{number:int}/neighbours", guards=[READERS])
async def neighbours(
    db: Db,
    actor: Who,
    round_slug: FromPath[str],
    number: FromPath[int],
    *,
    q: FromQuery[str] = "",
    category: FromQuery[str | None] = None,
    status: FromQuery[Status | None] = None,
    overdue: FromQuery[bool] = False,
    mine: FromQuery[bool] = False,
    uncosted: FromQuery[bool] = False,
    sort: FromQuery[Sorted] = "waiting",
) -> NeighboursOut:
    """The proposals before and after one in the same queue."""
    wanted = QueueWanted(Wanted(q, category, status), overdue=overdue, mine=mine, uncosted=uncosted, sort=sort)
    round_ = await staff_round(db, round_slug, actor)
    return NeighboursOut(*await queue.neighbours(db, round_, number, wanted, actor))


@get("/api/officer/overdue", guards=[STAFF_ONLY])
async def show_overdue(db: Db, actor: Who, language: Language) -> AllOverdueOut:
    """What should have been checked by now in all rounds of somebody who checks proposals; 50 at most."""
    moment = await now(db)
    return AllOverdueOut([OverdueOut.of(one, moment, language) for one in await queue.overdue(db, actor)])


handlers = [show_queue, neighbours, show_overdue]
