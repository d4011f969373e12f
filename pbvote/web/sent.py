"""An answer for everybody, made once and sent often: its bytes and headers in each encoding, ready to go."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field

from litestar.types import Message, Send

from pbvote.web.assets import WORTH_COMPRESSING
from pbvote.web.caching import PRIVATE

OK, NOT_FOUND, NOT_MODIFIED = 200, 404, 304
# 404 too: until a result is published everybody asks for it.
KEPT_STATUSES = frozenset({OK, NOT_FOUND})
OF_AN_ANSWER = 3_000  # bytes of headers, names and Python's own, roughly
LEVEL = 6
OF_THE_BODY = frozenset({b"content-length", b"etag", b"vary"})

Headers = list[tuple[bytes, bytes]]
Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Encoded:
    """The answer in one encoding: its ETag, which is of these very bytes, its headers with and without them."""

    etag: bytes
    headers: Headers
    headers_alone: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: of which version of the public state and from when, and whether others may be given it."""

    version: Version
    at: float
    route: str
    status: int
    plain: Encoded
    compressed: Encoded | None
    shared: bool

    @property
    def worth_keeping(self) -> bool:
        """Whether it can be given to those who ask later."""
        return self.shared and self.status in KEPT_STATUSES

    @property
    def size(self) -> int:
        """The bytes that it takes."""
        return OF_AN_ANSWER + len(self.plain.body) + (len(self.compressed.body) if self.compressed else 0)

    async def give(self, send: Send, *, compressed: bool, etag: bytes) -> None:
        """Send it to one who takes it compressed or not, and has what has that ETag (or one of several)."""
        one = self.compressed if compressed and self.compressed else self.plain
        if self.status == OK and one.etag in etag:
            await send({"type": "http.response.start", "status": NOT_MODIFIED, "headers": list(one.headers_alone)})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        await send({"type": "http.response.start", "status": self.status, "headers": list(one.headers)})
        await send({"type": "http.response.body", "body": one.body, "more_body": False})


@dataclass(slots=True)
class Collected:
    """What an application sends, kept instead of sent."""

    status: int = 0
    headers: Headers = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        """Take a message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(bytes(name).lower(), bytes(value)) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self.parts.append(message["body"])

    def answer(self, version: Version, at: float, route: str, *, by_language: bool) -> Answer:
        """The whole of it as an answer for everybody, or not for everybody if it says so itself."""
        body = b"".join(self.parts)
        said = dict(self.headers)
        shared = b"set-cookie" not in said and not any(word in said.get(b"cache-control", b"") for word in PRIVATE)
        packed = gzip.compress(body, LEVEL, mtime=0) if len(body) >= WORTH_COMPRESSING else None
        varies = [one.strip() for one in said.get(b"vary", b"").lower().split(b",") if one.strip()]
        varies += [b"accept-language"] if by_language else []
        varies += [b"accept-encoding"]
        rest = [one for one in self.headers if one[0] not in OF_THE_BODY]
        rest += [(b"vary", b", ".join(dict.fromkeys(varies)))]
        return Answer(
            version,
            at,
            route,
            self.status,
            _encoded(body, rest, self.status),
            None if packed is None else _encoded(packed, [*rest, (b"content-encoding", b"gzip")], self.status),
            shared,
        )


def _encoded(body: bytes, headers: Headers, status: int) -> Encoded:
    """Strong ETags differ with the encoding (RFC 9110, 8.8.3); only what was found has one."""
    etag = b'"%s"' % hashlib.sha256(body).hexdigest()[:24].encode()
    named = [*headers, (b"etag", etag)] if status == OK else headers
    alone = [one for one in named if one[0] not in {b"content-encoding", b"content-type", b"content-disposition"}]
    return Encoded(etag, [*named, (b"content-length", b"%d" % len(body))], alone, body)
