"""A town that votes: a real installation with one open vote by the real clock, its roll, and everybody's codes.

`build_town` makes one; `moved` copies it, so that each run of a campaign begins with a fresh one for little time.
"""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import connect, migrate
from pbvote.keys import make_keys, read_keys
from pbvote.rounds.models import Round
from pbvote.settings import Settings, read_settings
from tests.house import make_codes, make_people, make_round, open_the_vote
from tests.postgres import Cluster

BASE_URL = "https://vote.example.org"
SLUG = "harbourside-2026"
# Three of eight projects at most, or none: a ballot is as short as ballots are, and the choices differ.
DESIGN = {"kind": "approval", "min_choices": 1, "max_choices": 3, "total_points": None, "max_points": None}
COSTS = (100_00, 250_00, 400_00, 75_00, 120_00, 310_00, 60_00, 180_00)
MOST_CHOICES = 3


@dataclass(frozen=True, slots=True)
class Town:
    """`env` are the settings of its server (PBVOTE_*), `codes` those of its electors, `projects` the numbers to choose.

    Its officers are those of tests/house.py: officer@example.org and second@example.org, with the same password.
    """

    folder: Path
    env: dict[str, str]
    poll_id: UUID
    codes: list[str]
    slug: str
    projects: list[int]

    @property
    def database_url(self) -> str:
        """The SQLAlchemy address of its database."""
        return self.env["PBVOTE_DATABASE_URL"]

    @property
    def data(self) -> Path:
        """The data folder: on SQLite the database lies in it, as pbvote.db."""
        return Path(self.env["PBVOTE_DATA_DIR"])

    @property
    def settings(self) -> Settings:
        """The settings, as the server reads them."""
        return read_settings(self.env)

    def moved(self, folder: Path, database_url: str | None = None) -> Town:
        """A copy of this town, whose server does not run. On PostgreSQL `database_url` must hold a copy already."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.data, folder / "data", dirs_exist_ok=True)
        shutil.copytree(Path(self.env["PBVOTE_KEYS_DIR"]), folder / "keys", dirs_exist_ok=True)
        return replace(self, folder=folder, env=_env(folder, database_url))


class DayAgo:
    """The real time, a day ago, and from then on as told."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC) - timedelta(days=1, minutes=1)

    async def __call__(self, db: AsyncSession) -> datetime:
        del db
        return self.moment

    def advance(self, **difference: float) -> None:
        self.moment += timedelta(**difference)


async def build_town(
    folder: Path, electors: int, database_url: str | None = None, closes_in: timedelta = timedelta(days=14)
) -> Town:
    """A town in this folder whose vote opened a minute ago and closes so long from now.

    `database_url` names an empty database (PostgreSQL, see `new_database`); without one it is SQLite in the folder.
    """
    env, clock = _env(folder, database_url), DayAgo()
    settings = read_settings(env)
    settings.data_dir.mkdir(parents=True)
    make_keys(settings.keys_dir, settings.name)
    keys = read_keys(settings.keys_dir)
    await migrate(settings.database_url)
    database = connect(settings.database_url, clock)
    try:
        await make_people(database)
        await make_round(database, SLUG, costs=COSTS, design=DESIGN)
        async with database.session(write=True) as db:
            round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
            round_.voting_close_at = datetime.now(UTC) + closes_in
            round_.results_at = round_.voting_close_at + timedelta(days=5)
        codes = await make_codes(database, keys, SLUG, electors)
        poll_id = await open_the_vote(database, keys, clock, SLUG)
    finally:
        await database.close()
    return Town(folder, env, poll_id, codes, SLUG, list(range(1, len(COSTS) + 1)))


def new_database(cluster: Cluster, template: str | None = None) -> str:
    """The address of a new database in this cluster: empty, or a copy of another one that nobody is connected to."""
    name = f"town_{secrets.token_hex(8)}"
    with psycopg.connect(host=str(cluster.folder), user="postgres", autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(name_of(template) or "template1")))
    return cluster.url(name)


def drop_database(cluster: Cluster, url: str) -> None:
    """Remove a database, whoever is connected to it."""
    with psycopg.connect(host=str(cluster.folder), user="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name_of(url))))


def name_of(url: str | None) -> str:
    """The name of the database in a SQLAlchemy address, or none."""
    return urlsplit(url).path.removeprefix("/") if url else ""


def save(town: Town) -> None:
    """Write down what a town is, into its folder."""
    told = {"poll_id": str(town.poll_id), "codes": town.codes, "database_url": town.database_url}
    (town.folder / "town.json").write_text(json.dumps(told))


def load(folder: Path) -> Town:
    """The town that was saved in this folder."""
    told = json.loads((folder / "town.json").read_text())
    url = told["database_url"] if told["database_url"].startswith("postgresql") else None
    return Town(folder, _env(folder, url), UUID(told["poll_id"]), told["codes"], SLUG, list(range(1, len(COSTS) + 1)))


def _env(folder: Path, database_url: str | None) -> dict[str, str]:
    return {
        "PBVOTE_DATA_DIR": str(folder / "data"),
        "PBVOTE_KEYS_DIR": str(folder / "keys"),
        "PBVOTE_DATABASE_URL": database_url or f"sqlite+aiosqlite:///{folder / 'data' / 'pbvote.db'}",
        "PBVOTE_BASE_URL": BASE_URL,
        "PBVOTE_PARTNERSHIP": "Tarnshire Partnership",
    }
