"""One answer as bytes: its head goes out together with the first piece of its body, in one call of the system."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

WITHOUT_BODY = frozenset({204, 304})  # RFC 9110, 15.3.5 and 15.4.5


class Answer(RequestResponseCycle):
    """uvicorn's request and response, with `send` of our own."""

    head = b""  # begun, and not sent yet
    has_body = True
    left: int | None = None  # bytes of the body that are to come still, if it was said how many

    async def send(self, message: Any) -> None:  # noqa: ANN401  # ASGI's own messages
        """Send what the app answers. Raises RuntimeError where the app breaks ASGI or HTTP."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if not self.response_started and message["type"] == "http.response.start":
            self.response_started, self.waiting_for_100_continue = True, False
            self.head = self._head(message["status"], message.get("headers", ()))
        elif self.response_started and not self.response_complete and message["type"] == "http.response.body":
            self._piece(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"{message['type']} was sent out of turn.")

    def _head(self, status: int, headers: Any) -> bytes:  # noqa: ANN401  # ASGI's: pairs of bytes
        """The head of the answer; settles how its end will be known (RFC 9112, 6.3)."""
        lines, closes = [STATUS_LINE[status]], False
        for given, value in chain(self.default_headers, headers):
            name = given.lower()
            if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
                raise RuntimeError(f"{given!r} of the answer is no header.")
            if name == b"content-length":
                self.left = int(value)
            elif name == b"connection" and b"close" in value.lower():
                closes, self.keep_alive = True, False
            lines += (name, b": ", value, b"\r\n")
        self.has_body = self.scope["method"] != "HEAD" and status not in WITHOUT_BODY
        # HTTP/1.0 knows no chunks: there, the end of the connection is the end of the answer.
        self.chunked_encoding = self.has_body and self.left is None and self.scope["http_version"] != "1.0"
        if self.chunked_encoding:
            lines.append(b"transfer-encoding: chunked\r\n")
        if not self.keep_alive and not closes:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        return b"".join(lines)

    def _piece(self, body: bytes, *, more: bool) -> None:
        """Send a piece of the body, and what comes before and after it."""
        if not self.has_body:
            body = b""
        elif self.left is not None:
            self.left -= len(body)
            if self.left < 0 or (self.left and not more):
                raise RuntimeError("The body of the answer is not as long as was said.")
        elif self.chunked_encoding:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body = body if more else body + b"0\r\n\r\n"
        if self.head or body:
            self.transport.write(self.head + body)
        self.head = b""
        if not more:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()


def answer_on(connection: HttpToolsProtocol, *, keep_alive: bool) -> Answer:
    """The answer to the request whose head the connection has just read."""
    return Answer(
        scope=connection.scope,
        transport=connection.transport,
        flow=connection.flow,
        logger=connection.logger,
        access_logger=connection.access_logger,
        access_log=connection.access_log,
        default_headers=connection.server_state.default_headers,
        message_event=asyncio.Event(),
        expect_100_continue=connection.expect_100_continue,
        keep_alive=keep_alive,
        on_response=connection.on_response_complete,
    )
