"""Follow something by e-mail: ask, confirm by the link that went to the address, look, change, stop.

What asking answers and does is the same whether or not anybody follows under the address. Nothing is stored under it
before whoever reads its mail has said so.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.emails import is_email
from pbvote.errors import DomainError, InputIsWrong, Reason
from pbvote.following.models import Follower, Following, FollowRequest, News
from pbvote.following.subjects import How, Kind, Named, Subject, find_subject, name_of
from pbvote.following.tokens import follower_token, hash_address, hash_token, read_token
from pbvote.following.writing import FollowWriter
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.notices.service import put
from pbvote.plain_text import tidy

FOLLOWERS, REQUESTS = "followers", "follow requests"  # what their seals are for
CONFIRM = "follow_confirm"
TOKEN_BYTES = 32
GOOD_FOR = timedelta(hours=24)
MOST = 3  # requests of one address that wait within that time
NOBODYS = "0" * 43  # as long as a token


class FollowLinkDoesNotWork(DomainError):
    """The link was used, is too old, belongs to somebody who stopped, or never was one: which of these is not said."""

    status: ClassVar[int] = 410
    title: ClassVar[str] = "This link no longer works"


class Asked(msgspec.Struct, frozen=True):
    """What a request is for."""

    email: str
    subject: Subject
    how: How
    language: str


class Followed(msgspec.Struct, frozen=True):
    """Something that is followed: the id of the following, and what it is called."""

    id: UUID
    kind: str
    title: str
    path: Sequence[str | int]


async def ask_to_follow(  # noqa: PLR0913  # who wants to follow what, and how
    db: AsyncSession,
    keys: Keys,
    writer: FollowWriter,
    *,
    kind: Kind,
    slug: str,
    number: int | None,
    email: str,
    how: How,
    language: str,
) -> None:
    """Send a link to this address that lets it follow something. Raises NotFound, and InputIsWrong for no address."""
    subject = await find_subject(db, kind, slug, number)
    named = await name_of(db, subject.kind, subject.id)
    email = tidy(email)
    if not is_email(email) or named is None:
        detail = "This is not an e-mail address; expected one such as kim@example.org."
        raise InputIsWrong(detail, [Reason("bad_email", detail, {}, "email")])
    asked = Asked(email, subject, how, writer.language(language))
    token = await _new_request(db, keys, asked)
    to = email if token else ""  # what is of nobody is thrown away when it is to be sent
    message = writer.confirm(asked.language, to, named, token or NOBODYS, await now(db) + GOOD_FOR)
    await put(db, keys, None, CONFIRM, [message])


async def confirm(db: AsyncSession, keys: Keys, token: str) -> tuple[str, Named]:
    """Follow what the link was sent for, once: the follower's own token, and what they follow now."""
    used = delete(FollowRequest).where(
        FollowRequest.token_hash == hash_token(token), FollowRequest.expires_at > await now(db)
    )
    row = (await db.execute(used.returning(FollowRequest.token_hash, FollowRequest.sealed))).one_or_none()
    if row is None:
        raise _no_link()
    asked = Sealer.of(keys.pepper, REQUESTS).open(row.token_hash, row.sealed, Asked)
    named = await name_of(db, asked.subject.kind, asked.subject.id)
    if named is None:
        raise _no_link()
    follower_id = await _follower(db, keys, asked)
    following = {
        "id": uuid4(),
        "follower_id": follower_id,
        "kind": asked.subject.kind,
        "subject": asked.subject.id,
        "since": await now(db),
    }
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    await db.execute(dialect.insert(Following.__table__).values(following).on_conflict_do_nothing())
    return follower_token(keys, follower_id), named


async def followed_by(db: AsyncSession, keys: Keys, token: str) -> tuple[How, list[Followed]]:
    """How somebody is told, and what they follow."""
    follower = await _follower_of(db, keys, token)
    rows = await db.scalars(select(Following).where(Following.follower_id == follower.id).order_by(Following.since))
    found = []
    for row in rows:
        named = await name_of(db, row.kind, row.subject)
        if named is not None:
            found.append(Followed(row.id, row.kind, named.title, named.path))
    return How(follower.how), found


