"""What runs beside the requests where the installation sends e-mail: it tells followers, and forgets what is over."""

from __future__ import annotations

import asyncio
import logging

from pbvote.db import Database
from pbvote.following.telling import forget_what_is_over, send_daily, tell
from pbvote.following.writing import FollowWriter
from pbvote.keys import Keys
from pbvote.voting.jumps import Watch, is_believed

EVERY_SECONDS = 15.0
FORGET_EVERY = 240  # passes, about an hour
log = logging.getLogger("pbvote.following")


async def tell_for_ever(database: Database, keys: Keys, writer: FollowWriter) -> None:
    """Tell followers until cancelled; a failure is logged and tried again."""
    watch, passes = Watch(), 0
    while True:
        try:
            await tell(database, keys, writer)
            await send_daily(database, keys, writer)
            if await is_believed(database, watch) and passes % FORGET_EVERY == 0:
                await forget_what_is_over(database)
        except Exception as error:  # noqa: BLE001  # the database may be away for a while
            # Never its words, which may hold an address.
            log.error("telling followers failed, trying again: %s", type(error).__name__)  # noqa: TRY400
        passes += 1
        await asyncio.sleep(EVERY_SECONDS)
