"""What an administrator chooses for the installation: its looks, how long things are kept, and who needs codes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.accounts.second_step import is_on
from pbvote.audit.events.administration import BrandingChanged, RetentionChanged, SecondStepRequired
from pbvote.audit.service import record
from pbvote.errors import InputIsWrong, Reason
from pbvote.installation import retention
from pbvote.installation.branding import Branding, read_branding
from pbvote.installation.service import BRANDING, RETENTION, SECOND_STEP, choose, chosen


async def change_branding(
    db: AsyncSession, actor: Actor, name: str, colours: Mapping[str, str], usual_name: str
) -> Branding:
    """Choose the looks. Raises InputIsWrong where text could not be read in them."""
    actor.require_administrator()
    read = read_branding(name, colours, usual_name)
    value = {"name": read.name if name.strip() else "", "colours": dict(read.colours)}
    await choose(db, BRANDING, value)
    await record(db, BrandingChanged(actor_id=actor.account_id, change=value))
    return read


async def kept_now(db: AsyncSession) -> dict[str, int]:
    """How long everything is kept, by the names and in the units of `retention.KEPT`."""
    found = await chosen(db, RETENTION)
    return {name: int(found.get(name, kept.usual)) for name, kept in retention.KEPT.items()}


async def change_retention(db: AsyncSession, actor: Actor, numbers: Mapping[str, int]) -> dict[str, int]:
    """Choose how long things are kept. Raises InputIsWrong for numbers out of their bounds."""
    actor.require_administrator()
    retention.check(numbers)
    value = {**await kept_now(db), **numbers}
    await choose(db, RETENTION, value)
    await record(db, RetentionChanged(actor_id=actor.account_id, change=dict(numbers)))
    return value


async def require_second_step(db: AsyncSession, actor: Actor, *, required: bool) -> None:
    """Choose whether everybody on staff needs a second step. Whoever asks it of others has one."""
    actor.require_administrator()
    if required and not await is_on(db, actor.account_id):
        detail = "Set up your own second step first, so that you are not locked out of this page."
        raise InputIsWrong(detail, [Reason("own_second_step_first", detail, {}, "required")])
    await choose(db, SECOND_STEP, {"required": required})
    await record(db, SecondStepRequired(actor_id=actor.account_id, required=required))
