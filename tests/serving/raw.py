"""Bytes sent to a server's protocol as they are, and what came of them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.server import ServerState

PATIENCE = 20.0  # seconds until a test gives up


@dataclass(slots=True)
class Heard:
    """The requests that reached an app: method, path, headers and body of each, once the body was whole."""

    requests: list[tuple[str, str, list[tuple[str, str]], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # ASGI's own types
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        self.requests.append((scope["method"], scope["path"], headers, body))
        text = json.dumps(len(self.requests)).encode()
        told = [] if scope["path"] == "/stream" else [(b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        await send({"type": "http.response.body", "body": text, "more_body": False})


@asynccontextmanager
async def listening(http: type[Any], app: Any) -> AsyncIterator[int]:
    """A server with this protocol in front of an app; its port."""
    config, state = uvicorn.Config(app, log_config=None, access_log=False), ServerState()
    config.load()
    made = await asyncio.get_running_loop().create_server(lambda: http(config, state, {}), "127.0.0.1", 0)
    async with made:
        yield made.sockets[0].getsockname()[1]
        for task in state.tasks:
            task.cancel()


async def spoken(port: int, pieces: Sequence[bytes], *, until: float = PATIENCE) -> tuple[bytes, bool]:
    """Send pieces one after the other, each arriving on its own: all that was answered, and whether it hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = b""
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01 if len(pieces) > 1 else 0)
        async with asyncio.timeout(until):
            while data := await reader.read(2**16):
                answered += data
    except TimeoutError:
        return answered, False
    except ConnectionError:
        return answered, True
    else:
        return answered, True
    finally:
        writer.transport.abort()


def statuses(answered: bytes) -> list[int]:
    """The status of each answer, in order."""
    return [int(part[:3]) for part in answered.split(b"HTTP/1.1 ")[1:]]


def tracebacks(records: Sequence[logging.LogRecord]) -> list[str]:
    """What was logged with a traceback, or as an error."""
    return [record.getMessage() for record in records if record.exc_info or record.levelno >= logging.ERROR]
