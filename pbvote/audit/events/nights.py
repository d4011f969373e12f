"""Decision Nights."""

from __future__ import annotations

from typing import Any

from pbvote.audit.events.event import Event


class NightChanged(Event, frozen=True):
    """The Decision Night of a round was set up or changed; `change` holds what it is now."""

    change: dict[str, Any]


class NightOrderDrawn(Event, frozen=True):
    """The seed of the order of presentations was put in, from the source that was announced before."""

    source: str
    seed: str


class NightCalledOff(Event, frozen=True):
    """There will be no Decision Night."""

    reason: str


class NightPlaceTaken(Event, frozen=True):
    """Somebody took the place of that number in the hall, or none, and waits."""

    number: int | None


class NightPlaceGivenBack(Event, frozen=True):
    """Somebody is not coming after all; whether one who waited got a place."""

    number: int | None
    given_on: bool


class NightDoorCounted(Event, frozen=True):
    """How many came with and without a place, and how many slips with codes were handed out, so far."""

    arrived: int
    walk_ins: int
    slips: int


class NightTimerPressed(Event, frozen=True):
    """The chair pressed a button of the timer; `item` is on now, or nothing."""

    pressed: str
    item: str


class NightGuestsForgotten(Event, frozen=True):
    """Thirty days after a Decision Night its guests were deleted."""

    count: int
