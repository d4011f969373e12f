"""The composition root: every part of the house is put together here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import msgspec
from litestar import Litestar, Request, Router, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.types import HTTPScope, LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send

from pbvote import __version__
from pbvote.accounts import api as accounts
from pbvote.administration import api as administration
from pbvote.background import beside_requests
from pbvote.ballotlog import api as ballotlog
from pbvote.ballotlog.proofs import Logs
from pbvote.db import Clock, connect, database_clock
from pbvote.deliberation import api as deliberation
from pbvote.deliberation import plain as plain_comments
from pbvote.errors import DomainError
from pbvote.feeds import api as feeds
from pbvote.feeds import plain as plain_plan
from pbvote.following import api as following
from pbvote.forums import api as forums
from pbvote.keys import Keys, read_keys
from pbvote.nights import api as nights
from pbvote.nights import plain as plain_night
from pbvote.notices import api as notices
from pbvote.notices.writing import Writer
from pbvote.operations import api as operations
from pbvote.operations import disk
from pbvote.operations.doctor import findings
from pbvote.operations.ready import Readiness
from pbvote.operations.status import Checkup, Trend
from pbvote.outcomes import api as outcomes
from pbvote.pictures import Workshop
from pbvote.proposals import api as proposals
from pbvote.proposals import plain as plain_proposals
from pbvote.publication import api as publication
from pbvote.publication import plain as plain_results
from pbvote.publication.shelf import Shelf
from pbvote.receipts import api as receipts
from pbvote.receipts import plain as plain_receipts
from pbvote.roll import api as roll
from pbvote.rounds import api as rounds
from pbvote.settings import Settings
from pbvote.voting import api as voting
from pbvote.voting import plain as plain_ballot
from pbvote.voting.api.straight import StraightWay
from pbvote.voting.intake import Intake
from pbvote.web import problems
from pbvote.web.access import PUBLIC, require_declared_access
from pbvote.web.assets import find_frontend
from pbvote.web.caching import NOT_COMPRESSED, not_kept
from pbvote.web.description import DESCRIPTION, ApiDescription
from pbvote.web.headers import header_hook, headers_of_answers
from pbvote.web.instants import provide_language
from pbvote.web.limits import Limiter
from pbvote.web.looks import Shown
from pbvote.web.pages import Site, build_site, page_routes
from pbvote.web.plain import PlainSite, build_plain_site
from pbvote.web.pressure import Pressure
from pbvote.web.reading import Reading
from pbvote.web.room import RoomForVotes
from pbvote.web.sign_in import SameOriginWrites, WhoIsAsking, provide_actor, provide_visitor
from pbvote.web.transactions import provide_session
from pbvote.web.watching import watch

MOST_BYTES = 64 * 1024
SLICES = (
    *(accounts, forums, rounds, feeds, proposals, deliberation, ballotlog, roll, voting, notices, following),
    *(outcomes, publication, administration, operations, nights, receipts),
)
PLAIN = (
    plain_plan,
    plain_proposals,
    plain_comments,
    plain_ballot,
    plain_results,
    plain_receipts,
    plain_night,
)  # the pages without JavaScript


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages as they were made, and as they are shown now."""

    site: Site
    plain: PlainSite
    shown: Shown


class Health(msgspec.Struct, frozen=True):
    """That the server answers."""

    status: str


@get("/api/health", guards=[PUBLIC], opt=not_kept("it says how this process is now"), sync_to_thread=False)
def health() -> Health:
    """For load balancers and containers: the server answers."""
    return Health("ok")


def provide_keys(request: Request[Any, Any, Any]) -> Keys:
    """The installation's secrets, for the verbs that need them."""
    keys: Keys = request.app.state["keys"]  # `state.keys` is the method of a mapping
    return keys


