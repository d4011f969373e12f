"""What the Decision Night's API takes and gives."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from pbvote.forums.api import ForumBrief
from pbvote.nights import door, timer
from pbvote.nights.models import Night
from pbvote.nights.qr import QrCode
from pbvote.nights.runsheet import Item, SheetPlan, starts
from pbvote.nights.screen import State
from pbvote.nights.timer import Press
from pbvote.rounds.models import Round
from pbvote.web.instants import Instant


class ItemOut(msgspec.Struct, frozen=True):
    """A line of the run sheet: a welcome, a presentation (`number` is the proposal's), a break, a vote, its count."""

    key: str
    kind: str
    number: int
    title: str
    proposer: str
    minutes: int
    starts: Instant


class NightOut(msgspec.Struct, frozen=True):
    """A Decision Night as everybody may know it. `open` says whether places are given out now.

    `seed` is empty until the order is drawn. `sends_mail` says whether this installation sends e-mail.
    """

    place: str
    address: str
    access: str
    doors: Instant
    begins: Instant
    places: int
    taken: int
    waiting: int
    open: bool
    called_off: str
    seed_source: str
    seed: str
    drawn: Instant | None
    polls: int
    items: list[ItemOut]
    sends_mail: bool


class NightAnswer(msgspec.Struct, frozen=True):
    """A round and its Decision Night, if it has one."""

    slug: str
    title: str
    forum: ForumBrief
    night: NightOut | None


class NightSetup(msgspec.Struct, frozen=True):
    """A night as its organisers see it: what they can change, what became of it, and its version."""

    round: NightAnswer
    sheet: SheetPlan
    slips_made: int
    slips_handed: int
    arrived: int
    walk_ins: int
    version: int


class PlaceOut(msgspec.Struct, frozen=True):
    """A guest's place, or where they stand on the waiting list."""

    number: int | None
    waiting: int | None


class TakenOut(PlaceOut, frozen=True):
    """The same for somebody who has just asked, with the key that gives it back. Shown once."""

    key: str


class KeyBody(msgspec.Struct, forbid_unknown_fields=True):
    """The key of a guest."""

    key: str


class SeedBody(msgspec.Struct, forbid_unknown_fields=True):
    """The seed of the order of presentations."""

    seed: str


class OffBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why there is no night."""

    reason: str


class SlipsBody(msgspec.Struct, forbid_unknown_fields=True):
    """How many slips to make."""

    count: int


class ArrivedBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a guest came."""

    arrived: bool


class CountBody(msgspec.Struct, forbid_unknown_fields=True):
    """So many more, or with a minus fewer, came without a place and were handed slips."""

    walk_ins: int
    slips: int


class PressBody(msgspec.Struct, forbid_unknown_fields=True):
    """A button of the timer. `item` is what was on when it was pressed; `seconds` is for `extend`."""

    press: Press
    item: str
    seconds: int


class ArrivalOut(msgspec.Struct, frozen=True):
    """A guest, as the door sees them."""

    id: UUID
    number: int | None
    waiting: int | None
    name: str
    email: str
    phone: str
    needs: str
    arrived: bool

    @classmethod
    def of(cls, one: door.Arrival) -> ArrivalOut:
        """The guest as they are sent."""
        who = one.who
        return cls(one.id, one.number, one.waiting, who.name, who.email, who.phone, who.needs, one.arrived)


class DoorOut(msgspec.Struct, frozen=True):
    """Who is expected, who came, and how many slips were handed out."""

    places: int
    arrived: int
    walk_ins: int
    slips_made: int
    slips_handed: int
    guests: list[ArrivalOut]


class OnOut(msgspec.Struct, frozen=True):
    """A line of the run sheet on the timer."""

    key: str
    kind: str
    number: int
    title: str
    proposer: str
    minutes: int

    @classmethod
    def of(cls, item: Item) -> OnOut:
        """The line as it is sent."""
        return cls(item.key, item.kind, item.number, item.title, item.proposer, item.minutes)


class TimerOut(msgspec.Struct, frozen=True):
    """What is on: `left_ms` at the moment of the answer, negative once the time is used up."""

    on: OnOut
    place: int
    of: int
    next: OnOut | None
    running: bool
    left_ms: int

    @classmethod
    def maybe(cls, standing: timer.Standing | None) -> TimerOut | None:
        """The timer as it is sent; None while nothing is on."""
        if standing is None:
            return None
        following = OnOut.of(standing.following) if standing.following else None
        on = OnOut.of(standing.item)
        return cls(on, standing.place, standing.of, following, standing.running, standing.left_ms)


class TimerAnswer(msgspec.Struct, frozen=True):
    """The timer, and the whole run sheet for the chair."""

    slug: str
    title: str
    timer: TimerOut | None
    items: list[ItemOut]


class VoteOnScreen(msgspec.Struct, frozen=True):
    """How to vote: the address as people type it, and as a QR code. `of` is how many votes the round has.

    `voted` is rounded down to the last five, and None under five.
    """

    position: int
    of: int
    title: str
    address: str
    qr: QrCode
    closes: Instant | None
    paused_reason: str
    voted: int | None


class ScreenOut(msgspec.Struct, frozen=True):
    """What the big screen shows; it asks again after `refresh` seconds. `result` is the published vote to show."""

    slug: str
    title: str
    forum: ForumBrief
    currency: str
    budget: int
    state: State
    refresh: int
    night: NightOut | None
    timer: TimerOut | None
    vote: VoteOnScreen | None
    result: Literal[1, 2] | None


class NightAhead(msgspec.Struct, frozen=True):
    """A night on the officers' list."""

    slug: str
    title: str
    forum: ForumBrief
    place: str
    begins: Instant
    places: int
    taken: int


class NightsAhead(msgspec.Struct, frozen=True):
    """The nights of an officer's forums that are not over, the next one first."""

    items: list[NightAhead]


def items_out(round_: Round, night: Night, items: list[Item], language: str) -> list[ItemOut]:
    """The run sheet as it is sent, with the times at which everything would begin."""
    zone = round_.forum.timezone
    return [
        ItemOut(
            item.key,
            item.kind,
            item.number,
            item.title,
            item.proposer,
            item.minutes,
            Instant.of(moment, zone, language),
        )
        for item, moment in zip(items, starts(items, night.begins_at), strict=True)
    ]
