"""Places in the hall: numbered, never two with one number, and a waiting list in the order of asking.

Whoever changes anything about places locks the row of the night first, so that one comes after the other; that two
never have one number rests on a unique key besides. Somebody waits only while every place is taken.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import symbols
from pbvote.audit.events.nights import NightGuestsForgotten, NightPlaceGivenBack, NightPlaceTaken
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.emails import is_email
from pbvote.errors import DomainError, InputIsWrong, NotFound, Reason
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.nights.models import Guest, Night, Who
from pbvote.nights.writing import place_for_you
from pbvote.notices.messages import Message
from pbvote.notices.service import put
from pbvote.notices.writing import Writer
from pbvote.plain_text import Limit, read_texts
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase

GUESTS = "guests of a Decision Night"  # what their seals are for
KIND = "night"  # of their messages
MOST_WAITING = 500
KEY_SYMBOLS = 12
KEPT_FOR = timedelta(days=30)
Telling = Callable[[Writer, Round, Night, str], Message]
TEXTS = {
    "name": Limit(80),
    "email": Limit(254, required=False),
    "phone": Limit(40, required=False),
    "needs": Limit(300, required=False, lines=True),
}


class GuestBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who would like a place. Only the name is needed."""

    name: str
    email: str
    phone: str
    needs: str


class NoPlacesNow(DomainError):
    """The evening has begun, or there will be none."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Places are not given out now"


class WaitingListIsFull(DomainError):
    """So many wait already that there is no use in waiting behind them."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The waiting list is full"


class UnknownPlaceKey(NotFound):
    """Nobody on the list of this night has that key."""

    title: ClassVar[str] = "This key is not known"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a guest stands: on a place with a number, or so many-th on the waiting list."""

    number: int | None
    waiting: int | None


async def lock_night(db: AsyncSession, round_: Round) -> Night:
    """Lock the row of the round's night until the transaction ends, and read it anew. Raises NotFound.

    On SQLite the write transaction is the lock.
    """
    query = select(Night).where(Night.round_id == round_.id).with_for_update()
    night = await db.scalar(query.execution_options(populate_existing=True))
    if night is None:
        raise NotFound("This round has no Decision Night.")
    return night


async def require_night(db: AsyncSession, round_: Round) -> Night:
    """The night of a round, as it stands. Raises NotFound."""
    night = await db.get(Night, round_.id)
    if night is None:
        raise NotFound("This round has no Decision Night.")
    return night


async def take_place(db: AsyncSession, keys: Keys, round_: Round, body: GuestBody) -> tuple[Standing, str]:
    """The lowest free place for somebody, or the end of the waiting list; and their key, shown this once."""
    night = await lock_night(db, round_)
    moment = await now(db)
    require_places(round_, night, moment)
    who = _read(body)
    number = await _free_place(db, night)
    if number is None and (await standings(db, night))[1] >= MOST_WAITING:
        raise WaitingListIsFull(f"{MOST_WAITING} people are waiting already. Please ask the forum.")
    turn = (await db.scalar(select(func.max(Guest.turn)).where(Guest.round_id == round_.id)) or 0) + 1
    key = symbols.grouped(symbols.encode(secrets.randbits(5 * KEY_SYMBOLS), KEY_SYMBOLS))
    guest = Guest(id=uuid4(), round_id=round_.id, number=number, turn=turn, key_hash=hash_key(keys, round_.id, key))
    guest.sealed = Sealer.of(keys.pepper, GUESTS).seal(Guest.about(round_.id, guest.id), who)
    db.add(guest)
    await db.flush()
    await record(db, NightPlaceTaken(round_id=round_.id, number=number))
    return await standing_of(db, guest), key


async def find_guest(db: AsyncSession, keys: Keys, round_: Round, key: str) -> Guest:
    """The guest who has this key. Raises UnknownPlaceKey."""
    query = select(Guest).where(Guest.round_id == round_.id, Guest.key_hash == hash_key(keys, round_.id, key))
    guest = await db.scalar(query)
    if guest is None:
        detail = "Nobody on the list has this key. Please check it."
        raise UnknownPlaceKey(detail, [Reason("unknown_place_key", detail, {}, "key")])
    return guest


async def give_back(db: AsyncSession, keys: Keys, writer: Writer | None, round_: Round, guest_id: UUID) -> None:
    """Take somebody off the list for good; the first who waits gets their place, and is told. Raises NotFound."""
    night = await lock_night(db, round_)
    guest = await db.scalar(select(Guest).where(Guest.round_id == round_.id, Guest.id == guest_id))
    if guest is None:
        raise NotFound("There is no such person on the list.")
    number = guest.number
    await db.execute(delete(Guest).where(Guest.id == guest.id))
    given = await give_free_places(db, keys, writer, round_, night)
    await record(db, NightPlaceGivenBack(round_id=round_.id, number=number, given_on=given > 0))


async def give_free_places(db: AsyncSession, keys: Keys, writer: Writer | None, round_: Round, night: Night) -> int:
    """Give every free place of a locked night to those who wait, in their order; how many got one.

    They are told by e-mail if they gave an address, and if the installation sends any (`writer`).
    """
    given, sealer = 0, Sealer.of(keys.pepper, GUESTS)
    if night.called_off or night.begins_at <= await now(db):
        return given
    waiting = select(Guest).where(Guest.round_id == round_.id, Guest.number.is_(None)).order_by(Guest.turn)
    for guest in await db.scalars(waiting):
        guest.number = await _free_place(db, night)
        if guest.number is None:
            break
        await db.flush()
        given += 1
        if writer and (email := open_guest(sealer, guest).email):
            await put(db, keys, round_.id, KIND, [place_for_you(writer, round_, night, email, guest.number)])
    return given


async def tell_all(
    db: AsyncSession, keys: Keys, writer: Writer | None, round_: Round, night: Night, write: Telling
) -> None:
    """Write to every guest, waiting or not, who gave an e-mail address, if the installation sends any."""
    if writer is None:
        return
    sealer = Sealer.of(keys.pepper, GUESTS)
    everybody = await db.scalars(select(Guest).where(Guest.round_id == round_.id).order_by(Guest.id))
    emails = dict.fromkeys(open_guest(sealer, guest).email for guest in everybody)
    await put(db, keys, round_.id, KIND, [write(writer, round_, night, email) for email in emails if email])


async def standing_of(db: AsyncSession, guest: Guest) -> Standing:
    """Where a guest stands now."""
    if guest.number is not None:
        return Standing(guest.number, None)
    before = select(func.count()).where(
        Guest.round_id == guest.round_id, Guest.number.is_(None), Guest.turn <= guest.turn
    )
    return Standing(None, (await db.execute(before)).scalar_one())


async def standings(db: AsyncSession, night: Night) -> tuple[int, int]:
    """How many places are taken, and how many people wait."""
    query = select(func.count(Guest.number), func.count()).where(Guest.round_id == night.round_id)
    taken, everybody = (await db.execute(query)).one()
    return taken, everybody - taken


def open_guest(sealer: Sealer, guest: Guest) -> Who:
    """Who a guest is. Raises SealIsBrokenError."""
    return sealer.open(Guest.about(guest.round_id, guest.id), guest.sealed, Who)


def require_places(round_: Round, night: Night, moment: datetime) -> None:
    """Raise NoPlacesNow unless places are given out at `moment`."""
    if night.called_off or round_.phase_at(moment) is Phase.CANCELLED:
        raise NoPlacesNow("There will be no Decision Night.")
    if night.begins_at <= moment:
        raise NoPlacesNow("The Decision Night has begun. Please ask at the door whether there is room.")


def hash_key(keys: Keys, round_id: UUID, key: str) -> bytes:
    """What is stored of a guest's key."""
    plain = symbols.tidy(key).encode(errors="replace")
    return hmac.digest(keys.pepper, b"night\x00" + round_id.bytes + plain, hashlib.sha256)


