"""Comments: write one, take one's own back, ask officers to look at one.

They are open before the vote and after it, and closed while it is open, being counted, or between two votes: nothing
that nobody has checked may bear on a vote. What was written before can be read all the time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import symbols
from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.deliberation import CommentFlagged, CommentRemoved, CommentWritten
from pbvote.audit.service import record
from pbvote.db import Base, now
from pbvote.deliberation.content import FLAG_REASON, read_post
from pbvote.deliberation.models import Comment, CommentFlag, State
from pbvote.errors import DomainError, InputIsWrong, NotFound, Reason
from pbvote.keys import Keys
from pbvote.plain_text import read_texts
from pbvote.proposals.models import Proposal
from pbvote.proposals.service import WrongKey, proposal_of
from pbvote.proposals.states import JOINED, Status
from pbvote.rounds.models import Round
from pbvote.rounds.phases import ALLOWED, Action, Phase
from pbvote.rounds.service import share

MODERATORS = (Role.OFFICER, Role.ORGANISER)
KEY_SYMBOLS = 16
MOST_REPLIES = 200
GONE = JOINED | {Status.WITHDRAWN}  # proposals that nobody can say anything about any more
TOKEN = re.compile(r"[0-9a-f]{32}")


class CommentsAreClosed(DomainError):
    """Comments cannot be written here now: the round has none, it is not the time, or the proposal is gone."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Comments are closed"


async def write_comment(  # noqa: PLR0913  # what a comment consists of
    db: AsyncSession,
    round_: Round,
    number: int,
    *,
    parent_id: UUID | None,
    name: str,
    text: str,
    visitor: Actor | None,
) -> tuple[Comment, str]:
    """Say something about a proposal: the comment, and the key that removes it, which is shown this once.

    It is shown at once, or waits for an officer, as the round says; what officers write is shown at once. Raises
    CommentsAreClosed, NotFound and InputIsWrong.
    """
    round_ = await held_still(db, round_)
    moment = await now(db)
    proposal = await proposal_of(db, round_, number)
    require_comments(round_, proposal, allows(round_, Action.COMMENT, round_.phase_at(moment)))
    if parent_id is not None:
        await _require_room(db, proposal, parent_id)
    name, text, reasons = read_post(name, text)
    refuse(reasons)
    official = is_moderator(round_, visitor)
    key = new_key()
    comment = Comment(
        round_id=round_.id,
        proposal_id=proposal.id,
        parent_id=parent_id,
        name=name,
        text=text,
        official=official,
        state=State.SHOWN if official or round_.comments == "open" else State.WAITING,
        reason="",
        written_at=moment,
        key_hash=hash_key(key),
    )
    db.add(comment)
    await db.flush()
    event = CommentWritten(
        actor_id=visitor.account_id if visitor and official else None,
        round_id=round_.id,
        comment_id=comment.id,
        number=number,
        state=comment.state,
        official=official,
        reply=parent_id is not None,
    )
    await record(db, event)
    return comment, symbols.grouped(key)


async def remove_comment(db: AsyncSession, round_: Round, comment_id: UUID, key: str) -> None:
    """Take one's own comment back, at any time: its words are deleted. Raises WrongKey."""
    comment = await comment_of(db, round_, comment_id, lock=True)
    require_key(comment.key_hash, key)
    comment.name = comment.text = comment.reason = ""
    comment.state = State.REMOVED
    await record(db, CommentRemoved(round_id=round_.id, comment_id=comment.id))


async def flag_comment(
    db: AsyncSession, keys: Keys, round_: Round, comment_id: UUID, *, token: str, reason: str
) -> None:
    """Ask officers to look at a comment. It stays where it is.

    Asking again with the same token is the same flag; it can add a reason to one that had none.
    """
    comment = await comment_of(db, round_, comment_id)
    if comment.state != State.SHOWN:
        raise NotFound("There is no such comment.")
    texts, reasons = read_texts({"reason": reason}, {"reason": FLAG_REASON})
    refuse(reasons)
    row = {
        "comment_id": comment.id,
        "flagger": browser_hash(keys, b"flag", comment.id, token),
        "reason": texts["reason"],
        "settled": False,
    }
    statement = insert_of(db, CommentFlag).values(row).on_conflict_do_nothing().returning(CommentFlag.comment_id)
    if (await db.execute(statement)).first() is not None:
        await record(db, CommentFlagged(round_id=round_.id, comment_id=comment.id))
        return
    own = (CommentFlag.comment_id == comment.id, CommentFlag.flagger == row["flagger"], CommentFlag.reason == "")
    await db.execute(update(CommentFlag).where(*own).values(reason=row["reason"]))


