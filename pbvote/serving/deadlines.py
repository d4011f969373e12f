"""How long a client may take, and what it is called when it takes longer: the reason for which it is cut off.

Each function says why a connection has to be closed, or nothing. The time is in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

# A request's headers fit into one packet, which the worst telephone network delivers within seconds (TCP sends again
# what was lost after 1, 3 and 7 seconds).
HEADERS_SECONDS = 10.0
# A body comes at this rate at least, on average, after the same time: 64 KB of JSON take half a minute at most, a photo
# of 12 MB three quarters of an hour. The slowest mobile network in use (EDGE) sends five times as fast.
BODY_SECONDS, BODY_BYTES_A_SECOND = 10.0, 4_000
# An answer that nobody reads any byte of for so long is given up.
READING_SECONDS = 30.0
# Who still sends after the answer (a body that was too large) has so long to read it: a client that is cut off while it
# sends may never learn why.
LINGER_SECONDS = 2.0
# Longer than proxies keep an unused connection (nginx: 60 s), so that it is they who close it, and never we while they
# send.
KEEP_ALIVE_SECONDS = 75


@dataclass(slots=True)
class Unread:
    """Bytes of answers that lie here for a client to read: how many at the last look, and since when."""

    size: int = 0
    since: float = 0.0

    def overdue(self, size: int, moment: float) -> str:
        """Whether nothing has been read of them for a long time; `size` of them are here at this `moment`."""
        if not size or size != self.size:
            self.size, self.since = size, moment
        return "not read" if size and moment - self.since > READING_SECONDS else ""


def slow_headers(waited: float) -> str:
    """Of a request whose head is not whole yet."""
    return "slow headers" if waited > HEADERS_SECONDS else ""


def slow_body(waited: float, came: int) -> str:
    """Of a request whose body is not whole yet; so many bytes of it came."""
    return "slow body" if waited - BODY_SECONDS > came / BODY_BYTES_A_SECOND else ""


def body_after_the_answer(waited: float) -> str:
    """Of a request that was answered before it was whole."""
    return "body after the answer" if waited > LINGER_SECONDS else ""
