"""The key of a draft by e-mail, to whoever asked for it, so that they can go on on another device.

Whoever has a draft's key says where it is to be sent; the address is used once and kept nowhere but in the outbox.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import symbols
from pbvote.emails import is_email
from pbvote.errors import InputIsWrong, NotFound, Reason, TooManyRequests
from pbvote.installation.service import kept
from pbvote.keys import Keys
from pbvote.notices.service import put
from pbvote.notices.writing import Writer
from pbvote.plain_text import tidy
from pbvote.proposals.drafts import draft_of
from pbvote.rounds.models import Round

DRAFT = "draft"
MOST_LINKS = 3  # of one draft
AN_HOUR = 3600


async def send_key(db: AsyncSession, keys: Keys, writer: Writer, round_: Round, key: str, email: str) -> None:
    """Send the key of a draft, as a link. Raises WrongKey, InputIsWrong for what is no address, TooManyRequests."""
    draft = await draft_of(db, round_, key, lock=True)
    email = tidy(email)
    if not is_email(email):
        detail = "This is not an e-mail address; expected one such as kim@example.org."
        raise InputIsWrong(detail, [Reason("bad_email", detail, {}, "email")])
    if draft.links >= MOST_LINKS:
        raise TooManyRequests("links to this draft", AN_HOUR)
    draft.links += 1
    days = (await kept(db, "drafts")).days
    message = writer.draft(round_, email, symbols.grouped(symbols.tidy(key)), days)
    await put(db, keys, round_.id, DRAFT, [message])


def require_mail(sends_mail: object) -> None:
    """Raise NotFound where the installation sends no mail."""
    if not sends_mail:
        raise NotFound("This service sends no e-mail.")
