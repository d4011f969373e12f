"""Making a round: from a template, or from an earlier round of the same forum."""

from __future__ import annotations

import unicodedata

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.rounds import RoundMade
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import InputIsWrong, NotFound
from pbvote.forums.bands import band_of
from pbvote.forums.models import Forum
from pbvote.forums.service import LONGEST_SLUG, forum_of
from pbvote.plain_text import read_texts
from pbvote.rounds.changes import TITLE
from pbvote.rounds.drafts import as_template, draft
from pbvote.rounds.forum_templates import template_of
from pbvote.rounds.models import Round
from pbvote.rounds.pots import PotPlan
from pbvote.rounds.service import lock, round_of
from pbvote.rounds.templates import Template

# Letters that Unicode does not take apart into a plain one and a mark.
WITHOUT_MARKS = str.maketrans(
    {"Ł": "L", "ł": "l", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "ß": "ss", "Æ": "Ae", "æ": "ae"}
)


async def make_round(db: AsyncSession, forum_slug: str, template_id: str, title: str, actor: Actor) -> Round:
    """A new draft from a template, under a slug made from its title. Raises NotFound, NotAllowed, InputIsWrong."""
    forum = await forum_of(db, forum_slug)
    actor.require(forum.id, Role.ORGANISER)
    chosen = await template_of(db, forum, template_id)
    return await add_draft(db, forum, await with_money(db, forum, chosen), title, actor)


async def with_money(db: AsyncSession, forum: Forum, chosen: Template) -> Template:
    """The template, with what the forum gets by its population where it names no money itself.

    A limit of an award that is larger than this money is left out.
    """
    band = await band_of(db, forum)
    if band is None or chosen.pots or chosen.advisory:
        return chosen
    pot = PotPlan(band.funder, band.amount, categories=[], proposals=[], leftover="returned")
    fits = {
        name: award if (award := getattr(chosen, name)) and award <= band.amount else None
        for name in ("smallest_award", "largest_award")
    }
    return msgspec.structs.replace(chosen, pots=(pot,), **fits)


async def clone_round(db: AsyncSession, forum_slug: str, source_slug: str, title: str, actor: Actor) -> Round:
    """A new draft that is set up as an earlier round of the forum: without its dates, proposals and results."""
    forum = await forum_of(db, forum_slug)
    actor.require(forum.id, Role.ORGANISER)
    source = await round_of(db, source_slug, actor)
    if source.forum_id != forum.id:
        raise NotFound("There is no such round in this forum.")
    return await add_draft(db, forum, as_template(source), title, actor)


async def add_draft(
    db: AsyncSession, forum: Forum, chosen: Template, title: str, actor: Actor, *, rehearsal: bool = False
) -> Round:
    """Add a draft of a forum, under a slug made from its title. Raises InputIsWrong. No check of roles."""
    texts, reasons = read_texts({"title": title}, {"title": TITLE})
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    base = slug_from(texts["title"])
    while True:
        round_ = draft(forum, chosen, texts["title"], await free_slug(db, base), await now(db))
        round_.rehearsal = rehearsal
        try:
            async with db.begin_nested():
                db.add(round_)
        except IntegrityError:  # somebody else took the slug in this very moment
            continue
        event = RoundMade(actor_id=actor.account_id, round_id=round_.id, slug=round_.slug, template=chosen.id)
        await record(db, event)
        return await lock(db, round_)


def slug_from(title: str) -> str:
    """A slug that reads like the title: `Your Forum, 2026!` -> `your-forum-2026`."""
    plain = unicodedata.normalize("NFKD", title.translate(WITHOUT_MARKS)).encode("ascii", "ignore").decode().lower()
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return "-".join(words)[: LONGEST_SLUG - 8].strip("-") or "round"


async def free_slug(db: AsyncSession, base: str) -> str:
    """The slug itself or, where a round has it already, with the first free number behind it."""
    taken = set(await db.scalars(select(Round.slug).where(or_(Round.slug == base, Round.slug.like(f"{base}-%")))))
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}" if base in taken else base
