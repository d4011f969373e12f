"""Clients that send slowly, or nothing, or too much, or read nothing: each loses its connection, and nobody else does.

The controls ask the same of uvicorn's own protocol, or without the bound, and see the client stay.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pbvote.accounts import passwords
from pbvote.errors import TryAgain
from pbvote.serving import deadlines, patience
from pbvote.serving.protocol import patient
from tests.campaigns.serving import free_port

PATIENCE = 20.0  # seconds until a test gives up
LONG = 1.0  # many times the deadlines below: who is still connected then stays
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
MUCH = 32 * 2**20


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadlines of the real server, a hundred times as short."""
    monkeypatch.setattr(deadlines, "HEADERS_SECONDS", 0.1)
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(deadlines, "READING_SECONDS", 0.2)
    monkeypatch.setattr(deadlines, "LINGER_SECONDS", 0.05)
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.02)


async def app(scope: Any, receive: Any, send: Any) -> None:  # ASGI's own types
    """Reads a body to its end, answers much to `/much`, and refuses to read at `/refuse`."""
    path, more = scope["path"], scope["path"] != "/refuse"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message["more_body"]
    body = b"x" * (MUCH if path == "/much" else 2)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413 if path == "/refuse" else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@asynccontextmanager
async def serving(http: type[asyncio.Protocol]) -> AsyncIterator[int]:
    """A server with this protocol; its port."""
    port = free_port()
    config = uvicorn.Config(app, port=port, http=http, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells it no other way
        await asyncio.sleep(0)
    yield port
    server.should_exit = server.force_exit = True
    await task


@asynccontextmanager
async def client(port: int, sends: bytes = b"", small: int | None = None) -> AsyncIterator[Any]:
    """A connection that has sent something; (reader, writer). `small` is how much it takes in without reading."""
    connected = socket.socket()
    if small:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, small)
    connected.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connected, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=connected, limit=small or 2**16)
    writer.write(sends)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def is_closed(reader: asyncio.StreamReader, within: float = PATIENCE) -> bool:
    """Whether the server hangs up within so many seconds."""
    try:
        async with asyncio.timeout(within):
            while await reader.read(2**16):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


async def drip(writer: asyncio.StreamWriter, what: bytes = b"x") -> None:
    """Send a little now and then, until the server has had enough."""
    with suppress(ConnectionError):
        while not writer.is_closing():
            writer.write(what)
            await writer.drain()
            await asyncio.sleep(0.01)


async def answers(port: int) -> bool:
    """Whether somebody else is answered meanwhile."""
    async with client(port, GET) as (reader, _):
        line: bytes = await asyncio.wait_for(reader.readline(), PATIENCE)
        return line.startswith(b"HTTP/1.1 200")


SLOW: dict[str, tuple[bytes, bytes | None]] = {
    "connects and says nothing": (b"", None),
    "sends headers byte by byte": (b"GET / HTTP/1.1\r\nx: ", b"x"),
    "sends the next headers byte by byte": (GET + b"GET / HTTP/1.1\r\nx: ", b"x"),
    "sends the body byte by byte": (POST, b"x"),
    "stops in the middle of the body": (POST + b"x" * 500, None),
}


async def stays(http: type[asyncio.Protocol], sends: bytes, drops: bytes | None) -> bool:
    """Whether a slow client is still connected after a long time; others are answered all the while."""
    async with serving(http) as port, client(port, sends) as (reader, writer):
        dripping = asyncio.create_task(drip(writer, drops)) if drops else None
        assert await answers(port)
        closed = await is_closed(reader, LONG if http is HttpToolsProtocol else PATIENCE)
        if dripping:
            dripping.cancel()
        return not closed


@pytest.mark.parametrize("attack", SLOW)
async def test_who_sends_slowly_loses_the_connection(attack: str) -> None:
    assert not await stays(patient([]), *SLOW[attack])


@pytest.mark.parametrize("attack", SLOW)
async def test_without_the_deadlines_the_slow_client_stays(attack: str) -> None:
    assert await stays(HttpToolsProtocol, *SLOW[attack])