class House(Litestar):
    """The application. Public answers that are kept are given before anything else is done (decision 0016)."""

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        """Answer a request, or begin and end the work beside the requests."""
        if scope["type"] == ScopeType.HTTP:
            await watch(cast("HTTPScope", scope), cast("Receive", receive), cast("Send", send), self._read_or_make)
        else:
            await super().__call__(scope, receive, send)

    async def _read_or_make(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.state["pressure"].after_casts(scope)
        # What is kept takes no place, nor do those who wait for one that is being made; the one that makes it does.
        await self.state["reading"].answer(scope, receive, send, self._under_pressure)

    async def _under_pressure(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.state["pressure"].pass_on(scope, receive, send, self._cast_or_route)

    async def _cast_or_route(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.state["straight"].answer(scope, receive, send, super().__call__)


def provide_intake(request: Request[Any, Any, Any]) -> Intake:
    """Where casts go: they share transactions, so their routes have none of their own."""
    intake: Intake = request.app.state["intake"]
    return intake


def create_app(
    settings: Settings, clock: Clock = database_clock, *, background: bool = True, durable: bool = True
) -> Litestar:
    """The whole application. Raises UndeclaredRouteError if a route declares no access.

    `background` starts the work that follows the clock; without it somebody else (another process, a test) does it.
    `durable` refuses to start on a database that a power cut could take votes from; only tests do without.
    """
    frontend = find_frontend()
    site = build_site(settings, frontend)
    pages = Pages(site, build_plain_site(site, frontend), Shown(site))
    app = House(
        route_handlers=[health, *_slice_handlers(), *_uncompressed(page_routes(site, lambda: pages.shown.site))],
        dependencies={
            "db": Provide(provide_session),
            "keys": Provide(provide_keys, sync_to_thread=False),
            "intake": Provide(provide_intake, sync_to_thread=False),
            "actor": Provide(provide_actor),
            "visitor": Provide(provide_visitor),
            "language": Provide(provide_language, sync_to_thread=False),
        },
        middleware=[SameOriginWrites(settings.base_url), WhoIsAsking(), RoomForVotes()],
        before_send=[header_hook(https=is_https(settings))],
        exception_handlers={
            DomainError: problems.answer,
            HTTPException: problems.answer_http,
            Exception: problems.answer_unexpected,
        },
        compression_config=CompressionConfig(backend="gzip", minimum_size=1_000, exclude_opt_key=NOT_COMPRESSED),
        request_class=problems.StrictRequest,
        request_max_body_size=MOST_BYTES,
        logging_config=None,  # logs.py has it
        openapi_config=OpenAPIConfig(
            title="pbvote",
            version=__version__,
            render_plugins=[ApiDescription(path=DESCRIPTION)],
            openapi_router=Router(
                path="/api", guards=[PUBLIC], opt=not_kept("few ask, and it is made once"), route_handlers=[]
            ),
        ),
        state=State({"pages": pages}),
        lifespan=[beside_requests(background=background, durable=durable)],
    )
    require_declared_access(app)
    furnish(app, settings, clock)
    return app


def furnish(app: Litestar, settings: Settings, clock: Clock = database_clock) -> None:
    """Give an app that does not run what it works with: everything that belongs to one database and its keys.

    The settings may name another database and other keys than those that the app was made with, and nothing else.
    """
    pages: Pages = app.state["pages"]
    pages.shown.site = pages.site
    database, keys = connect(settings.database_url, clock, settings.replica_url), read_keys(settings.keys_dir)
    intake = Intake(database, keys)
    writer = Writer(pages.plain.words, pages.plain.default, settings.partnership, settings.base_url)
    app.state.update(
        {
            "database": database,
            "intake": intake,
            "settings": settings,
            "keys": keys,
            "leader": False,
            "limiter": Limiter(settings.trusted_proxies),
            "logs": Logs(),
            "plain": pages.plain,
            "pressure": Pressure(),
            "reading": Reading(app, database.changes, settings.base_url, settings.locales, on=clock is database_clock),
            "readiness": Readiness(database, settings.data_dir),
            "shelf": Shelf(),
            "straight": StraightWay(intake, settings.locales, headers_of_answers(https=is_https(settings))),
            "shown": pages.shown,
            "trend": Trend(),
            "checkup": Checkup(partial(findings, database, settings, thorough=False)),
            "disk": disk.guard(database, settings.database_file),
            "workshop": Workshop(),
            "writer": writer,
        }
    )


def is_https(settings: Settings) -> bool:
    """Whether visitors come by HTTPS."""
    return settings.base_url.startswith("https")


def _slice_handlers() -> list[HTTPRouteHandler]:
    """Every slice's handlers. Only what everybody may read is compressed: no secret shares an answer with any input."""
    handlers = [handler for slice_ in (*SLICES, *PLAIN) for handler in slice_.handlers]
    _uncompressed(handler for handler in handlers if handler.http_methods != {"GET"} or PUBLIC not in handler.guards)
    return handlers


def _uncompressed(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Mark handlers whose answers are sent as they are (the pages' files are compressed once, at start-up)."""
    marked = list(handlers)
    for handler in marked:
        handler.opt[NOT_COMPRESSED] = True
    return marked
