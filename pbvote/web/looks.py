"""What this process shows: pages in the looks that an administrator chose, read anew every few seconds.

Several processes may serve one database; whichever took the change shows it at once, the others within seconds.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import State

from pbvote.db import Database
from pbvote.installation.service import branding_now
from pbvote.web.pages import Site, dressed
from pbvote.web.plain import dressed_plain

EVERY_SECONDS = 5.0
log = logging.getLogger("pbvote.web")


@dataclass(slots=True)
class Shown:
    """The site as this process shows it now."""

    site: Site


async def refresh(state: State) -> None:
    """Show the looks that are chosen now; if the database does not answer, those from before stay."""
    database: Database = state["database"]
    shown: Shown = state["shown"]
    try:
        async with database.session(write=False) as db:
            branding = await branding_now(db, state["settings"].partnership)
    except Exception as error:  # noqa: BLE001  # the database may be away for a while
        log.error("reading the looks failed, trying again: %s", type(error).__name__)  # noqa: TRY400
        return
    if branding.version != shown.site.looks:
        shown.site = await asyncio.to_thread(dressed, shown.site, branding)
        state["plain"] = dressed_plain(state["plain"], shown.site)
        state["reading"].forget()


async def show_looks(request: Request[Any, Any, Any]) -> None:
    """After a change was answered, and so committed: show it."""
    await refresh(request.app.state)


async def follow_looks(state: State) -> None:
    """Show what was chosen through other processes, until cancelled."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await refresh(state)
