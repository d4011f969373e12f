"""Tokens that go out by e-mail, and the voting codes that they are exchanged for.

Nothing is written on the elector's side, because that would be written just before they vote: the elector is sealed in
the row of the token. An elector's other codes go on working; all of them lead to one slot.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.emails import email_key
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.roll.codes import hash_code, new_code
from pbvote.roll.models import Elector, EmailToken

TOKENS = "email tokens"  # what their seals are for
TOKEN_BYTES = 32
GOOD_FOR = timedelta(minutes=60)
MOST = 3  # for one address within that time


async def new_token(db: AsyncSession, keys: Keys, round_id: UUID, email: str, elector_id: UUID) -> str | None:
    """A new token for an elector; None if the address was sent too many. As long as it is good, it counts."""
    asker = hmac.digest(keys.pepper, b"email token\x00" + round_id.bytes + email_key(email).encode(), hashlib.sha256)
    await _one_at_a_time(db, asker)
    moment = await now(db)
    stale = (EmailToken.round_id == round_id, EmailToken.expires_at <= moment, EmailToken.code_hash.is_(None))
    await db.execute(delete(EmailToken).where(*stale))
    recent = (EmailToken.round_id == round_id, EmailToken.asker == asker, EmailToken.expires_at > moment)
    if (await db.execute(select(func.count()).where(*recent))).scalar_one() >= MOST:
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    hashed = _hash(token)
    row = {
        "round_id": round_id,
        "token_hash": hashed,
        "asker": asker,
        "sealed": Sealer.of(keys.pepper, TOKENS).seal(_about(round_id, hashed), elector_id),
        "expires_at": moment + GOOD_FOR,
        "code_hash": None,
    }
    await db.execute(insert(EmailToken), [row])
    return token


async def use_token(db: AsyncSession, keys: Keys, round_id: UUID, token: str, moment: datetime) -> str | None:
    """A new voting code in exchange for a token, once; None if it is unknown, used, too old, or of nobody."""
    hashed, code = _hash(token), new_code()
    fresh = (EmailToken.code_hash.is_(None), EmailToken.expires_at > moment)
    found = update(EmailToken).where(EmailToken.round_id == round_id, EmailToken.token_hash == hashed, *fresh)
    code_hash = hash_code(keys.pepper, code)
    used = await db.execute(found.values(code_hash=code_hash).returning(EmailToken.token_hash))
    if used.scalar_one_or_none() is None:
        return None
    return code if await electors_of_emailed_codes(db, keys, round_id, [code_hash]) else None


async def electors_of_emailed_codes(
    db: AsyncSession, keys: Keys, round_id: UUID, code_hashes: Sequence[bytes]
) -> dict[bytes, UUID]:
    """The electors who had these codes by e-mail, as far as they are on the roll."""
    query = select(EmailToken).where(EmailToken.round_id == round_id, EmailToken.code_hash.in_(code_hashes))
    sealer = Sealer.of(keys.pepper, TOKENS)
    holders = {
        row.code_hash: sealer.open(_about(round_id, row.token_hash), row.sealed, UUID)
        for row in await db.scalars(query)
        if row.code_hash is not None
    }
    if not holders:
        return {}
    there = (Elector.round_id == round_id, Elector.id.in_(holders.values()), Elector.removed.is_(False))
    electors = set(await db.scalars(select(Elector.id).where(*there)))
    return {code_hash: elector for code_hash, elector in holders.items() if elector in electors}


async def _one_at_a_time(db: AsyncSession, asker: bytes) -> None:
    """Let those who ask for one address wait for each other. Not by its row: PostgreSQL writes locks of rows down."""
    if db.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(asker[:8], signed=True)
        await db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _about(round_id: UUID, token_hash: bytes) -> bytes:
    return round_id.bytes + token_hash
