"""An open poll, as casting knows it: where it stands now, and what was frozen when its vote opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.canonical import Form
from pbvote.ballotbox.opening import padded_size
from pbvote.ballots.design import Design, Kind
from pbvote.db import now
from pbvote.errors import DomainError, NotFound, SettingsError
from pbvote.forums.models import Forum
from pbvote.keys import Keys
from pbvote.keys.polls import link_key, public_seal_key
from pbvote.proposals.models import Project
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Action, NotInThisPhase
from pbvote.rounds.service import share_standing
from pbvote.voting.hiding import Veil

FORMS = {Kind.RANKING: Form.RANKING, Kind.POINTS: Form.POINTS, Kind.SCORE: Form.POINTS}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a poll stands: which of how many votes of its round it is."""

    round_id: UUID
    position: int
    polls: int


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """All that casting needs to know of a poll whose vote is open: none of it changes any more. Never printed."""

    id: UUID
    place: Place
    design: Design
    costs: dict[int, int]
    budget: int
    zone: str
    seal: X25519PublicKey
    link: bytes
    veil: Veil

    @property
    def opening_bytes(self) -> int:
        """The size of every opening, whatever is chosen, so that the length of an envelope tells nothing."""
        return padded_size(FORMS.get(self.design.kind, Form.SET), self.design.max_choices or len(self.costs))


async def poll_of(
    db: AsyncSession, keys: Keys, poll_id: UUID, known: dict[UUID, Opened]
) -> tuple[Opened, datetime, DomainError | None]:
    """The poll, the time, and why no ballot can be cast in it now, if none can."""
    poll = known.pop(poll_id, None)
    place = poll.place if poll else await _place(db, poll_id)
    # Shared among casts, but exclusive against closing, so that nothing lands after it.
    standing = await share_standing(db, place.round_id, place.polls)
    moment = await now(db)
    closed: DomainError | None = None
    try:
        standing.require_turn(place.position)
        standing.require(Action.CAST_BALLOT, moment)
    except NotInThisPhase as error:
        closed = error
    try:
        poll = poll or await _opened(db, keys, poll_id, place)
    except SettingsError:
        if closed:  # before its opening a vote may have no keys, and after its certification it has none
            raise closed from None
        raise
    if not closed:
        known[poll_id] = poll
    return poll, moment, closed


async def _place(db: AsyncSession, poll_id: UUID) -> Place:
    round_id = select(Poll.round_id).where(Poll.id == poll_id).scalar_subquery()
    polls = (await db.execute(select(Poll.id, Poll.round_id, Poll.position).where(Poll.round_id == round_id))).all()
    for poll in polls:
        if poll.id == poll_id:
            return Place(poll.round_id, poll.position, len(polls))
    raise NotFound("There is no such vote.")


async def _opened(db: AsyncSession, keys: Keys, poll_id: UUID, place: Place) -> Opened:
    """What was frozen when the vote opened, and its keys. Raises SettingsError where there are none."""
    seal_key, link = public_seal_key(keys, poll_id), link_key(keys, poll_id)
    found = select(Poll.design, Poll.budget, Forum.timezone).join(Round, Round.id == Poll.round_id).join(Forum)
    design, budget, zone = (await db.execute(found.where(Poll.id == poll_id))).one()
    costs = await db.execute(select(Project.number, Project.cost).where(Project.poll_id == poll_id))
    return Opened(
        id=poll_id,
        place=place,
        design=msgspec.convert(design, Design),
        costs=dict(costs.all()),
        budget=budget or 0,
        zone=zone,
        seal=seal_key,
        link=link,
        veil=Veil(link, poll_id),
    )