async def something_to_forget(db: AsyncSession) -> bool:
    """Whether a night is so long ago that nobody needs to know any more who was there."""
    long_ago = (Night.forgotten_at.is_(None), Night.begins_at <= await now(db) - KEPT_FOR)
    return await db.scalar(select(Night.round_id).where(*long_ago).limit(1)) is not None


async def forget_guests(db: AsyncSession) -> None:
    """Delete the guests of every night that is thirty days past; only how many they were stays, in the audit trail."""
    moment = await now(db)
    long_ago = (Night.forgotten_at.is_(None), Night.begins_at <= moment - KEPT_FOR)
    for night in await db.scalars(select(Night).where(*long_ago).with_for_update()):
        count = await db.scalar(select(func.count()).where(Guest.round_id == night.round_id)) or 0
        await db.execute(delete(Guest).where(Guest.round_id == night.round_id))
        night.forgotten_at = moment
        await record(db, NightGuestsForgotten(round_id=night.round_id, count=count))


async def _free_place(db: AsyncSession, night: Night) -> int | None:
    """The lowest number that nobody has, of those that the hall has."""
    taken = set(await db.scalars(select(Guest.number).where(Guest.round_id == night.round_id)))
    return next((number for number in range(1, night.places + 1) if number not in taken), None)


def _read(body: GuestBody) -> Who:
    texts, reasons = read_texts({name: getattr(body, name) for name in TEXTS}, TEXTS)
    if texts["email"] and not is_email(texts["email"]):
        detail = "This is not an e-mail address; expected one such as kim@example.org."
        reasons.append(Reason("bad_email", detail, {}, "email"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    return Who(**texts)
