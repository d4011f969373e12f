"""Jumps of the clock that decides: whether it goes as it should, by this machine's count of seconds.

What the clock begins and ends cannot be undone: a vote that was closed stays closed, and what was deleted is gone. So
when it jumps, nothing of that is written for a while. If somebody puts the clock right meanwhile, nothing has happened;
otherwise it is believed. What it says is obeyed all the same: nothing is cast after the close, whatever led to it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from pbvote.db import Database, now

JUMP = 60.0  # seconds by which the clock may go wrong between two looks
SETTLES = 600.0  # seconds after which a clock that jumped is believed
log = logging.getLogger("pbvote.timekeeper")


@dataclass(slots=True)
class Watch:
    """Looks at the clock now and then. `ahead` is how far it was before the count of seconds when it was believed.

    `seen` is where it jumped to, and `since` when.
    """

    ahead: float | None = None
    seen: float = 0.0
    since: float | None = None

    def believes(self, moment: datetime, count: float | None = None) -> bool:
        """Whether what the clock says may be written down. `count` are seconds from any beginning, by default ours."""
        count = monotonic() if count is None else count
        ahead = moment.timestamp() - count
        if self.ahead is None or abs(ahead - self.ahead) <= JUMP:
            if self.since is not None:
                log.warning("the clock was put right")
            self.ahead, self.since = ahead, None
            return True
        if self.since is None or abs(ahead - self.seen) > JUMP:
            detail = "the clock jumped by %d seconds: for %d seconds nothing is opened, closed or deleted by it"
            log.error(detail, round(ahead - self.ahead), SETTLES)
            self.seen, self.since = ahead, count
        elif count - self.since >= SETTLES:
            log.warning("the clock that jumped is believed from now on")
            self.ahead, self.since = ahead, None
            return True
        return False


async def is_believed(database: Database, watch: Watch) -> bool:
    """Whether what the database's clock says now may be written down."""
    async with database.session(write=False) as db:
        return watch.believes(await now(db))
