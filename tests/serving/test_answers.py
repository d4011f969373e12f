"""How answers go out: in as few pieces as they can, and never what would be read as something else."""

from __future__ import annotations

from typing import Any

import pytest

from pbvote.serving.protocol import patient
from tests.serving.raw import listening, spoken, statuses

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
START, BODY = "http.response.start", "http.response.body"
Message = dict[str, Any]


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> Message:
    return {"type": START, "status": status, "headers": headers}


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": BODY, "body": body, "more_body": more}


async def answered(messages: list[Message], asks: bytes = GET) -> tuple[bytes, bool]:
    """What comes of an app that sends these messages, and whether the connection was closed."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    async with listening(patient([]), app) as port:
        return await spoken(port, [asks], until=0.2)


FIVE = (b"content-length", b"5")
WRONG: dict[str, list[Message]] = {
    "more than was said": [start(200, FIVE), piece(b"hello, hello")],
    "less than was said": [start(200, FIVE), piece(b"he")],
    "a line in a header": [start(200, (b"location", b"/a\r\nset-cookie: b")), piece(b"")],
    "a colon in a name": [start(200, (b"a: b", b"c")), piece(b"")],
    "a body before its head": [piece(b"hello")],
    "two heads": [start(200), start(200), piece(b"")],
    "nothing": [],
    "a head alone": [start(200)],
}


@pytest.mark.parametrize("what", WRONG)
async def test_an_answer_that_would_be_read_wrongly_does_not_go_out(what: str) -> None:
    found, closed = await answered(WRONG[what])
    assert statuses(found) in ([], [500])
    assert closed
    assert b"set-cookie" not in found


async def test_an_answer_that_breaks_off_ends_with_the_connection() -> None:
    found, closed = await answered([start(200, FIVE), piece(b"he", more=True)])
    assert (found.endswith(b"\r\n\r\nhe"), closed) == (True, True)
    found, closed = await answered([start(200), piece(b"he", more=True)])
    assert (found.endswith(b"\r\n\r\n2\r\nhe\r\n"), closed) == (True, True)


async def test_an_answer_in_pieces_is_whole() -> None:
    pieces = [piece(b"he", more=True), piece(b"", more=True), piece(b"llo", more=True), piece(b"")]
    assert (await answered([start(200), *pieces]))[0].endswith(b"\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
    found, closed = await answered([start(200, FIVE), *pieces])
    assert (found.endswith(b"\r\n\r\nhello"), closed) == (True, False)


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_has_none(status: int) -> None:
    found, closed = await answered([start(status), piece(b"hello")])
    assert (found.endswith(b"\r\n\r\n"), b"chunked" in found, closed) == (True, False, False)


async def test_the_head_of_an_answer_keeps_its_length() -> None:
    found, closed = await answered([start(200, FIVE), piece(b"hello")], GET.replace(b"GET", b"HEAD"))
    assert (found.endswith(b"\r\n\r\n"), b"content-length: 5" in found, closed) == (True, True, False)


@pytest.mark.parametrize(
    ("asks", "says"),
    [(GET.replace(b"x\r\n", b"x\r\nconnection: close\r\n"), ()), (GET, ((b"connection", b"close"),))],
)
async def test_the_connection_is_closed_when_either_says_so(asks: bytes, says: tuple[tuple[bytes, bytes], ...]) -> None:
    found, closed = await answered([start(200, FIVE, *says), piece(b"hello")], asks)
    assert (found.count(b"connection: close"), found.endswith(b"hello"), closed) == (1, True, True)
