"""A lived-in installation to try requests on: the demo partnership with rounds in every phase, and people in each role.

Two forums with a staff of their own (A and B), a scrutineer of A, an administrator, and voters with codes that work.
Everything that has an id or a slug is known, so that requests reach what is there and not only "not found".
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, text

from pbvote.accounts.models import Account, Login, RoleGrant, SecondStep
from pbvote.accounts.service import add_account
from pbvote.db import Database, connect, migrate, now
from pbvote.demo.build import build
from pbvote.forums.models import Forum
from pbvote.installation.models import InstallationValue
from pbvote.keys import Keys, make_keys, read_keys
from pbvote.settings import read_settings
from tests.campaigns.town import Town

PASSWORD = "a long enough password"
STAFF = ("organiser", "officer", "clerk")
A, B = "harbourside", "castle-hill"
# Who asks: the roles in a forum of the account, or None for who has no account.
ROLES: dict[str, tuple[str, tuple[str, ...]] | None] = {
    "anonymous": None,
    "voter": None,
    "officer of A": (A, STAFF),
    "officer of B": (B, STAFF),
    "scrutineer": (A, ("scrutineer",)),
    "administrator": ("", ()),
}
# Which column holds what a parameter of this name stands for, in addresses and in bodies.
COLUMNS = {
    "round_slug": "SELECT slug FROM rounds",
    "forum_slug": "SELECT slug FROM forums",
    "poll_id": "SELECT id FROM polls",
    "number": "SELECT DISTINCT number FROM proposals",
    "batch_id": "SELECT id FROM code_batches",
    "comment_id": "SELECT id FROM comments",
    "question_id": "SELECT id FROM questions",
    "guest_id": "SELECT id FROM night_guests",
    "remark_id": "SELECT id FROM proposal_notes UNION SELECT id FROM panel_feedback",
    "attachment_id": "SELECT id FROM attachments",
    "invite_id": "SELECT id FROM invites",
    "approves": "SELECT id FROM approvals",
    "outcome_id": "SELECT id FROM outcomes",
    "category": "SELECT DISTINCT category FROM proposals",
    "reference": "SELECT 'TS1-0001' UNION SELECT 'TS1-0002'",
    "name": "SELECT DISTINCT name FROM publication_files",
}
SYNONYMS = {"round": "round_slug", "forum": "forum_slug", "slug": "round_slug"}


@dataclass(frozen=True, slots=True)
class World:
    """`env` are the settings of its server, `known` what stands behind each name, as it is sent."""

    folder: Path
    env: Mapping[str, str]
    known: Mapping[str, list[Any]]

    @property
    def keys(self) -> Keys:
        """Its keys."""
        return read_keys(Path(self.env["PBVOTE_KEYS_DIR"]))


async def build_world(folder: Path, database_url: str | None = None) -> World:
    """Make one in this folder, or in an empty PostgreSQL database. It takes half a minute."""
    (folder / "data").mkdir(parents=True)
    url = database_url or f"sqlite+aiosqlite:///{folder / 'data' / 'pbvote.db'}"
    env = {
        "PBVOTE_DATA_DIR": str(folder / "data"),
        "PBVOTE_KEYS_DIR": str(folder / "keys"),
        "PBVOTE_DATABASE_URL": url,
        "PBVOTE_BASE_URL": "https://vote.example.org",
        "PBVOTE_MAIL": f"file:{folder / 'mail'}",
        "PBVOTE_MAIL_FROM": "votes@tarnshire.example",
    }
    settings = read_settings(env)
    make_keys(settings.keys_dir, settings.name)
    await migrate(url)
    database = connect(url)
    try:
        codes = await build(database, read_keys(settings.keys_dir), datetime.now(UTC))
        return World(folder, env, await furnished(database, codes))
    finally:
        await database.close()


async def in_town(town: Town) -> World:
    """A small one: two forums, and one round whose vote is open."""
    database = connect(town.database_url)
    try:
        return World(town.folder, town.env, await furnished(database, town.codes[:20]))
    finally:
        await database.close()


async def furnished(database: Database, codes: list[str]) -> dict[str, list[Any]]:
    """Give the house its people; what stands behind each name that requests use."""
    async with database.session(write=True) as db:
        for role, granted in ROLES.items():
            if granted is not None:
                administrator = role == "administrator"
                await add_account(db, email=address(role), name=role, password=PASSWORD, administrator=administrator)
        await add_account(db, email="nobody@fuzz.example", name="Nobody", password=PASSWORD, administrator=False)
    known: dict[str, list[Any]] = {"code": codes, "password": [PASSWORD], "version": [1, 2, 3, 4, 5, 6, 7, 8]}
    async with database.session(write=False) as db:
        for name, query in COLUMNS.items():
            rows = (await db.scalars(text(query))).all()
            known[name] = [value if isinstance(value, int | str) and not _is_id(name) else _id(value) for value in rows]
        nobody = (await db.scalars(select(Account).where(Account.email == "nobody@fuzz.example"))).one()
        known["account_id"] = [str(nobody.id)]  # who may lose every role
    for name, meant in SYNONYMS.items():
        known[name] = known[meant]
    return known


def _is_id(name: str) -> bool:
    return name.endswith("_id") or name == "approves"


def _id(value: Any) -> str:  # as the driver gives it
    """A UUID as it is sent: SQLite keeps 32 digits, PostgreSQL an object."""
    digits = value.hex() if isinstance(value, bytes) else str(value).replace("-", "")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def address(role: str) -> str:
    """The e-mail address of a role."""
    return f"{role.replace(' ', '-').lower()}@fuzz.example"


async def let_in(database: Database, role: str) -> str:
    """The cookie of somebody who has just signed in, and has the roles again that they were given."""
    token = secrets.token_urlsafe(24)
    async with database.session(write=True) as db:
        account = (await db.scalars(select(Account).where(Account.email == address(role)))).one()
        account.active, account.administrator = True, role == "administrator"
        await db.execute(delete(SecondStep).where(SecondStep.account_id == account.id))
        await db.execute(delete(InstallationValue))  # such as that everybody needs a second step
        granted = ROLES[role]
        if granted and granted[0]:
            forum = (await db.scalars(select(Forum).where(Forum.slug == granted[0]))).one()
            for name in granted[1]:
                if await db.get(RoleGrant, (account.id, forum.id, name)) is None:
                    db.add(RoleGrant(account_id=account.id, forum_id=forum.id, role=name))
        moment = await now(db)
        db.add(
            Login(
                token_hash=hashlib.sha256(token.encode()).digest(),
                account_id=account.id,
                created_at=moment,
                expires_at=moment + timedelta(days=1),
            )
        )
    return token
