"""Proposals that are still being written: saved as people go, and opened again with a key, without an account.

A draft is nobody's business until it is sent, so saving one writes no event, and what it says is sealed. The key of a
draft becomes the key of the proposal. A proposal that is written anew is a draft again, under the same key.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import symbols
from pbvote.accounts.roles import Actor
from pbvote.db import now
from pbvote.errors import ChangedBySomebodyElse, DomainError
from pbvote.installation.service import kept
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.proposals.content import Draft
from pbvote.proposals.models import Attachment, Proposal, ProposalDraft
from pbvote.proposals.service import (
    WrongKey,
    hash_key,
    new_key,
    proposal_of,
    require_key,
    require_open,
    require_unfinished,
    revise,
    submit,
)
from pbvote.rounds.models import Round

MOST_CHARACTERS = 30_000  # of all that was typed: far more than can be sent
PURPOSE = "proposal drafts"


class TooMuchText(DomainError):
    """A draft is longer than any proposal can be."""

    status: ClassVar[int] = 413
    title: ClassVar[str] = "Too long to be kept"


class FormLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the costs as it was typed."""

    what: str = ""
    amount: str = ""
    basis: str = "estimate"


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was typed so far; amounts as they were typed. Nothing of it is judged before it is sent."""

    title: str = ""
    summary: str = ""
    description: str = ""
    category: str = ""
    place: str = ""
    proposer: str = ""
    contact_email: str = ""
    running_costs: str = ""
    lines: list[FormLine] = msgspec.field(default_factory=list)
    ask: str = ""
    smallest: str = ""
    match_cash: str = ""
    match_kind: str = ""
    match_hours: str = ""
    whole_area: bool = False
    latitude: int | None = None
    longitude: int | None = None


async def begin(
    db: AsyncSession, keys: Keys, round_: Round, form: Form, visitor: Actor | None
) -> tuple[ProposalDraft, str]:
    """Begin a draft: what is kept, and its key. Raises ProposalsAreClosed or ProposalsAreNotOpen."""
    moment = await now(db)
    require_open(round_, visitor, moment)
    key = new_key()
    draft = ProposalDraft(round_id=round_.id, key_hash=hash_key(key), version=0, links=0, changed_at=moment)
    await _put(db, keys, draft, form)
    return draft, symbols.grouped(key)


async def draft_of(db: AsyncSession, round_: Round, key: str, *, lock: bool = False) -> ProposalDraft:
    """The draft that a key opens; locked, for whoever changes it. Raises WrongKey."""
    query = select(ProposalDraft).where(ProposalDraft.round_id == round_.id, ProposalDraft.key_hash == hash_key(key))
    query = query.execution_options(populate_existing=True)
    draft = await db.scalar(query.with_for_update() if lock else query)
    if draft is None:
        raise WrongKey("No draft has this key. It may have been sent, or deleted because nobody touched it for long.")
    return draft


def form_of(keys: Keys, draft: ProposalDraft) -> Form:
    """What was typed so far."""
    return Sealer.of(keys.pepper, PURPOSE).open(draft.id.bytes, draft.sealed, Form)


async def save(db: AsyncSession, keys: Keys, round_: Round, key: str, form: Form, version: int) -> ProposalDraft:
    """Keep what is typed now. Raises WrongKey, and ChangedBySomebodyElse for another version than the sender's."""
    draft = await draft_of(db, round_, key, lock=True)
    if draft.version != version:
        raise ChangedBySomebodyElse("This draft was changed in another window or on another device.")
    await _put(db, keys, draft, form)
    return draft


async def discard(db: AsyncSession, round_: Round, key: str) -> None:
    """Delete a draft with everything that was sent for it. A proposal that was being changed stays as it is."""
    await _delete(db, [(await draft_of(db, round_, key, lock=True)).id])


async def send(
    db: AsyncSession, round_: Round, key: str, content: Draft, visitor: Actor | None = None
) -> tuple[Proposal, str]:
    """Put a draft forward, or send a proposal again; the proposal, and its key. Raises as `submit` and `revise`."""
    draft = await draft_of(db, round_, key, lock=True)
    if draft.proposal_id is None:
        proposal, _ = await submit(db, round_, content, visitor, key)
    else:
        number = (await db.scalars(select(Proposal.number).where(Proposal.id == draft.proposal_id))).one()
        proposal = await revise(db, round_, number, content, key)
    left_out = (Attachment.proposal_id == proposal.id, Attachment.draft_id.is_(None))
    await db.execute(delete(Attachment).where(*left_out))
    await db.execute(
        update(Attachment).where(Attachment.draft_id == draft.id).values(proposal_id=proposal.id, draft_id=None)
    )
    await db.delete(draft)
    await db.flush()
    return proposal, symbols.grouped(symbols.tidy(key))


