"""`pbvote serve`."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import rich_click as click
import uvicorn

from pbvote.app import create_app
from pbvote.commands.running import database_is_durable, make_keys_of_a_new_installation, schema_is_there, settings_now
from pbvote.errors import SettingsError
from pbvote.settings import Settings

NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})  # a name's IPv6 address on a machine without IPv6


@click.command("serve")
def command() -> None:
    """Serve the website and its API.

    The embedded SQLite database is made and brought up to date by itself; a PostgreSQL one by `pbvote migrate`.
    """
    settings = settings_now()
    with listening(settings) as sockets:
        make_keys_of_a_new_installation(settings)
        asyncio.run(schema_is_there(settings))
        asyncio.run(database_is_durable(settings))
        serve(settings, sockets)


def serve(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    """Serve until interrupted."""
    config = uvicorn.Config(
        create_app(settings),
        proxy_headers=False,  # forwarded addresses are read by web/limits.py, from trusted proxies only
        server_header=False,
        access_log=False,  # who asked for what, and when, is nobody's business
        log_level="warning",
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    try:
        server.run(sockets=list(sockets))
    except KeyboardInterrupt:
        return
    if not server.started:
        sys.exit(1)


@contextmanager
def listening(settings: Settings) -> Iterator[list[socket.socket]]:
    """Sockets on every address of the host. Raises SettingsError if the host or the port cannot be had."""
    host, port = settings.host, settings.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise SettingsError(f"PBVOTE_HOST is {host!r}; expected an address of this machine.") from None
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                sockets.append(_bound(family, address))
            except OSError as error:
                if error.errno not in NOT_HERE:
                    raise SettingsError(f"Port {port} of {host} cannot be used: {error.strerror}.") from None
        if not sockets:
            raise SettingsError(f"PBVOTE_HOST is {host!r}; expected an address of this machine.")
        yield sockets
    finally:
        for opened in sockets:
            opened.close()


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made
