"""What runs beside the requests: guests are forgotten when their time has come."""

from __future__ import annotations

import asyncio
import logging

from pbvote.db import Database
from pbvote.nights.guests import forget_guests, something_to_forget
from pbvote.voting.jumps import Watch, is_believed

EVERY_SECONDS = 600.0
log = logging.getLogger("pbvote.nights")


async def forget_past_guests(database: Database) -> None:
    """Delete the guests of nights that are thirty days past; asked first, because writing waits for writers."""
    async with database.session(write=False) as db:
        if not await something_to_forget(db):
            return
    async with database.session(write=True) as db:
        await forget_guests(db)


async def forget_for_ever(database: Database) -> None:
    """Forget until cancelled, but nobody by a clock that has just jumped; a failure is logged and tried again."""
    watch = Watch()
    while True:
        try:
            if await is_believed(database, watch):
                await forget_past_guests(database)
        except Exception as error:  # noqa: BLE001  # the database may be away for a while
            log.error("forgetting guests failed, trying again: %s", type(error).__name__)  # noqa: TRY400
        await asyncio.sleep(EVERY_SECONDS)
