"""Looking into the ballot box with the vote's own keys, which nobody does before it has closed but a test."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.canonical import CanonicalBallot
from pbvote.ballotbox.sealing import unseal_ballot
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.polls import link_key, seal_key
from pbvote.voting.batches import pointed_commitments
from pbvote.voting.hiding import Veil
from pbvote.voting.models import SealedBallot, Slot, WaitingBallot


async def ballots_that_count(db: AsyncSession, keys: Keys, poll: UUID) -> list[CanonicalBallot]:
    """The ballots that slots point to, whether they wait for their batch or are in the log."""
    key = seal_key(keys, poll)
    sealed = dict(await envelopes(db, keys, poll))
    pointed = await pointed_commitments(db, keys, poll)
    return [unseal_ballot(key, poll, commitment, sealed[commitment]).ballot() for commitment in pointed.values()]


async def envelopes(db: AsyncSession, keys: Keys, poll: UUID) -> list[tuple[bytes, bytes]]:
    """Commitment and envelope of every ballot that waits or is in the log."""
    veil = Veil(link_key(keys, poll), poll)
    waiting = await db.execute(select(WaitingBallot.id, WaitingBallot.hidden).where(WaitingBallot.poll_id == poll))
    logged = await db.execute(select(SealedBallot.commitment, SealedBallot.sealed).where(SealedBallot.poll_id == poll))
    return [*(veil.shown_ballot(id_, hidden) for id_, hidden in waiting), *((one, sealed) for one, sealed in logged)]


async def choices_that_count(database: Database, keys: Keys, poll: UUID) -> list[tuple[int, ...]]:
    """The projects on each ballot that counts, sorted."""
    async with database.session(write=False) as db:
        return sorted(ballot.projects for ballot in await ballots_that_count(db, keys, poll))


async def in_the_box(database: Database) -> tuple[int, int]:
    """How many slots and how many ballots there are, those that wait included."""
    async with database.session(write=False) as db:
        slots, waiting, logged = [
            (await db.execute(select(func.count()).select_from(model))).scalar_one()
            for model in (Slot, WaitingBallot, SealedBallot)
        ]
    return slots, waiting + logged
