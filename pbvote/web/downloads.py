"""Files that are the same for everybody who may have them, and can be large: sent in pieces, and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.response import Stream

PIECE = 256 * 1024  # what waits in memory for each slow reader


@dataclass(frozen=True, slots=True)
class Download:
    """A file under the name that it is saved as; `sha256` in hex."""

    name: str
    media_type: str
    content: bytes
    sha256: str


def answer(request: Request[Any, Any, Any], file: Download, cache: str) -> Response[Any]:
    """The file, or 304 for whoever has it already. `cache` is the Cache-Control.

    What is compressed on its way has other bytes, so the ETag is a weak one (RFC 9110, 8.8.1).
    """
    etag = f'W/"{file.sha256[:32]}"'
    headers = {"cache-control": cache, "etag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, media_type=file.media_type, headers=headers)
    headers["content-disposition"] = f'attachment; filename="{file.name}"'
    if len(file.content) <= PIECE:
        return Response(file.content, media_type=file.media_type, headers=headers)
    headers["content-length"] = str(len(file.content))
    return Stream(_pieces(file.content), media_type=file.media_type, headers=headers)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    whole = memoryview(content)
    for start in range(0, len(whole), PIECE):
        yield bytes(whole[start : start + PIECE])
        await asyncio.sleep(0)  # a turn for everybody else, and to hear that the reader has gone
