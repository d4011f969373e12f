"""The release and its database: the schema, durability, the connections."""

from __future__ import annotations

import sys

from pbvote import __version__
from pbvote.db import unfinished_migrations
from pbvote.durability import problems
from pbvote.operations import surroundings
from pbvote.operations.checks.finding import GOOD, LOOK, WRONG, Case, Finding

CONNECTIONS_LOOK = 0.8


async def release(case: Case) -> list[Finding]:
    """Which release runs, on what."""
    async with case.database.session(write=False) as db:
        server = await surroundings.database_version(db)
    python = ".".join(map(str, sys.version_info[:3]))
    return [Finding("release", GOOD, f"pbvote {__version__} on Python {python} and {server}.")]


async def schema(case: Case) -> list[Finding]:
    """Whether the database's schema is that of this release."""
    if await unfinished_migrations(case.database.engine):
        remedy = "Make a backup, then run `pbvote migrate`."
        return [Finding("schema", WRONG, "The database's schema is not that of this release.", remedy)]
    return [Finding("schema", GOOD, "The database's schema is that of this release.")]


async def durability(case: Case) -> list[Finding]:
    """Whether what is committed survives a power cut."""
    remedy = "Change the database's configuration as the sentence says; docs/operating.md has it under Durability."
    found = [Finding("durability", WRONG, problem, remedy) for problem in await problems(case.database)]
    return found or [Finding("durability", GOOD, "What is committed survives a power cut.")]


async def connections(case: Case) -> list[Finding]:
    """Whether PostgreSQL's connections run short."""
    if case.settings.embedded:
        return []
    async with case.database.session(write=False) as db:
        used, most = await surroundings.connections(db)
    sentence = f"{used} of {most} connections of PostgreSQL are in use."
    if used > CONNECTIONS_LOOK * most:
        remedy = "Raise max_connections, or run fewer processes: each opens up to twenty, and a few of its own."
        return [Finding("connections", LOOK, sentence, remedy)]
    return [Finding("connections", GOOD, sentence)]
