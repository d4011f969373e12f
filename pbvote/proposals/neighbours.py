"""The proposals of a round that resemble what somebody is typing. They are shown, and keep nobody from sending."""

from __future__ import annotations

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement

from pbvote.proposals.models import Proposal
from pbvote.proposals.similar import MOST_WORDS, Titled, rank, words_of
from pbvote.proposals.states import Status
from pbvote.rounds.models import Round

MOST_COMPARED = 200
LONGEST = 400  # characters of what was typed that are looked at
GONE = (Status.WITHDRAWN, Status.MERGED, Status.SPLIT)


async def resembling(db: AsyncSession, round_: Round, title: str, summary: str, but: int = 0) -> list[Proposal]:
    """The proposals that are most like this title and summary, but for number `but`; those that are gone are left out.

    The database picks those that share the most words, and the ranking looks at these.
    """
    title, summary = title[:LONGEST].replace("\x00", ""), summary[:LONGEST].replace("\x00", "")
    words = list(dict.fromkeys(words_of(title) + words_of(summary)))[:MOST_WORDS]
    if not words:
        return []
    shared = _sum([case((Proposal.search_text.contains(_stem(word), autoescape=True), 1), else_=0) for word in words])
    query = (
        select(Proposal.id, Proposal.number, Proposal.title, Proposal.summary)
        .where(Proposal.round_id == round_.id, Proposal.status.not_in(GONE), shared > 0)
        .order_by(shared.desc(), Proposal.number)
        .limit(MOST_COMPARED)
    )
    # Left out here and not by the database, whose numbers end somewhere.
    rows = [row for row in await db.execute(query) if row.number != but]
    best = rank(title, summary, [Titled(row.number, row.title, row.summary) for row in rows])
    ids = {row.number: row.id for row in rows}
    found = await db.scalars(select(Proposal).where(Proposal.id.in_([ids[number] for number in best])))
    return sorted(found, key=lambda proposal: best.index(proposal.number))


def _stem(word: str) -> str:
    """What singular and plural begin with."""
    return word.removesuffix("y")


def _sum(parts: list[ColumnElement[int]]) -> ColumnElement[int]:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
