"""Steps that two officers take together, and what the log says of them."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.ballotbox.log import Leaf, read_leaf
from pbvote.ballotlog.models import LogCheckpoint, LogLeaf
from pbvote.ballotlog.service import leaves_of
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Approval, Round
from pbvote.voting.casting import Cast, Stored, cast
from tests.house import two_officers

SLUG = "harbourside-2026"
WHY = "The storm closed the library."
BOTH = ["Officer", "Second"]
Step = Callable[[AsyncSession, Round, Consent, Actor], Awaitable[Approval]]
_numbers = itertools.count(1)


async def round_in(db: AsyncSession, slug: str = SLUG) -> Round:
    """The round of that slug."""
    return (await db.scalars(select(Round).where(Round.slug == slug))).one()


async def ask(database: Database, step: Step, reason: str = WHY) -> Approval:
    """The first officer asks."""
    async with database.session(write=True) as db:
        round_ = await round_in(db)
        first, _ = await two_officers(db, round_)
        return await step(db, round_, Consent(None, reason), first)


async def approve(database: Database, step: Step, asked: UUID) -> Approval:
    """The second officer approves."""
    async with database.session(write=True) as db:
        round_ = await round_in(db)
        _, second = await two_officers(db, round_)
        return await step(db, round_, Consent(asked), second)


async def agreed(database: Database, step: Step, reason: str = WHY) -> Approval:
    """Both do."""
    return await approve(database, step, (await ask(database, step, reason)).id)


async def leaves(database: Database, poll: UUID) -> list[Leaf]:
    """The log of a vote."""
    async with database.session(write=False) as db:
        return [read_leaf(leaf) for leaf in await leaves_of(db, poll)]


async def vote(
    database: Database, keys: Keys, poll: UUID, codes: Sequence[str], *projects: int, at_once: bool = True
) -> list[Stored]:
    """Everybody votes for these projects, in one transaction or in one each."""
    sent = [Cast(code, Choice(projects, None), f"vote-of-this-test-{next(_numbers):06}") for code in codes]
    stored: list[Stored] = []
    for group in [sent] if at_once else [[one] for one in sent]:
        async with database.session(write=True) as db:
            results = await cast(db, keys, poll, group)
        for result in results:
            assert isinstance(result, Stored), result
            stored.append(result)
    return stored


async def without_guards(database: Database) -> None:
    """Take the triggers away that refuse to change a log, as the owner of the database can."""
    tables = (LogLeaf.__tablename__, LogCheckpoint.__tablename__)
    async with database.session(write=True) as db:
        for table in tables:
            if database.engine.dialect.name == "sqlite":
                for verb in ("UPDATE", "DELETE"):
                    await db.execute(sa.text(f"DROP TRIGGER {table}_no_{verb}"))
            else:
                await db.execute(sa.text(f"DROP TRIGGER {table}_append_only ON {table}"))
