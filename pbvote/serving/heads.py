"""Which requests are taken, by their heads: only those that can be read in one way.

llhttp reads them, with none of its leniencies, and what it leaves open is settled here: exactly one host, no coding of
bodies but chunks, a bound. The rest is refused, for a proxy may have read it in the other way.
"""

from __future__ import annotations

from itertools import chain

# A request's line and headers together, and whatever else is no body: a chunk's line, trailers. Browsers and proxies
# send 2 KB, and hardly anybody takes more than 16 KB.
MOST_BESIDE = 16 * 1024
VERSIONS = frozenset({"1.0", "1.1"})


class RefusedError(Exception):
    """What was sent is no request that we take. `status` says why."""

    def __init__(self, status: int) -> None:
        self.status = status


def check(version: str, target: bytes, headers: list[tuple[bytes, bytes]], *, upgrades: bool) -> None:
    """Refuse what llhttp lets pass. Raises RefusedError, with 431 if it is too long and 400 otherwise.

    The names of `headers` are in small letters. `upgrades` is a request that asks for another protocol.
    """
    names = [name for name, _ in headers]
    if len(target) + sum(map(len, chain.from_iterable(headers))) > MOST_BESIDE:
        raise RefusedError(431)
    is_http = version in VERSIONS and target.startswith(b"/") and b"#" not in target
    has_host = names.count(b"host") == 1 or (version == "1.0" and b"host" not in names)  # RFC 9112, 3.2
    if not (is_http and has_host):
        raise RefusedError(400)
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (version == "1.0" or codings != [b"chunked"]):  # RFC 9112, 6.1
        raise RefusedError(400)
    if upgrades and (codings or b"content-length" in names):  # its body would not be read
        raise RefusedError(400)
