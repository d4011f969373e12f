"""What can be followed: a forum, a round, a proposal; how each is found and named."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.errors import InputIsWrong, NotFound, Reason
from pbvote.forums.models import Forum
from pbvote.forums.service import forum_of
from pbvote.proposals.models import Proposal
from pbvote.proposals.service import proposal_of
from pbvote.rounds.models import Round
from pbvote.rounds.service import round_of


class Kind(StrEnum):
    """What somebody follows."""

    FORUM = "forum"
    ROUND = "round"
    PROPOSAL = "proposal"


class How(StrEnum):
    """When somebody is told: each time, or once a day."""

    AT_ONCE = "at_once"
    DAILY = "daily"


class Subject(msgspec.Struct, frozen=True):
    """Something that can be followed."""

    kind: Kind
    id: UUID


@dataclass(frozen=True, slots=True)
class Named:
    """A subject as people know it: its title, and the parts of its address after the language.

    A proposal also has its round's title and its number there.
    """

    title: str
    path: tuple[str | int, ...]
    round_title: str = ""
    number: int | None = None


async def find_subject(db: AsyncSession, kind: Kind, slug: str, number: int | None) -> Subject:
    """What can be followed under that name, as the public sees it. Raises NotFound and InputIsWrong."""
    if (kind is Kind.PROPOSAL) is not (number is not None):
        detail = "Only a proposal has a number."
        raise InputIsWrong(detail, [Reason("bad_parameter", detail, {}, "number")])
    if kind is Kind.FORUM:
        return Subject(kind, (await forum_of(db, slug)).id)
    round_ = await round_of(db, slug, None)
    if round_.rehearsal:
        raise NotFound("There is no such round.")
    if number is None:
        return Subject(kind, round_.id)
    return Subject(kind, (await proposal_of(db, round_, number)).id)


async def name_of(db: AsyncSession, kind: str, id_: UUID) -> Named | None:
    """What a subject is called; None if it is gone."""
    match kind:
        case Kind.FORUM:
            forum = await db.get(Forum, id_)
            return Named(forum.name, ("f", forum.slug)) if forum else None
        case Kind.ROUND:
            round_ = await db.get(Round, id_)
            return Named(round_.title, ("r", round_.slug)) if round_ else None
        case _:
            proposal = await db.get(Proposal, id_)
            round_ = await db.get(Round, proposal.round_id) if proposal else None
            if proposal is None or round_ is None:
                return None
            path = ("r", round_.slug, "proposals", proposal.number)
            return Named(proposal.title, path, round_.title, proposal.number)
