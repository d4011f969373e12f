"""The sockets that are listened on: opened once, by the first process, and handed on to those that answer."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from pbvote.errors import SettingsError
from pbvote.settings import Settings

NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})  # a name's IPv6 address on a machine without IPv6


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
