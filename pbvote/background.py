"""What goes on beside the requests, from start to end: in every process, and in one for all (decision 0017)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial

from litestar import Litestar
from litestar.datastructures import State

from pbvote import metrics
from pbvote.db.leadership import Work, lead
from pbvote.durability import require as require_durable
from pbvote.following.work import tell_for_ever
from pbvote.following.writing import FollowWriter
from pbvote.nights.work import forget_for_ever
from pbvote.notices.mailers import mailer_of
from pbvote.notices.work import write_for_ever
from pbvote.operations import disk
from pbvote.operations.measuring import look_for_ever, measure_for_ever
from pbvote.voting.intake import taking_in
from pbvote.voting.timekeeper import keep_time_for_ever
from pbvote.web.looks import follow_looks, refresh


def beside_requests(*, background: bool, durable: bool) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """What runs beside the requests from start to end: the background work, and the database's connections."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        if durable:
            await require_durable(app.state["database"])
        await refresh(app.state)
        tasks = [asyncio.create_task(begin()) for begin in (_own_work(app.state) if background else [])]
        async with taking_in(app.state["intake"]):
            yield
        await app.state["reading"].close()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await app.state["database"].close()

    return running


def _own_work(state: State) -> list[Work]:
    """The work that goes on beside the requests in every process."""
    database = state["database"]
    return [
        partial(follow_looks, state),
        database.changes.follow,
        *([database.replica.follow] if database.replica else []),
        partial(look_for_ever, state),
        partial(measure_for_ever, database, state["settings"].data_dir),
        *([partial(disk.watch, state["disk"])] if state["disk"] else []),
        partial(lead, state["settings"].database_url, _leaders_work(state), partial(_tell_leading, state)),
    ]


def _leaders_work(state: State) -> list[Work]:
    """The work that one process does for all (decision 0017)."""
    database, keys, writer, mail = state["database"], state["keys"], state["writer"], state["settings"].mail
    work: list[Work] = [partial(keep_time_for_ever, database, keys), partial(forget_for_ever, database)]
    if mail:
        work.append(partial(write_for_ever, database, keys, writer, mailer_of(mail)))
        work.append(partial(tell_for_ever, database, keys, FollowWriter(writer)))
    return work


def _tell_leading(state: State, leading: bool) -> None:  # noqa: FBT001  # all that there is to tell
    state["leader"] = leading
    metrics.leads(leading=leading)
