"""What the big screen in the hall shows, and anybody may see: never anything that depends on how people voted.

While voting is open it says how many have voted, as the officers' turnout counts them, but rounded down to the last
five, and nothing under five: somebody who watches the number must not see one person's vote arrive. What is decided
comes from the published result and from nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.nights.models import Night
from pbvote.nights.runsheet import COUNT, VOTE
from pbvote.nights.service import night_of, sheet_of
from pbvote.nights.timer import Standing, standing_at
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase
from pbvote.voting.service import ballots_in_the_box

ROUNDED_TO = 5
AFTER_PUBLICATION = frozenset({Phase.PUBLISHED, Phase.DELIVERY, Phase.CLOSED})
# How many seconds a screen waits before it asks again.
REFRESH = {"before": 30, "stage": 3, "voting": 10, "counting": 10, "shortlist": 15, "result": 60, "off": 300}


class State(StrEnum):
    """Which of its pictures the screen shows."""

    BEFORE = "before"
    STAGE = "stage"
    VOTING = "voting"
    COUNTING = "counting"
    SHORTLIST = "shortlist"
    RESULT = "result"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to show. `voted` is None where it is not said; `position` is the vote that it is about."""

    state: State
    night: Night | None
    timer: Standing | None
    position: int
    closes_at: datetime | None
    voted: int | None

    @property
    def refresh(self) -> int:
        """Seconds until a screen asks again."""
        return REFRESH[self.state]


async def scene(db: AsyncSession, round_: Round) -> Scene:
    """What the screen of a round shows now."""
    moment = await now(db)
    phase = round_.phase_at(moment)
    night = await night_of(db, round_)
    timer = standing_at(night, await sheet_of(db, round_, night), moment) if night else None
    state = state_of(phase, night, timer, round_.opens_at)
    voted = None
    if state is State.VOTING:
        voted = shown_turnout(await ballots_in_the_box(db, round_.poll.id))
    return Scene(state, night, timer, _position(round_, state), round_.closes_at, voted)


def state_of(phase: Phase, night: Night | None, timer: Standing | None, opens_at: datetime | None) -> State:
    """The picture that fits the phase of the round and, until the vote, what the chair has on.

    A vote that opened before the evening goes on beside the presentations; one that opens in it comes after them.
    """
    if phase is Phase.CANCELLED or (night is not None and night.called_off and phase not in AFTER_PUBLICATION):
        return State.OFF
    if phase in AFTER_PUBLICATION:
        return State.RESULT
    if phase is Phase.COUNTING:
        return State.COUNTING
    if phase is Phase.SHORTLIST:
        return State.SHORTLIST
    opened_before = night is not None and opens_at is not None and opens_at < night.begins_at
    if timer is not None and (phase is not Phase.VOTING or (opened_before and timer.item.kind not in {VOTE, COUNT})):
        return State.STAGE
    return State.VOTING if phase is Phase.VOTING else State.BEFORE


def shown_turnout(voted: int) -> int | None:
    """How many have voted, as far as everybody may know while they do: None under five, else rounded down."""
    return voted - voted % ROUNDED_TO or None


def _position(round_: Round, state: State) -> int:
    """The vote whose turn it is; between two votes the first, whose result is shown."""
    return round_.current - 1 if state is State.SHORTLIST else round_.current