async def test_who_reads_nothing_loses_the_connection() -> None:
    http = patient([])
    async with serving(http) as port, client(port, b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n", small=4096):
        await until(lambda: http.shared.connections)
        assert await answers(port)
        await until(lambda: not http.shared.connections)


async def test_without_the_deadline_who_reads_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "READING_SECONDS", 10**6)
    http = patient([])
    async with serving(http) as port, client(port, b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n", small=4096):
        await until(lambda: http.shared.connections)
        with pytest.raises(TimeoutError):
            await until(lambda: not http.shared.connections, LONG)


async def test_a_body_without_end_is_not_listened_to_once_it_was_refused() -> None:
    sends = b"POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n"
    async with serving(patient([])) as port, client(port, sends) as (reader, writer):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")
        dripping = asyncio.create_task(drip(writer, b"x" * 1000))
        assert await is_closed(reader)
        dripping.cancel()


async def test_an_honest_client_keeps_its_connection() -> None:
    async with serving(patient([])) as port, client(port) as (reader, writer):
        for _ in range(5):
            writer.write(POST + b"x" * 1000)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            await reader.readuntil(b"\r\n\r\nxx")
            assert not await is_closed(reader, 0.2)


async def test_after_a_refused_body_that_is_small_the_connection_is_used_again() -> None:
    sends = b"POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
    async with serving(patient([])) as port, client(port, sends) as (reader, writer):
        assert (await reader.readuntil(b"\r\n\r\nxx")).startswith(b"HTTP/1.1 413")
        writer.write(b"x" * 1000 + GET)
        assert (await reader.readuntil(b"\r\n\r\nxx")).startswith(b"HTTP/1.1 200")
        assert not await is_closed(reader, 0.2)


@pytest.mark.parametrize("sends", [GET, b"POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nxxx"])
async def test_a_connection_that_is_not_used_any_more_is_closed(sends: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    http = patient([])
    async with serving(http) as port, client(port, sends) as (reader, _):
        await reader.readuntil(b"\r\n\r\nxx")
        assert not await is_closed(reader, 0.2)
        [one] = http.shared.connections
        monkeypatch.setattr(one, "timeout_keep_alive", 0.1)
        assert await is_closed(reader)


async def test_when_all_connections_are_taken_the_one_that_has_waited_longest_makes_room() -> None:
    http = patient(["127.0.0.1"], most=3)
    async with serving(http) as port, client(port, GET) as (oldest, _):
        await oldest.readuntil(b"xx")
        async with client(port, GET) as (second, _), client(port, GET) as (third, _):
            await second.readuntil(b"xx")
            await third.readuntil(b"xx")
            assert await answers(port)
            assert await is_closed(oldest)
            assert len(http.shared.connections) <= 3


async def test_when_all_are_at_work_one_more_is_told_to_come_again() -> None:
    http = patient(["127.0.0.1"], most=2)
    async with serving(http) as port, client(port, POST) as (first, _), client(port, POST) as (second, _):
        await until(lambda: len([one for one in http.shared.connections if not one.is_waiting]) == 2)
        async with client(port, GET) as (third, _):
            assert (await third.readline()).startswith(b"HTTP/1.1 503")
            assert await is_closed(third)
        del first, second


@pytest.mark.parametrize(("trusted", "served"), [([], 2), (["127.0.0.1"], 3)])
async def test_one_address_has_half_of_the_connections_unless_it_is_our_proxy(
    trusted: list[str], served: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "HEADERS_SECONDS", 10**6)
    http = patient(trusted, most=4)
    async with serving(http) as port, client(port), client(port), client(port):
        await until(lambda: len(http.shared.connections) == served)
        assert http.shared.by_address["127.0.0.1"] == served


def test_addresses_of_one_ipv6_network_are_one() -> None:
    assert patience.network_of("2001:db8::1") == patience.network_of("2001:db8::2:1")  # the rule itself
    assert patience.network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert patience.network_of("2001:db8:0:1::1") != patience.network_of("2001:db8::1")


async def test_more_sign_ins_than_may_wait_are_asked_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MOST_WAITING", 4)
    asked = [passwords.matches("a wrong password", None) for _ in range(50)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    refused = [result for result in results if isinstance(result, TryAgain)]
    assert len(refused) == 50 - 4 - passwords.AT_ONCE
    assert all(error.retry_after == passwords.AGAIN_SECONDS for error in refused)
    assert not await passwords.matches("a wrong password", None)


async def test_passwords_are_checked_by_few_threads_that_step_back() -> None:
    seen: set[tuple[int, int]] = set()

    def look() -> None:
        number = threading.get_native_id()
        seen.add((number, os.getpriority(os.PRIO_PROCESS, number)))

    await asyncio.gather(*(passwords._run(look) for _ in range(20)))  # where it runs is the point
    assert len({number for number, _ in seen}) <= passwords.AT_ONCE
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert {niceness for _, niceness in seen} == {max(mine, passwords.NICENESS)}


async def until(holds: Callable[[], Any], within: float = PATIENCE) -> None:
    """Wait until something holds. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110  # what is waited for is the server's
            await asyncio.sleep(0.005)
