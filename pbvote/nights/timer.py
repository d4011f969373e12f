"""The chair's timer: what is on, and how much of its time is left.

It lives in the database, so that a page that is loaded anew, the big screen and a second chair all show the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.nights import NightTimerPressed
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import DomainError, InputIsWrong, Reason
from pbvote.nights.guests import lock_night
from pbvote.nights.models import Night
from pbvote.nights.runsheet import Item
from pbvote.nights.service import sheet_of
from pbvote.rounds.models import Round

MAY_PRESS = (Role.ORGANISER, Role.OFFICER, Role.CLERK)
MOST_SECONDS = 3_600
OVER = timedelta(hours=12)  # a timer that was forgotten tells nobody anything


class Press(StrEnum):
    """What the chair can do."""

    START = "start"
    PAUSE = "pause"
    NEXT = "next"
    BACK = "back"
    EXTEND = "extend"
    END = "end"


class TimerMovedOn(DomainError):
    """Somebody else pressed first: what was on when this was pressed is over."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The timer has moved on"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on and, in order, what comes after it. `left_ms` is negative once the time is used up."""

    item: Item
    place: int
    of: int
    following: Item | None
    running: bool
    left_ms: int


def standing_at(night: Night, items: Sequence[Item], moment: datetime) -> Standing | None:
    """What the timer shows at `moment`; None before it was begun and after its end."""
    place = next((place for place, item in enumerate(items) if item.key == night.timer_item), None)
    if place is None:
        return None
    passed = moment - night.timer_since if night.timer_since else timedelta()
    if passed > OVER:
        return None
    following = items[place + 1] if place + 1 < len(items) else None
    left = night.timer_left_ms - passed // timedelta(milliseconds=1)
    return Standing(items[place], place + 1, len(items), following, night.timer_since is not None, left)


async def press(db: AsyncSession, round_: Round, pressed: Press, seen: str, seconds: int, actor: Actor) -> Night:
    """Do what the chair pressed while `seen` was on (empty before the beginning). Raises TimerMovedOn."""
    actor.require(round_.forum_id, *MAY_PRESS)
    night = await lock_night(db, round_)
    moment, items = await now(db), await sheet_of(db, round_, night)
    standing = standing_at(night, items, moment)
    if seen != (standing.item.key if standing else ""):
        raise TimerMovedOn("Somebody else pressed a button in between. What is on now is shown anew.")
    if pressed is Press.EXTEND and not -MOST_SECONDS <= seconds <= MOST_SECONDS:
        detail = f"Expected at most {MOST_SECONDS} seconds more or less."
        raise InputIsWrong(detail, [Reason("seconds_out_of_range", detail, {"most": MOST_SECONDS}, "seconds")])
    _turn(night, items, standing, pressed, seconds, moment)
    event = NightTimerPressed(
        actor_id=actor.account_id, round_id=round_.id, pressed=pressed.value, item=night.timer_item
    )
    await record(db, event)
    return night


def _turn(
    night: Night, items: Sequence[Item], standing: Standing | None, pressed: Press, seconds: int, moment: datetime
) -> None:
    """Set the timer. `next` and `back` stop it, with the whole time of what they go to."""
    match pressed:
        case Press.START if standing is None:
            _go_to(night, items[0] if items else None)
            night.timer_since = moment if items else None
        case Press.START if standing is not None and not standing.running:
            night.timer_since = moment
        case Press.PAUSE if standing is not None and standing.running:
            night.timer_left_ms, night.timer_since = standing.left_ms, None
        case Press.NEXT if standing is not None:
            _go_to(night, standing.following)
        case Press.BACK if standing is not None:
            _go_to(night, items[max(standing.place - 2, 0)])
        case Press.EXTEND if standing is not None:
            night.timer_left_ms += seconds * 1000
        case Press.END:
            _go_to(night, None)
        case _:
            pass  # it is so already


def _go_to(night: Night, item: Item | None) -> None:
    night.timer_item = item.key if item else ""
    night.timer_left_ms = item.minutes * 60_000 if item else 0
    night.timer_since = None
