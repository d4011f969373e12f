"""A link by e-mail: whoever reads the mail of an elector's address can have a voting code of theirs.

Where a round allows it. What asking answers and does is the same whether or not an elector has the address: the same
rows are written, and what is of nobody is thrown away when it is to be sent.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.emails import is_email
from pbvote.errors import DomainError, InputIsWrong, NotFound, Reason
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.notices.service import put
from pbvote.notices.writing import Writer
from pbvote.plain_text import tidy
from pbvote.roll.contacts import CONTACTS, hash_email, open_contact
from pbvote.roll.email_tokens import GOOD_FOR, new_token, use_token
from pbvote.roll.models import Contact
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Action

LINK = "email_link"
MINUTES = int(GOOD_FOR.total_seconds()) // 60
NOBODYS = "0" * 43  # as long as a token


class LinkDoesNotWork(DomainError):
    """The link was used, is too old, or never was one: which of these is not said."""

    status: ClassVar[int] = 410
    title: ClassVar[str] = "This link no longer works"


async def ask_for_link(db: AsyncSession, keys: Keys, writer: Writer, poll_id: UUID, email: str) -> None:
    """Send a link to this address, if it is an elector's and was not sent too many.

    Raises NotFound where the round allows no links, VotingIsNotOpen and the like, and InputIsWrong for what is no
    address; never anything that tells of electors.
    """
    round_ = await _round(db, poll_id)
    email = tidy(email)
    if not is_email(email):
        detail = "This is not an e-mail address; expected one such as kim@example.org."
        raise InputIsWrong(detail, [Reason("bad_email", detail, {}, "email")])
    hashed = hash_email(keys, round_.id, email)
    contact = await db.scalar(select(Contact).where(Contact.round_id == round_.id, Contact.email_hash == hashed))
    token = await new_token(db, keys, round_.id, email, contact.elector_id if contact else uuid4())
    # To the address that the forum gave, never to the one that was typed.
    to = open_contact(Sealer.of(keys.pepper, CONTACTS), contact) if contact and token else ""
    message = writer.link(round_, to, token or NOBODYS, await now(db) + GOOD_FOR, MINUTES)
    await put(db, keys, round_.id, LINK, [message])


async def use_link(db: AsyncSession, keys: Keys, poll_id: UUID, token: str) -> str:
    """A new voting code in exchange for the token of a link. Raises LinkDoesNotWork, and as `ask_for_link`."""
    round_ = await _round(db, poll_id)
    code = await use_token(db, keys, round_.id, token, await now(db))
    if code is None:
        detail = "This link no longer works. Each works once, and for an hour. Please ask for a new one."
        raise LinkDoesNotWork(detail, [Reason("link_does_not_work", detail)])
    return code


async def _round(db: AsyncSession, poll_id: UUID) -> Round:
    poll = await db.get(Poll, poll_id)
    round_ = await db.get(Round, poll.round_id) if poll else None
    if poll is None or round_ is None or not round_.email_link:
        raise NotFound("There is no such vote, or it sends no links.")
    round_.require_turn(poll)
    round_.require(Action.CAST_BALLOT, await now(db))
    return round_
