"""HTTP/1.1 with patience that ends: whoever sends slowly, or nothing at all, holds a connection for seconds only.

uvicorn's own protocol waits for ever for headers, for a body, and for somebody to read an answer. This one looks at its
connections once a second: no timer is set or cancelled for a request that goes as it should.

llhttp reads the requests. What can be read in two ways is refused (`heads`) and the connection closed; nobody sees
trailers, and what comes beside bodies has a bound.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from time import monotonic
from typing import Any, ClassVar
from urllib.parse import unquote

import httptools
import uvicorn
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from pbvote import metrics
from pbvote.serving import deadlines, heads
from pbvote.serving.answers import answer_on
from pbvote.serving.deadlines import Unread
from pbvote.serving.heads import MOST_BESIDE, RefusedError
from pbvote.serving.patience import Patience, network_of

MOST_AHEAD = 8  # requests that wait on one connection for the answer to the one before
# Of a body that comes after its answer so much is taken in, so that the connection can be used again.
MOST_IGNORED = 2**20
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with deadlines. Subclasses, made by `patient`, hold what their process shares."""

    shared: ClassVar[Patience]

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=False)  # uvicorn has it on
        self.since = monotonic()  # since when it waits for a request, or for the rest of its head
        self.in_head = False  # whether part of a request's head has come
        self.is_whole = True  # whether the last request has come to its end
        self.beside = 0  # bytes that came after the last thing that was complete, and are no body
        self.refused = 0  # the status of the last answer on this connection: nothing is read any more
        self.running: RequestResponseCycle | None = None  # `cycle` is the last that came, and may wait for this one
        self.body_since, self.body_bytes = 0.0, 0
        self.unread = Unread()
        self.address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take a connection, or say that there are too many."""
        peer = transport.get_extra_info("peername")
        self.address = network_of(str(peer[0])) if isinstance(peer, tuple) else ""
        super().connection_made(transport)
        if not self.shared.opened(self):
            transport.write(TOO_MANY)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it, and tell the request that is being answered."""
        self.shared.closed(self)
        self.pipeline.clear()
        if self.running is not None and not self.running.response_complete:
            self.running.disconnected = True
            self.running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read requests and bodies out of what came."""
        if self.refused or self.transport.is_closing():
            return
        self.beside += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            why = error.__context__
            self._refuse(why.status if isinstance(why, RefusedError) else 400)
        else:
            if self.beside > MOST_BESIDE:
                self._refuse(431 if self.in_head else 400)

    def _feed(self, data: bytes) -> None:
        """Let llhttp read. It stops after a request that asks for another protocol; ours goes on (RFC 9110, 7.8)."""
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as stopped:
                data = data[stopped.args[0] :]
            else:
                return

    def _refuse(self, status: int) -> None:
        """Answer that this is no request, after the answers that are under way, and close the connection."""
        self.refused = status
        metrics.connection_closed("no request")
        self.flow.pause_reading()
        if self.is_whole or self.in_head:
            if self.is_waiting:
                self._say_refused()
        elif self.pipeline:
            self.pipeline.popleft()  # what is wrong is the body of the last request, whose turn has not come
            self.is_whole = True
        elif self.cycle.response_started:
            self.transport.close()
        else:
            self._say_refused()

    def _say_refused(self) -> None:
        line = STATUS_LINE[self.refused]
        self.transport.write(line + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def on_message_begin(self) -> None:
        """Note when a request begins."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self.in_head = True
        if self.is_waiting:
            self.since = monotonic()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header. What comes after a body is none: nobody has looked at it before the app began."""
        if self.in_head:
            super().on_header(name, value.rstrip(b" \t"))  # RFC 9112, 5.1: the blanks are no part of it

    def on_headers_complete(self) -> None:
        """Let the app answer, or wait for its turn to."""
        version = self.parser.get_http_version()
        heads.check(version, self.url, self.headers, upgrades=self.parser.should_upgrade())
        if len(self.pipeline) >= MOST_AHEAD or not (self.cycle is None or self.cycle.keep_alive):
            raise RefusedError(400)  # nothing follows the request that was to be the last
        self.in_head, self.is_whole, self.beside = False, False, 0
        self.body_since, self.body_bytes = monotonic(), 0
        target, _, query = self.url.partition(b"?")
        path = target.decode("ascii")
        self.scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "method": self.parser.get_method().decode("ascii"),
            "root_path": self.root_path,
            "path": self.root_path + (unquote(path) if "%" in path else path),
            "raw_path": self.root_path.encode("ascii") + target,
            "query_string": query,
            "headers": self.headers,
            "state": self.app_state.copy(),
        }
        turn = self.is_waiting
        self.cycle = answer_on(self, keep_alive=version != "1.0" and self.parser.should_keep_alive())
        if turn:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.running = cycle
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        """Hand a piece of the body on, or forget it if the answer was given already."""
        self.beside -= len(body)
        self.body_bytes += len(body)
        if self.cycle.response_complete:
            return
        self.cycle.body += body
        if len(self.cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        self.cycle.message_event.set()

    def on_chunk_complete(self) -> None:
        """A chunk has been read, or its head: what comes beside the next is counted anew."""
        self.beside = 0

    def on_message_complete(self) -> None:
        """A request has come to its end."""
        self.is_whole, self.beside = True, 0
        if not self.cycle.response_complete:
            self.cycle.more_body = False
            self.cycle.message_event.set()

    def on_response_complete(self) -> None:
        """From here on it waits for the next request, unless that has come already."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.since = monotonic()
        if self.pipeline:
            self.body_since, self.body_bytes = self.since, 0
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self.refused:
            self._say_refused()
            return
        elif not self.is_whole and self._still_to_come() > MOST_IGNORED:
            self.flow.pause_reading()  # what nobody wants is not taken in; `overdue` closes the connection
            return
        self.flow.resume_reading()

    def _still_to_come(self) -> float:
        """How many bytes of the body are not here yet, as far as the client has said."""
        announced = next((value for name, value in self.headers if name == b"content-length"), b"")
        return int(announced) - self.body_bytes if announced.isdigit() else math.inf

    @property
    def is_waiting(self) -> bool:
        """Whether no request is under way on it."""
        return self.cycle is None or self.cycle.response_complete

    def overdue(self, moment: float) -> str:
        """Why it has to be closed, or nothing."""
        if reason := self.unread.overdue(self.transport.get_write_buffer_size(), moment):
            return reason
        if not self.is_waiting:
            if self.is_whole or self.flow.read_paused or self.cycle.waiting_for_100_continue:
                return ""
            return deadlines.slow_body(moment - self.body_since, self.body_bytes)
        waited = moment - self.since
        if not self.is_whole:
            return deadlines.body_after_the_answer(waited)
        if self.in_head or self.cycle is None:
            return deadlines.slow_headers(waited)
        return "not used" if waited > self.timeout_keep_alive else ""

    def give_up(self, reason: str) -> None:
        """Close the connection at once, whatever waits to be sent."""
        metrics.connection_closed(reason)
        self.shared.closed(self)
        self.transport.abort()


def patient(trusted: Iterable[str], most: int | None = None) -> type[PatientProtocol]:
    """The protocol for one process: for `http=` of uvicorn's configuration."""
    return type("Patient", (PatientProtocol,), {"shared": Patience(trusted, most)})