async def comment_of(db: AsyncSession, round_: Round, comment_id: UUID, *, lock: bool = False) -> Comment:
    """A comment of the round that was not removed. Raises NotFound."""
    query = select(Comment).where(Comment.id == comment_id, Comment.round_id == round_.id)
    query = query.where(Comment.state != State.REMOVED).execution_options(populate_existing=True)
    comment = await db.scalar(query.with_for_update() if lock else query)
    if comment is None:
        raise NotFound("There is no such comment.")
    return comment


async def held_still(db: AsyncSession, round_: Round) -> Round:
    """The round read anew; it enters no other phase until the transaction ends, and others may still read it."""
    return await share(db, round_.id)


def allows(round_: Round, action: Action, phase: Phase) -> bool:
    """Whether the round, standing in `phase`, allows something that its set-up can turn off as well."""
    on = {Action.COMMENT: round_.comments != "off", Action.SUPPORT: round_.supports}.get(action, True)
    return on and action in ALLOWED[phase]


def require_comments(round_: Round, proposal: Proposal, allowed: bool) -> None:  # noqa: FBT001  # what `allows` said
    """Raise CommentsAreClosed unless comments can be written on the proposal."""
    if allowed and proposal.status not in GONE:
        return
    detail = "Comments are closed here."
    code = "comments_off" if round_.comments == "off" else "comments_closed"
    raise CommentsAreClosed(detail, [Reason(code, detail)])


def is_moderator(round_: Round, visitor: Actor | None) -> bool:
    """Whether somebody speaks for the forum of the round."""
    return visitor is not None and not visitor.roles_in(round_.forum_id).isdisjoint(MODERATORS)


def browser_hash(keys: Keys, what: bytes, id_: UUID, token: str) -> bytes:
    """What tells that a browser did something once: of another thing the same browser has another hash."""
    if not TOKEN.fullmatch(token):
        detail = "This page is out of date. Please load it again."
        raise InputIsWrong(detail, [Reason("bad_token", detail, {}, "token")])
    return hmac.digest(keys.pepper, what + b"\x00" + id_.bytes + token.encode(), hashlib.sha256)


def new_key() -> str:
    """What its writer can remove a comment or a question with: 80 random bits."""
    return symbols.encode(secrets.randbits(5 * KEY_SYMBOLS), KEY_SYMBOLS)


def hash_key(key: str) -> bytes:
    """SHA-256 is enough: the key is random, not a password."""
    return hashlib.sha256(key.encode()).digest()


def require_key(key_hash: bytes, key: str) -> None:
    """Raise WrongKey unless the key is the one."""
    if not hmac.compare_digest(hash_key(symbols.tidy(key)), key_hash):
        raise WrongKey("This is not the key that was shown when it was sent.")


def insert_of(db: AsyncSession, model: type[Base]) -> Any:  # noqa: ANN401  # the two dialects' inserts share no type
    """The insert of the database at hand, which can pass over rows that are there."""
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(model.__table__)


def refuse(reasons: list[Reason]) -> None:
    """Raise InputIsWrong with everything that is wrong, if anything is."""
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)


async def _require_room(db: AsyncSession, proposal: Proposal, parent_id: UUID) -> None:
    """Raise NotFound or CommentsAreClosed unless one can reply to that comment."""
    query = select(Comment).where(Comment.id == parent_id, Comment.proposal_id == proposal.id)
    parent = await db.scalar(query.where(Comment.state == State.SHOWN, Comment.parent_id.is_(None)))
    if parent is None:
        raise NotFound("There is no such comment to reply to.")
    replies = (await db.execute(select(func.count()).where(Comment.parent_id == parent_id))).scalar_one()
    if replies >= MOST_REPLIES:
        detail = f"This comment has {MOST_REPLIES} replies already; please write a new comment."
        raise CommentsAreClosed(detail, [Reason("thread_full", detail, {"most": MOST_REPLIES})])
