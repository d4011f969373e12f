"""What tests need to have in the house: forums, people, sign-ins. Plain functions, named as the domain."""

from __future__ import annotations

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.service import add_account, grant_role
from pbvote.db import Database
from pbvote.forums.models import Forum, ForumArea

PASSWORD = "a long enough password"


async def make_forum(db: AsyncSession, slug: str = "harbourside", **changes: object) -> Forum:
    """A community forum in TS1 2."""
    values: dict[str, object] = {
        "slug": slug,
        "name": f"{slug.title()} Community Forum",
        "kind": "community",
        "description": "The streets around the harbour.",
        "population": 9_400,
        "contact_email": "forum@example.org",
        "contact_phone": "01632 960 123",
        "timezone": "Europe/London",
        "language": "en",
    }
    forum = Forum(**(values | changes), areas=[ForumArea(prefix="TS1 2")])
    db.add(forum)
    await db.flush()
    return forum


async def make_account(db: AsyncSession, email: str, *grants: tuple[str, str], administrator: bool = False) -> None:
    """An account whose roles are pairs of forum slug and role."""
    name = email.split("@", 1)[0].title()
    await add_account(db, email=email, name=name, password=PASSWORD, administrator=administrator)
    for forum, role in grants:
        await grant_role(db, email=email, forum_slug=forum, role=role)


async def make_people(database: Database) -> None:
    """One forum with one person for each role, a second officer, and an organiser of another forum."""
    async with database.session(write=True) as db:
        await make_forum(db)
        await make_forum(db, "castle-hill", name="Castle Hill Area Forum", kind="area")
        for role in ("organiser", "officer", "clerk", "scrutineer"):
            await make_account(db, f"{role}@example.org", ("harbourside", role))
        await make_account(db, "second@example.org", ("harbourside", "officer"))
        await make_account(
            db,
            "elsewhere@example.org",
            *(("castle-hill", role) for role in ("organiser", "officer", "clerk", "scrutineer")),
        )
        await make_account(db, "admin@example.org", administrator=True)


async def sign_in(client: httpx.AsyncClient, email: str) -> None:
    """Sign this browser in."""
    answer = await client.post("/api/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