async def change_how(db: AsyncSession, keys: Keys, token: str, how: How) -> None:
    """Be told each time, or once a day. News that wait for the next daily mail still come with it."""
    (await _follower_of(db, keys, token)).how = how


async def stop_one(db: AsyncSession, keys: Keys, token: str, following_id: UUID) -> None:
    """Follow one thing no longer; with the last one the address is forgotten."""
    follower = await _follower_of(db, keys, token)
    await db.execute(delete(Following).where(Following.follower_id == follower.id, Following.id == following_id))
    await forget_those_who_follow_nothing(db, [follower.id])


async def stop_all(db: AsyncSession, keys: Keys, token: str) -> None:
    """Follow nothing any more: the address is forgotten. Done already, it stays done."""
    follower_id = read_token(keys, token)
    if follower_id is None:
        raise _no_link()
    await db.execute(delete(Following).where(Following.follower_id == follower_id))
    await forget_those_who_follow_nothing(db, [follower_id])


async def forget_those_who_follow_nothing(db: AsyncSession, follower_ids: Sequence[UUID]) -> None:
    """Delete the addresses of these followers, as far as they follow nothing."""
    following = select(Following.follower_id).where(Following.follower_id.in_(follower_ids))
    gone = select(Follower.id).where(Follower.id.in_(follower_ids), Follower.id.not_in(following))
    await db.execute(delete(News).where(News.follower_id.in_(gone)))
    await db.execute(delete(Follower).where(Follower.id.in_(follower_ids), Follower.id.not_in(following)))


async def _new_request(db: AsyncSession, keys: Keys, asked: Asked) -> str | None:
    """A new token for a request; None if too many of the address wait."""
    asker = hash_address(keys, asked.email)
    await _one_at_a_time(db, asker)
    moment = await now(db)
    waiting = select(func.count()).where(FollowRequest.asker == asker, FollowRequest.expires_at > moment)
    if (await db.execute(waiting)).scalar_one() >= MOST:
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    hashed = hash_token(token)
    row = {
        "token_hash": hashed,
        "asker": asker,
        "sealed": Sealer.of(keys.pepper, REQUESTS).seal(hashed, asked),
        "expires_at": moment + GOOD_FOR,
    }
    await db.execute(insert(FollowRequest), [row])
    return token


async def _follower(db: AsyncSession, keys: Keys, asked: Asked) -> UUID:
    """The follower of an address, new or known, told as was asked last."""
    hashed = hash_address(keys, asked.email)
    await _one_at_a_time(db, hashed)
    known = await db.scalar(select(Follower).where(Follower.email_hash == hashed))
    if known is not None:
        known.how, known.language = asked.how, asked.language
        return known.id
    id_ = uuid4()
    sealed = Sealer.of(keys.pepper, FOLLOWERS).seal(id_.bytes, asked.email)
    db.add(Follower(id=id_, email_hash=hashed, sealed=sealed, how=asked.how, language=asked.language))
    await db.flush()
    return id_


async def _follower_of(db: AsyncSession, keys: Keys, token: str) -> Follower:
    follower_id = read_token(keys, token)
    follower = await db.get(Follower, follower_id) if follower_id else None
    if follower is None:
        raise _no_link()
    return follower


def _no_link() -> FollowLinkDoesNotWork:
    detail = "This link no longer works. It was used, is too old, or you have stopped following."
    return FollowLinkDoesNotWork(detail, [Reason("follow_link_does_not_work", detail)])


async def _one_at_a_time(db: AsyncSession, address: bytes) -> None:
    """Let those who ask for one address wait for each other: on PostgreSQL by a lock, on SQLite they do anyway."""
    if db.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(address[:8], signed=True)
        await db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
