"""What is no request, or could be read in two ways, is refused, and the connection closed: nothing is smuggled in.

Behind a proxy, a request that the proxy reads in one way and the server in another lets a stranger put words into the
next visitor's mouth. So each of these is answered 400 (431 if it is too long) without the app hearing of it, and what
follows on the same connection is not read. The controls ask uvicorn's own protocol, which takes them.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pbvote.serving.heads import MOST_BESIDE
from pbvote.serving.protocol import MOST_AHEAD, patient
from tests.serving.raw import Heard, listening, spoken, statuses, tracebacks

STAYS = 0.2  # seconds after which a connection that is open still counts as kept
GET = b"GET /a HTTP/1.1\r\nhost: x\r\n"
POST = b"POST /a HTTP/1.1\r\nhost: x\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
NEXT = b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"

REFUSED: dict[str, bytes] = {
    "a length and chunks": POST + b"content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST + b"transfer-encoding: chunked\r\ncontent-length: 6\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"content-length: 5\r\ncontent-length: 0\r\n\r\nhello",
    "the same length twice": POST + b"content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    "a list of lengths": POST + b"content-length: 5, 5\r\n\r\nhello",
    "a length with a plus": POST + b"content-length: +5\r\n\r\nhello",
    "a negative length": POST + b"content-length: -5\r\n\r\nhello",
    "a hexadecimal length": POST + b"content-length: 0x5\r\n\r\nhello",
    "an empty length": POST + b"content-length: \r\n\r\n",
    "a length with a space": POST + b"content-length: 1 0\r\n\r\nhellohello",
    "a length with an underscore": POST + b"content-length: 1_0\r\n\r\nhellohello",
    "a length past 64 bits": POST + b"content-length: 18446744073709551621\r\n\r\nhello",
    "another coding": POST + b"transfer-encoding: gzip\r\n\r\n0\r\n\r\n",
    "another coding in chunks": POST + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "no coding": POST + b"transfer-encoding: identity\r\n\r\n",
    "a coding with another name": POST + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks twice": POST + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks, and then none": POST + b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
    "chunks after a control character": POST + b"transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST /a HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks on a folded line": POST + b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "lines without CR": b"GET /a HTTP/1.1\nhost: x\n\n",
    "a header without CR": GET[:-2] + b"\ny: z\r\n\r\n",
    "an end without CR": GET + b"\n",
    "a CR alone": GET[:-2] + b"\ry: z\r\n\r\n",
    "a folded line": GET + b"y: a\r\n b\r\n\r\n",
    "a space before the colon": POST + b"content-length : 5\r\n\r\nhello",
    "a tab before the colon": POST + b"content-length\t: 5\r\n\r\nhello",
    "a space before the first header": b"GET /a HTTP/1.1\r\n host: x\r\n\r\n",
    "a header without a colon": GET + b"nonsense\r\n\r\n",
    "a header without a name": GET + b": a\r\n\r\n",
    "a zero in a name": GET + b"y\0z: a\r\n\r\n",
    "a zero in a value": GET + b"y: a\0b\r\n\r\n",
    "a control character in a value": GET + b"y: a\x01b\r\n\r\n",
    "no host": b"GET /a HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"host: y\r\n\r\n",
    "HTTP/1.2": b"GET /a HTTP/1.2\r\nhost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "HTTP/2.0 as a version": b"GET /a HTTP/2.0\r\nhost: x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a method in small letters": b"get /a HTTP/1.1\r\nhost: x\r\n\r\n",
    "a method of their own": b"BREW /a HTTP/1.1\r\nhost: x\r\n\r\n",
    "a tunnel": b"CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
    "a whole address": b"GET http://y/a HTTP/1.1\r\nhost: x\r\n\r\n",
    "a fragment": b"GET /a#b HTTP/1.1\r\nhost: x\r\n\r\n",
    "a space in the address": b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n",
    "tabs between the words": b"GET\t/a\tHTTP/1.1\r\nhost: x\r\n\r\n",
    "a letter that is not ASCII": "GET /é HTTP/1.1\r\nhost: x\r\n\r\n".encode(),
    "a zero in the address": b"GET /a\0b HTTP/1.1\r\nhost: x\r\n\r\n",
    "another protocol with a body": POST + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 5\r\n\r\nhello",
    "another protocol with chunks": POST
    + b"connection: upgrade\r\nupgrade: h2c\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "a chunk's size without CR": CHUNKED + b"5\nhello\r\n0\r\n\r\n",
    "a chunk's extension without CR": CHUNKED + b"5;a\nhello\r\n0\r\n\r\n",
    "a chunk without CR": CHUNKED + b"5\r\nhello\n0\r\n\r\n",
    "a chunk without an end": CHUNKED + b"5\r\nhello0\r\n\r\n",
    "a chunk's size with a plus": CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n",
    "a negative chunk": CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    "a chunk's size with 0x": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk's size with a space": CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n",
    "a chunk past 64 bits": CHUNKED + b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "a length after the body": CHUNKED + b"5\r\nhello\r\n0\r\ncontent-length: 40\r\n\r\n",
}

LONG = b"a" * (MOST_BESIDE + 1)
TOO_LONG: dict[str, tuple[int, *tuple[bytes, ...]]] = {
    "a header": (431, GET + b"y: " + LONG + b"\r\n\r\n"),
    "a header without end": (431, GET + b"y: " + LONG),
    "many headers": (431, GET + b"y: z\r\n" * (MOST_BESIDE // 2) + b"\r\n"),
    "an address": (431, b"GET /" + LONG + b" HTTP/1.1\r\nhost: x\r\n\r\n"),
    "an address without end": (431, b"GET /" + LONG),
    "what comes with a chunk": (400, CHUNKED, b"5;" + LONG),
    "what comes after a body": (400, CHUNKED + b"5\r\nhello\r\n0\r\n", b"y: " + LONG),
}


async def sent_to(http: type[Any], *pieces: bytes, until: float = STAYS) -> tuple[list[int], bool, Heard]:
    """The statuses of all answers, whether the server hung up, and what its app heard."""
    heard = Heard()
    async with listening(http, heard) as port:
        answered, closed = await spoken(port, pieces, until=until)
    return statuses(answered), closed, heard


@pytest.mark.parametrize("what", REFUSED)
async def test_what_could_be_read_in_two_ways_is_refused(what: str, caplog: pytest.LogCaptureFixture) -> None:
    found, closed, heard = await sent_to(patient([]), REFUSED[what] + NEXT, until=20)
    assert (found, closed, heard.requests) == ([400], True, [])
    assert tracebacks(caplog.records) == []


@pytest.mark.parametrize("what", ["a length and chunks", "no host", "another protocol with a body", "a tunnel"])
async def test_it_is_refused_when_it_comes_in_pieces(what: str) -> None:
    whole = REFUSED[what] + NEXT
    pieces = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    found, closed, heard = await sent_to(patient([]), *pieces, until=20)
    assert (found[:1] in ([400], []), closed, heard.requests) == (True, True, [])


@pytest.mark.parametrize("what", ["two hosts", "no host", "a fragment", "HTTP/2.0 as a version"])
async def test_uvicorns_own_protocol_takes_it(what: str) -> None:
    assert (await sent_to(HttpToolsProtocol, REFUSED[what]))[2].requests


async def test_in_uvicorns_own_protocol_a_body_is_the_next_request() -> None:
    smuggled = POST + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: %d\r\n\r\n" % len(NEXT) + NEXT
    assert (await sent_to(patient([]), smuggled))[2].requests == []
    _, _, control = await sent_to(HttpToolsProtocol, smuggled, NEXT)
    assert [(path, body) for _, path, _, body in control.requests] == [("/a", b""), ("/smuggled", b"")]


@pytest.mark.parametrize("what", TOO_LONG)
async def test_what_is_too_long_is_refused(what: str) -> None:
    status, *pieces = TOO_LONG[what]
    found, closed, heard = await sent_to(patient([]), *pieces, until=20)
    assert (found, closed, heard.requests) == ([status], True, [])


@pytest.mark.parametrize("what", ["a header without end", "what comes with a chunk"])
async def test_uvicorns_own_protocol_listens_to_it_for_ever(what: str) -> None:
    assert (await sent_to(HttpToolsProtocol, *TOO_LONG[what][1:]))[:2] == ([], False)


async def test_what_is_not_too_long_is_taken() -> None:
    sends = GET + b"y: " + b"a" * (MOST_BESIDE - 100) + b"\r\n\r\n"
    assert (await sent_to(patient([]), sends))[:2] == ([200], False)
    chunks = b"".join(b"1;%b\r\nx\r\n" % (b"a" * 1000) for _ in range(2 * MOST_BESIDE // 1000))
    assert (await sent_to(patient([]), CHUNKED + chunks + b"0\r\n\r\n"))[:2] == ([200], False)


async def test_a_long_body_is_not_counted_as_what_comes_beside_it() -> None:
    sends = POST + b"content-length: %d\r\n\r\n" % (20 * MOST_BESIDE)
    found, closed, heard = await sent_to(patient([]), sends, *[b"x" * MOST_BESIDE] * 20)
    assert (found, closed, len(heard.requests[0][3])) == ([200], False, 20 * MOST_BESIDE)


async def test_what_comes_after_a_body_is_no_header() -> None:
    sends = CHUNKED + b"5\r\nhello\r\n0\r\nx-forwarded-for: 192.0.2.1\r\ncookie: a=b\r\n\r\n"
    _, _, heard = await sent_to(patient([]), sends)
    assert heard.requests == [("POST", "/a", [("host", "x"), ("transfer-encoding", "chunked")], b"hello")]
    _, _, control = await sent_to(HttpToolsProtocol, sends)
    assert ("cookie", "a=b") in control.requests[0][2]


@pytest.mark.parametrize("rest", [b"\0\0", b"GET /b HTTP/1.1\r\nno header\r\n\r\n", b"GET /b HTTP/1.1\r\n\r\n"])
async def test_what_was_asked_before_is_answered_first(rest: bytes) -> None:
    found, closed, heard = await sent_to(patient([]), GET + b"\r\n" + rest, until=20)
    assert (found, closed, len(heard.requests)) == ([200, 400], True, 1)
    found, closed, heard = await sent_to(patient([]), GET + b"\r\n" + CHUNKED + b"what?", until=20)
    assert (found, closed, len(heard.requests)) == ([200, 400], True, 1)


async def test_requests_that_do_not_wait_are_answered_in_their_order() -> None:
    sends = b"".join(b"POST /%d HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n%d" % (one, one) for one in range(5))
    found, closed, heard = await sent_to(patient([]), sends)
    assert (found, closed) == ([200] * 5, False)
    assert [(path, body) for _, path, _, body in heard.requests] == [(f"/{one}", b"%d" % one) for one in range(5)]


async def test_only_so_many_may_wait() -> None:
    found, closed, heard = await sent_to(patient([]), (GET + b"\r\n") * 1000, until=20)
    assert (found, closed, len(heard.requests)) == ([200] * (MOST_AHEAD + 1) + [400], True, MOST_AHEAD + 1)
    last = GET + b"connection: close\r\n\r\n"
    _, closed, control = await sent_to(HttpToolsProtocol, (GET + b"\r\n") * 999 + last, until=20)
    assert (closed, len(control.requests)) == (True, 1000)


async def test_after_the_last_request_nothing_is_read() -> None:
    for last in (GET + b"connection: close\r\n\r\n", b"GET /a HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"):
        found, closed, heard = await sent_to(patient([]), last + NEXT, until=20)
        assert (found, closed, [path for _, path, _, _ in heard.requests]) == ([200], True, ["/a"])


async def test_who_asks_for_another_protocol_gets_this_one(caplog: pytest.LogCaptureFixture) -> None:
    asks = b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: x\r\n\r\n"
    found, closed, _ = await sent_to(patient([]), GET + asks + GET + b"\r\n")
    assert (found, closed, caplog.records) == ([200, 200], False, [])


async def test_a_request_is_read_byte_by_byte_as_in_one_piece() -> None:
    sends = b"\r\nPUT /a%20b?c=%20d HTTP/1.1\r\nHost: x\r\nY:\r\nZ:  1 \r\ncontent-length: 5\r\n\r\nhello"
    _, _, whole = await sent_to(patient([]), sends)
    _, _, pieces = await sent_to(patient([]), *[bytes([one]) for one in sends])
    expected = [("host", "x"), ("y", ""), ("z", "1"), ("content-length", "5")]
    assert whole.requests == pieces.requests == [("PUT", "/a b", expected, b"hello")]


async def test_an_answer_of_unknown_length_comes_in_chunks_but_not_in_http_1_0() -> None:
    heard = Heard()
    async with listening(patient([]), heard) as port:
        new, _ = await spoken(port, [b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n"], until=STAYS)
        old, closed = await spoken(port, [b"GET /stream HTTP/1.0\r\n\r\n"])
        head, _ = await spoken(port, [b"HEAD /stream HTTP/1.1\r\nhost: x\r\n\r\n"], until=STAYS)
    assert new.endswith(b"transfer-encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n")
    assert (old.endswith(b"connection: close\r\n\r\n2"), b"transfer-encoding" in old, closed) == (True, False, True)
    assert head.endswith(b"\r\n\r\n")
    assert b"chunked" not in head


async def test_who_waits_to_be_told_is_told_to_send_the_body() -> None:
    sends = POST + b"expect: 100-continue\r\ncontent-length: 5\r\n\r\n"
    found, _, heard = await sent_to(patient([]), sends, b"hello")
    assert (found, heard.requests[0][3]) == ([100, 200], b"hello")


def spoiled(random: Random, sound: bytes) -> bytes:
    """Requests with some bytes changed, doubled, or left out."""
    made = bytearray(sound)
    for _ in range(random.randrange(1, 6)):
        at = random.randrange(len(made))
        made[at : at + random.randrange(4)] = random.choice(
            [b"", b"\r\n", b"\n", b" ", b":", b"\0", b"5", random.randbytes(3)]
        )
    return bytes(made)


async def test_garbage_makes_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    random = Random(6)  # noqa: S311  # no secret
    sound = POST + b"content-length: 5\r\n\r\nhello" + CHUNKED + b"5;a=b\r\nhello\r\n0\r\ny: z\r\n\r\n" + GET + b"\r\n"
    heard = Heard()
    async with listening(patient(["127.0.0.1"]), heard) as port:
        told = await asyncio.gather(*(spoken(port, [spoiled(random, sound)], until=1) for _ in range(400)))
    assert {status for answered, _ in told for status in statuses(answered)} == {200, 400}
    assert tracebacks(caplog.records) == []
    assert all(closed for answered, closed in told if 400 in statuses(answered))
