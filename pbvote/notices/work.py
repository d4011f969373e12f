"""What runs beside the requests: it finds out who is to be told what, and sends what waits."""

from __future__ import annotations

import asyncio
import logging

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.notices.mailers import Mailer
from pbvote.notices.recorded import queue_recorded
from pbvote.notices.sending import send_waiting
from pbvote.notices.writing import Writer

EVERY_SECONDS = 5.0
RECORDED_EVERY = 12  # passes: going through all electors of a large round takes a while
log = logging.getLogger("pbvote.notices")


async def write_for_ever(database: Database, keys: Keys, writer: Writer, mailer: Mailer) -> None:
    """Write and send until cancelled; a failure is logged and tried again."""
    passes = 0
    while True:
        try:
            if passes % RECORDED_EVERY == 0:
                await queue_recorded(database, keys, writer)
            await send_waiting(database, keys, mailer, writer.partnership)
        except Exception as error:  # noqa: BLE001  # the database may be away for a while
            log.error("e-mail failed, trying again: %s", type(error).__name__)  # noqa: TRY400
        passes += 1
        await asyncio.sleep(EVERY_SECONDS)
