"""Budgets by population: what the partnership gives a forum for a round, by how many people live there."""

from __future__ import annotations

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.forums import BandsChanged
from pbvote.audit.service import record
from pbvote.errors import InputIsWrong, NotAllowed, Reason
from pbvote.forums.models import Forum, PopulationBand
from pbvote.plain_text import Limit, read_texts

MOST_BANDS = 20
MOST_PEOPLE = 10**9
MOST_MONEY = 10**12
FUNDER = Limit(90)


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Forums of at least `least` people, up to the next band, get `amount` pence of `funder`."""

    least: int
    amount: int
    funder: str


async def bands(db: AsyncSession) -> list[Band]:
    """All bands, the smallest forums first; none where the partnership has no such rule."""
    rows = await db.scalars(select(PopulationBand).order_by(PopulationBand.least))
    return [Band(row.least, row.amount, row.funder) for row in rows]


async def change_bands(db: AsyncSession, new: list[Band], actor: Actor | None) -> list[Band]:
    """Put these bands in place of those that were there. `actor` is None for the command line."""
    if actor is not None and not actor.administrator:
        raise NotAllowed("Only an administrator may do that.")
    tidied, reasons = [], []
    for at, band in enumerate(new):
        texts, wrong = read_texts({f"bands.{at}.funder": band.funder}, {f"bands.{at}.funder": FUNDER})
        tidied.append(Band(band.least, band.amount, texts[f"bands.{at}.funder"]))
        reasons += wrong + _figure_reasons(band, at)
    if len({band.least for band in new}) < len(new):
        reasons.append(Reason("band_twice", "Two bands begin at the same number of people.", {}, "bands"))
    if len(new) > MOST_BANDS:
        detail = f"There are {len(new)} bands; expected at most {MOST_BANDS}."
        reasons.append(Reason("too_many_bands", detail, {"bands": len(new), "most": MOST_BANDS}, "bands"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    await db.execute(delete(PopulationBand))
    db.add_all(PopulationBand(least=band.least, amount=band.amount, funder=band.funder) for band in tidied)
    actor_id = actor.account_id if actor else None
    await record(db, BandsChanged(actor_id=actor_id, bands=msgspec.to_builtins(tidied)))
    await db.flush()
    return await bands(db)


async def band_of(db: AsyncSession, forum: Forum) -> Band | None:
    """The band of a forum; None where its population is not known or no band reaches it."""
    reached = [band for band in await bands(db) if forum.population is not None and band.least <= forum.population]
    return reached[-1] if reached else None


def _figure_reasons(band: Band, at: int) -> list[Reason]:
    reasons = []
    if not 0 <= band.least <= MOST_PEOPLE:
        detail = "A band begins at a number of people of 0 or more."
        reasons.append(Reason("bad_band", detail, {}, f"bands.{at}.least"))
    if not 0 < band.amount <= MOST_MONEY:
        detail = f"An amount is from 1 to {MOST_MONEY:,} pence."
        reasons.append(Reason("bad_amount", detail, {"most": MOST_MONEY}, f"bands.{at}.amount"))
    return reasons
