"""Decision Nights: set one up, draw its order, call it off, find those that come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.audit.events.nights import NightCalledOff, NightChanged, NightOrderDrawn
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import ChangedBySomebodyElse, DomainError, InputIsWrong, Reason
from pbvote.keys import Keys
from pbvote.nights import guests
from pbvote.nights.models import Guest, Night
from pbvote.nights.runsheet import Item, Presented, SheetPlan, in_order, plan_reasons, run_sheet
from pbvote.nights.writing import called_off, moved
from pbvote.notices.writing import Writer
from pbvote.plain_text import Limit, read_texts
from pbvote.proposals.models import Proposal
from pbvote.rounds.calendar import read_local
from pbvote.rounds.models import Round
from pbvote.rounds.service import lock

MAY_CHANGE = (Role.ORGANISER, Role.OFFICER)
MOST_PLACES = 2_000
TEXTS = {
    "place": Limit(120),
    "address": Limit(300, lines=True),
    "access": Limit(1_000, required=False, lines=True),
    "seed_source": Limit(300, required=False),
}
SEED = Limit(80)
REASON = Limit(1_000, lines=True)
NOT_PRESENTED = ("submitted", "changes_requested", "rejected", "merged", "withdrawn")
USUAL_SHEET = SheetPlan(welcome=10, each=3, breaks=[], first_vote=15, count=20, second_vote=10)
LISTED_FOR = timedelta(days=1)  # a night stays on the officers' list until it is over for good


class NightChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about a night that is set up; times are local. `version` is 0 for a round that has no night yet."""

    place: str
    address: str
    access: str
    doors: str
    begins: str
    places: int
    sheet: SheetPlan
    seed_source: str
    version: int


class NightIsOff(DomainError):
    """The night was called off."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The Decision Night is called off"


class OrderIsDrawn(DomainError):
    """The order of presentations was drawn: who could draw again could go on until they like it."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The order is drawn already"


async def night_of(db: AsyncSession, round_: Round) -> Night | None:
    """The night of a round, if it has one."""
    return await db.get(Night, round_.id)


async def change_night(
    db: AsyncSession, keys: Keys, writer: Writer | None, round_: Round, change: NightChange, actor: Actor
) -> Night:
    """Set a night up, or change it; guests with an e-mail address are told of another time or place."""
    actor.require(round_.forum_id, *MAY_CHANGE)
    round_ = await lock(db, round_)
    night = await db.get(Night, round_.id, populate_existing=True, with_for_update=True)
    if change.version != (night.version if night else 0):
        raise ChangedBySomebodyElse("Somebody else changed this. Load it again to see what is there now.")
    values = await _read(db, round_, night, change)
    if night is None:
        night = Night(round_id=round_.id, **values, **_fresh(), version=1)
        db.add(night)
        round_.night = True
    else:
        before = (night.place, night.address, night.doors_at, night.begins_at)
        for name, value in values.items():
            setattr(night, name, value)
        night.version += 1
        await guests.give_free_places(db, keys, writer, round_, night)
        if before != (night.place, night.address, night.doors_at, night.begins_at):
            await guests.tell_all(db, keys, writer, round_, night, moved)
    await db.flush()
    await record(db, NightChanged(actor_id=actor.account_id, round_id=round_.id, change=msgspec.to_builtins(change)))
    return night