async def write_anew(db: AsyncSession, keys: Keys, round_: Round, number: int, key: str) -> ProposalDraft:
    """The draft in which a proposal is changed: the one there is, or a new one that says what the proposal says.

    Raises WrongKey, and CannotBeChangedNow once officers have decided.
    """
    proposal = await proposal_of(db, round_, number)
    require_key(proposal, key)
    moment = await now(db)
    require_unfinished(round_, proposal, moment)
    there = await db.scalar(select(ProposalDraft).where(ProposalDraft.proposal_id == proposal.id).with_for_update())
    if there is not None:
        return there
    draft = ProposalDraft(
        round_id=round_.id,
        proposal_id=proposal.id,
        key_hash=proposal.key_hash,
        version=0,
        links=0,
        changed_at=moment,
    )
    await _put(db, keys, draft, as_typed(proposal))
    await db.execute(update(Attachment).where(Attachment.proposal_id == proposal.id).values(draft_id=draft.id))
    return draft


def as_typed(proposal: Proposal) -> Form:
    """What a proposal says, as it could have been typed."""
    texts = ("title", "summary", "description", "category", "place", "proposer", "contact_email", "running_costs")
    money = ("ask", "smallest", "match_cash", "match_kind")
    return Form(
        **{name: getattr(proposal, name) for name in texts},
        **{name: _pounds(getattr(proposal, name) or 0) for name in money},
        lines=[FormLine(line.what, _pounds(line.amount), line.basis) for line in proposal.lines],
        match_hours=str(proposal.match_hours or ""),
        whole_area=proposal.whole_area,
        latitude=proposal.latitude,
        longitude=proposal.longitude,
    )


async def opened_by(db: AsyncSession, round_: Round, key: str) -> tuple[int | None, bool]:
    """What a key opens: the number of its proposal (None for a draft), and whether that is written anew.

    Raises WrongKey.
    """
    hashed = hash_key(key)
    draft = await db.scalar(
        select(ProposalDraft).where(ProposalDraft.round_id == round_.id, ProposalDraft.key_hash == hashed)
    )
    of_round = (Proposal.round_id == round_.id, Proposal.key_hash == hashed)
    number = await db.scalar(select(Proposal.number).where(*of_round).order_by(Proposal.number))
    if number is None and draft is None:
        raise WrongKey("Nothing here has this key. It may be a draft that was deleted after a long time.")
    return number, number is not None and draft is not None


async def drafts_to_forget(db: AsyncSession) -> list[UUID]:
    """The drafts that nobody has touched for as long as drafts are kept."""
    old = ProposalDraft.changed_at < await now(db) - await kept(db, "drafts")
    return list(await db.scalars(select(ProposalDraft.id).where(old)))


async def forget_drafts(db: AsyncSession) -> None:
    """Delete them, with everything that was sent for them."""
    await _delete(db, await drafts_to_forget(db))


async def _put(db: AsyncSession, keys: Keys, draft: ProposalDraft, form: Form) -> None:
    if len(msgspec.json.encode(form)) > MOST_CHARACTERS:
        raise TooMuchText("This is longer than any proposal can be, so it is not kept. Please shorten it.")
    draft.id = draft.id or uuid4()
    draft.sealed = Sealer.of(keys.pepper, PURPOSE).seal(draft.id.bytes, form)
    draft.version += 1
    draft.changed_at = await now(db)
    db.add(draft)
    await db.flush()


async def _delete(db: AsyncSession, drafts: list[UUID]) -> None:
    """Delete drafts; what is attached to a proposal too stays with the proposal."""
    theirs = Attachment.draft_id.in_(drafts)
    await db.execute(delete(Attachment).where(theirs, Attachment.proposal_id.is_(None)))
    await db.execute(update(Attachment).where(theirs).values(draft_id=None))
    await db.execute(delete(ProposalDraft).where(ProposalDraft.id.in_(drafts)))


def _pounds(pence: int) -> str:
    """`1250` is typed as `12.50`, and nothing as nothing."""
    return f"{Decimal(pence) / 100:.2f}".removesuffix(".00") if pence else ""
