"""E-mail addresses of electors: sealed, found by a keyed hash, and forgotten with the keys of the vote."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.emails import email_key
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.roll.models import Contact, EmailToken

CONTACTS = "contacts"  # what their seals are for


def hash_email(keys: Keys, round_id: UUID, email: str) -> bytes:
    """What finds the elector of an e-mail address in a round: without the pepper nobody can try addresses."""
    return hmac.digest(keys.pepper, b"email\x00" + round_id.bytes + email_key(email).encode(), hashlib.sha256)


async def add_contacts(db: AsyncSession, keys: Keys, round_id: UUID, emails: Sequence[tuple[UUID, str]]) -> None:
    """Store addresses of electors, in the order of their random ids. No check: for verbs that have made their own."""
    sealer = Sealer.of(keys.pepper, CONTACTS)
    rows = [
        {
            "round_id": round_id,
            "elector_id": elector_id,
            "email_hash": hash_email(keys, round_id, email),
            "sealed": sealer.seal(Contact.about(round_id, elector_id), email),
        }
        for elector_id, email in sorted(emails)
    ]
    if rows:
        await db.execute(insert(Contact), rows)


def open_contact(sealer: Sealer, contact: Contact) -> str:
    """The address. Raises SealIsBrokenError."""
    return sealer.open(Contact.about(contact.round_id, contact.elector_id), contact.sealed, str)


async def known_emails(db: AsyncSession, round_id: UUID) -> set[bytes]:
    """The hashes of all addresses of a round."""
    return set(await db.scalars(select(Contact.email_hash).where(Contact.round_id == round_id)))


async def size_of_contacts(db: AsyncSession, round_id: UUID) -> int:
    """How many electors of the round can be written to."""
    return (await db.execute(select(func.count()).where(Contact.round_id == round_id))).scalar_one()


async def forget_contacts(db: AsyncSession, round_id: UUID) -> None:
    """Delete every e-mail address of a round, and what came of them, for good: when its keys are destroyed."""
    await db.execute(delete(Contact).where(Contact.round_id == round_id))
    await db.execute(delete(EmailToken).where(EmailToken.round_id == round_id))
