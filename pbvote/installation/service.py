"""Reading and writing what was chosen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.installation.branding import USUAL, Branding
from pbvote.installation.models import InstallationValue
from pbvote.installation.retention import kept_for

BRANDING, RETENTION, SECOND_STEP = "branding", "retention", "second_step"


async def chosen(db: AsyncSession, name: str) -> dict[str, Any]:
    """What was chosen under a name; nothing if nothing was."""
    row = await db.get(InstallationValue, name)
    return dict(row.value) if row else {}


async def choose(db: AsyncSession, name: str, value: dict[str, Any]) -> None:
    """Write a choice. No check and no event: for verbs that have made their own."""
    row = await db.get(InstallationValue, name, with_for_update=True)
    if row is None:
        db.add(InstallationValue(name=name, value=value))
    else:
        row.value = value
    await db.flush()


async def kept(db: AsyncSession, name: str) -> timedelta:
    """How long something of `retention.KEPT` is kept."""
    return kept_for(await chosen(db, RETENTION), name)


async def branding_now(db: AsyncSession, usual_name: str) -> Branding:
    """The looks as they were chosen; what was not is as usual."""
    found = await chosen(db, BRANDING)
    return Branding(found.get("name") or usual_name, {**USUAL, **found.get("colours", {})})
