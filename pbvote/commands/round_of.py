"""What commands do with one round: find it by its slug, look at it, or change it in a transaction of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import rich_click as click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.commands.running import with_database
from pbvote.db import Database
from pbvote.errors import NotFound
from pbvote.forums.service import is_slug
from pbvote.keys import Keys, read_keys
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.service import lock
from pbvote.settings import Settings

which_vote = click.option(
    "--vote", type=click.IntRange(1, 2), help="Which vote of ROUND, where it has two; by default the one that is next."
)
Verb = Callable[[AsyncSession, Round], Awaitable[None]]


def keys_of(settings: Settings) -> Keys:
    """The keys of this installation. Raises SettingsError."""
    return read_keys(settings.keys_dir)


def look_at_round(settings: Settings, slug: str) -> Round:
    """The round with this slug, drafts too. Raises NotFound."""

    async def look(database: Database) -> Round:
        async with database.session(write=False) as db:
            return await _found(db, slug)

    return with_database(settings, look)


def change_round(settings: Settings, slug: str, verb: Verb) -> Round:
    """The round after a verb has changed it, under a lock of its row. Raises NotFound."""

    async def change(database: Database) -> Round:
        async with database.session(write=True) as db:
            round_ = await lock(db, await _found(db, slug))
            await verb(db, round_)
            return round_

    return with_database(settings, change)


def poll_of(round_: Round, position: int | None) -> Poll:
    """The round's poll of that position, or the current one. Raises NotFound."""
    return round_.poll if position is None else round_.poll_at(position)


async def _found(db: AsyncSession, slug: str) -> Round:
    round_ = await db.scalar(select(Round).where(Round.slug == slug)) if is_slug(slug) else None
    if round_ is None:
        raise NotFound(f"There is no round {slug[:60]!r}; expected the last part of its address, /en/r/ROUND.")
    return round_
