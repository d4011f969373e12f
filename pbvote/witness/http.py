"""The log of a vote over HTTP, with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pbvote.witness.looking import Refused, Shown, Unable

TIMEOUT_SECONDS = 30
MOST_BYTES = 1_000_000
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
HASH = re.compile(r"[0-9a-f]{64}")
POLL = re.compile(rf"/api/polls/({UUID})(?:/.*)?")
ROUND = re.compile(r"/(?:api/rounds|[a-z]{2,3}(?:-[A-Za-z]+)?/r)/([a-z0-9-]+)(?:/.*)?")
EXPECTED = "expected the address of a round or of its log, such as https://vote.example.org/en/r/spring-2026/log"
BUSY = frozenset({404, 408, 429})  # answers that say nothing of the log


@dataclass(frozen=True, slots=True)
class HttpLog:
    """The log of the poll at `address`, which ends in `/api/polls/ID`."""

    address: str

    def shown(self) -> Shown:
        """The log at its newest checkpoint."""
        found = _json(f"{self.address}/log")
        texts = [found.get(name) for name in ("origin", "log_key", "checkpoint")]
        if not all(isinstance(text, str) for text in texts):
            raise Unable(f"What {self.address}/log answers is not a log of pbvote.")
        return Shown(*map(str, texts))

    def consistency(self, first: int, second: int) -> Sequence[bytes]:
        """The proof that the log of the second size begins with that of the first."""
        found = _json(f"{self.address}/log/consistency?{urlencode({'first': first, 'second': second})}")
        proof = found.get("proof")
        if not isinstance(proof, list) or not all(isinstance(one, str) and HASH.fullmatch(one) for one in proof):
            raise Refused("what it answers is not a proof")
        return [bytes.fromhex(one) for one in proof]

    def add_cosignature(self, note: str) -> list[str]:
        """Hand in a countersigned checkpoint; the names of all who have signed it."""
        found = _json(f"{self.address}/log/cosignatures", {"note": note})
        return [str(name) for name in found.get("witnesses", [])]


def log_at(url: str) -> HttpLog:
    """The log that an address of a round leads to. Raises Unable, and Refused where there is no such round."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise Unable(f"{url[:200]} is no address that begins with https://; {EXPECTED}.")
    base, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    if found := POLL.fullmatch(path):
        return HttpLog(f"{base}/api/polls/{found[1]}")
    if not (found := ROUND.fullmatch(path)):
        raise Unable(f"{url[:200]} leads to no log; {EXPECTED}.")
    poll = _json(f"{base}/api/rounds/{quote(found[1])}").get("poll")
    poll_id = poll.get("id") if isinstance(poll, dict) else None
    if not isinstance(poll_id, str) or not re.fullmatch(UUID, poll_id):
        raise Unable(f"What {base} says of this round cannot be read.")
    return HttpLog(f"{base}/api/polls/{poll_id}")


class _StayHere(HTTPRedirectHandler):
    """A witness asks whom it was told to ask, and nobody else."""

    def redirect_request(  # as the standard library has it
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow no redirection."""


def _json(address: str, body: object = None) -> dict[str, Any]:
    """The object that an address answers. Raises Unable and Refused."""
    headers = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "pbvote-witness"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with build_opener(_StayHere).open(Request(address, data, headers), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  # `log_at` lets only https and this machine pass
            content = answer.read(MOST_BYTES + 1)
    except HTTPError as error:
        with error:
            raise _of_status(address, error.code, error.read(MOST_BYTES)) from None
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise Unable(f"{address} cannot be reached: {reason or type(error).__name__}.") from None
    found = _decoded(content) if len(content) <= MOST_BYTES else None
    if found is None:
        raise Unable(f"What {address} answers cannot be read.")
    return found


def _of_status(address: str, status: int, content: bytes) -> Unable | Refused:
    """A refusal, in the words of the service."""
    found = _decoded(content) or {}
    said = " ".join(str(found.get("detail", f"it answers with status {status}")).split())[:500]
    refused = 400 <= status < 500 and status not in BUSY  # noqa: PLR2004  # what the client has asked for
    return Refused(said) if refused else Unable(f"{address} gives no answer now: {said}")


def _decoded(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