async def draw_order(db: AsyncSession, round_: Round, seed: str, actor: Actor) -> Night:
    """Put in the seed that everybody could see come about; from then on the order stands. Raises OrderIsDrawn."""
    actor.require(round_.forum_id, *MAY_CHANGE)
    night = await guests.lock_night(db, round_)
    texts, reasons = read_texts({"seed": seed}, {"seed": SEED})
    if not night.seed_source:
        detail = "Say first where the seed will come from, so that everybody knows before anybody has it."
        reasons.append(Reason("seed_source_missing", detail, {}, "seed_source"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    if night.seed:
        raise OrderIsDrawn("The order of presentations is drawn. It stands, and everybody can work it out anew.")
    night.seed, night.drawn_at = texts["seed"], await now(db)
    night.version += 1
    event = NightOrderDrawn(actor_id=actor.account_id, round_id=round_.id, source=night.seed_source, seed=night.seed)
    await record(db, event)
    return night


async def call_off(
    db: AsyncSession, keys: Keys, writer: Writer | None, round_: Round, reason: str, actor: Actor
) -> Night:
    """There will be no night, for a reason that the public reads. Guests with an e-mail address are told."""
    actor.require(round_.forum_id, *MAY_CHANGE)
    night = await guests.lock_night(db, round_)
    texts, reasons = read_texts({"reason": reason}, {"reason": REASON})
    if reasons:
        raise InputIsWrong("Say to everybody why there is no Decision Night.", reasons)
    if night.called_off:
        raise NightIsOff("The Decision Night was called off already.")
    night.called_off = texts["reason"]
    night.version += 1
    await guests.tell_all(db, keys, writer, round_, night, called_off)
    event = NightCalledOff(actor_id=actor.account_id, round_id=round_.id, reason=night.called_off)
    await record(db, event)
    return night


async def sheet_of(db: AsyncSession, round_: Round, night: Night) -> list[Item]:
    """The run sheet: every proposal that passed the checks, in the order that was drawn."""
    query = select(Proposal.number, Proposal.title, Proposal.proposer).where(
        Proposal.round_id == round_.id, Proposal.status.not_in(NOT_PRESENTED)
    )
    presented = [Presented(number, title, proposer) for number, title, proposer in await db.execute(query)]
    plan = msgspec.convert(night.sheet, SheetPlan)
    return run_sheet(plan, in_order(presented, night.seed), len(round_.polls))


async def nights_ahead(db: AsyncSession, actor: Actor) -> list[tuple[Round, Night, int]]:
    """The nights of the actor's forums that are not over, the next one first, with how many places are taken."""
    forums = {forum_id for forum_id, role in actor.roles if role in STAFF}
    taken = select(func.count()).where(Guest.round_id == Night.round_id, Guest.number.is_not(None)).scalar_subquery()
    query = (
        select(Round, Night, taken)
        .join(Night, Night.round_id == Round.id)
        .where(Round.forum_id.in_(forums), Night.called_off == "", Night.begins_at > await now(db) - LISTED_FOR)
        .order_by(Night.begins_at, Round.id)
    )
    return [(round_, night, count) for round_, night, count in await db.execute(query)]


async def _read(db: AsyncSession, round_: Round, night: Night | None, change: NightChange) -> dict[str, object]:
    """The values that a change gives a night. Raises InputIsWrong with everything that is wrong with them."""
    moment = await now(db)
    texts, reasons = read_texts({name: getattr(change, name) for name in TEXTS}, TEXTS)
    times: dict[str, datetime] = {}
    for name in ("doors", "begins"):
        read = read_local(getattr(change, name), round_.forum.timezone, name)
        if isinstance(read, Reason):
            reasons.append(read)
        else:
            times[name] = read
    if len(times) == len(("doors", "begins")) and times["doors"] > times["begins"]:
        reasons.append(Reason("doors_too_late", "The doors must open before the evening begins.", {}, "doors"))
    new_time = night is None or times.get("begins") != night.begins_at
    if new_time and times.get("begins", moment + LISTED_FOR) <= moment:
        detail = "The beginning of the Decision Night lies in the past."
        reasons.append(Reason("date_in_the_past", detail, {"what": "begins"}, "begins"))
    reasons += await _place_reasons(db, round_, change.places) + plan_reasons(change.sheet)
    if night is not None and night.seed and texts["seed_source"] != night.seed_source:
        detail = "The order is drawn, so where its seed came from stands as it is."
        reasons.append(Reason("order_is_drawn", detail, {}, "seed_source"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    sheet = msgspec.to_builtins(change.sheet)
    return {**texts, "doors_at": times["doors"], "begins_at": times["begins"], "places": change.places, "sheet": sheet}


async def _place_reasons(db: AsyncSession, round_: Round, places: int) -> list[Reason]:
    if not 1 <= places <= MOST_PLACES:
        detail = f"Expected 1 to {MOST_PLACES:,} places, not {places}."
        return [Reason("places_out_of_range", detail, {"most": MOST_PLACES}, "places")]
    highest = await db.scalar(select(func.max(Guest.number)).where(Guest.round_id == round_.id)) or 0
    if places < highest:
        detail = f"Somebody has place {highest}, so there must be at least as many."
        return [Reason("places_taken", detail, {"highest": highest}, "places")]
    return []


def _fresh() -> dict[str, object]:
    """What a new night begins with."""
    nothing = {"walk_ins": 0, "slips_made": 0, "slips_handed": 0, "timer_left_ms": 0}
    return {
        **nothing,
        "seed": "",
        "drawn_at": None,
        "called_off": "",
        "timer_item": "",
        "timer_since": None,
        "forgotten_at": None,
    }
