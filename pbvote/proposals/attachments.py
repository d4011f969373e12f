"""Photos and documents of drafts and proposals, and what officers hide of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.audit.events.proposals import AttachmentHidden, AttachmentShown
from pbvote.audit.service import record
from pbvote.errors import DomainError, InputIsWrong, NotFound
from pbvote.pictures import Picture
from pbvote.plain_text import Limit, read_texts
from pbvote.proposals.documents import Document
from pbvote.proposals.models import Attachment, Proposal, ProposalDraft
from pbvote.proposals.service import hash_key
from pbvote.rounds.models import Round

PHOTO = "photo"
MOST_PHOTOS, MOST_DOCUMENTS = 5, 3
WORDS = Limit(200)
REASON = Limit(300)
Size = Literal["small", "large"]


class TooManyAttachments(DomainError):
    """A proposal has as many photos or documents as it can have."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "No room for more"


@dataclass(frozen=True, slots=True)
class Sent:
    """A photo or a document as it is sent."""

    kind: str
    words: str
    content: bytes


async def of_draft(db: AsyncSession, draft_id: UUID) -> list[Attachment]:
    """What is attached to a draft, in its order."""
    return list(await db.scalars(select(Attachment).where(Attachment.draft_id == draft_id).order_by(Attachment.id)))


async def of_proposals(db: AsyncSession, proposal_ids: Sequence[UUID]) -> dict[UUID, list[Attachment]]:
    """What is attached to proposals, each in its order; without what it is made of."""
    query = select(Attachment).where(Attachment.proposal_id.in_(proposal_ids)).order_by(Attachment.id)
    found: dict[UUID, list[Attachment]] = defaultdict(list)
    for attachment in await db.scalars(query):
        if attachment.proposal_id is not None:
            found[attachment.proposal_id].append(attachment)
    return found


async def require_room(db: AsyncSession, draft: ProposalDraft, *, photo: bool) -> None:
    """Raise TooManyAttachments if the draft has as many photos, or documents, as it can have."""
    there = [one for one in await of_draft(db, draft.id) if (one.kind == PHOTO) == photo]
    most, what = (MOST_PHOTOS, "photos") if photo else (MOST_DOCUMENTS, "documents")
    if len(there) >= most:
        raise TooManyAttachments(f"A proposal has at most {most} {what}. Remove one to add another.")


async def add_photo(db: AsyncSession, draft: ProposalDraft, picture: Picture) -> Attachment:
    """Attach a photo to a draft, which the caller has locked. Raises TooManyAttachments."""
    await require_room(db, draft, photo=True)
    attachment = Attachment(
        draft_id=draft.id,
        kind=PHOTO,
        words="",
        content=picture.large,
        small=picture.small,
        size=len(picture.large),
        width=picture.width,
        height=picture.height,
        hidden_reason="",
    )
    return await _added(db, attachment)


async def add_document(db: AsyncSession, draft: ProposalDraft, document: Document) -> Attachment:
    """Attach a document to a draft, which the caller has locked. Raises TooManyAttachments."""
    await require_room(db, draft, photo=False)
    attachment = Attachment(
        draft_id=draft.id,
        kind=document.kind,
        words=document.name,
        content=document.content,
        size=len(document.content),
        hidden_reason="",
    )
    return await _added(db, attachment)


async def describe(db: AsyncSession, draft: ProposalDraft, id_: UUID, words: str) -> Attachment:
    """Say what can be seen in a photo, for those who do not see it. Raises NotFound."""
    attachment = await _of(db, draft, id_)
    if attachment.kind != PHOTO:
        raise NotFound("There is no such photo.")
    texts, reasons = read_texts({"words": words}, {"words": WORDS})
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    attachment.words = texts["words"]
    await db.flush()
    return attachment


async def remove(db: AsyncSession, draft: ProposalDraft, id_: UUID) -> None:
    """Take a photo or a document out of a draft; a proposal that has it keeps it until the draft is sent."""
    attachment = await _of(db, draft, id_)
    if attachment.proposal_id is None:
        await db.delete(attachment)
    else:
        attachment.draft_id = None
    await db.flush()


async def sent(db: AsyncSession, round_: Round, id_: UUID, size: Size, viewer: Actor | None, key: str = "") -> Sent:
    """A photo or a document of the round. Raises NotFound.

    Everybody sees those of proposals, unless they are hidden; officers see these too. What belongs to a draft is seen
    by whoever has its key.
    """
    query = (
        select(Attachment, Proposal.round_id, ProposalDraft.round_id, ProposalDraft.key_hash)
        .outerjoin(Proposal, Proposal.id == Attachment.proposal_id)
        .outerjoin(ProposalDraft, ProposalDraft.id == Attachment.draft_id)
        .where(Attachment.id == id_)
        .options(undefer(Attachment.content), undefer(Attachment.small))
    )
    row = (await db.execute(query)).one_or_none()
    if row is not None:
        attachment, proposals_round, drafts_round, key_hash = row
        staff = viewer is not None and not viewer.roles_in(round_.forum_id).isdisjoint(STAFF)
        public = proposals_round == round_.id and (staff or not attachment.hidden_reason)
        if public or (drafts_round == round_.id and key and key_hash == hash_key(key)):
            small = attachment.small if size == "small" else None
            return Sent(attachment.kind, attachment.words, attachment.content if small is None else small)
    raise NotFound("There is no such photo or document, or it is hidden.")


async def hide(db: AsyncSession, round_: Round, id_: UUID, reason: str, actor: Actor) -> None:
    """Hide a photo or a document of a proposal, with a reason that the public reads; show it again without one."""
    actor.require(round_.forum_id, Role.OFFICER, Role.ORGANISER)
    query = select(Attachment, Proposal.number).join(Proposal, Proposal.id == Attachment.proposal_id)
    row = (await db.execute(query.where(Attachment.id == id_, Proposal.round_id == round_.id))).one_or_none()
    if row is None:
        raise NotFound("There is no such photo or document in this round.")
    attachment, number = row
    limit = Limit(REASON.most, required=False)
    texts, reasons = read_texts({"reason": reason}, {"reason": limit})
    if reasons:
        raise InputIsWrong(" ".join(one.detail for one in reasons), reasons)
    attachment.hidden_reason = texts["reason"]
    about: dict[str, Any] = {"actor_id": actor.account_id, "round_id": round_.id, "number": number}
    hidden = AttachmentHidden(**about, attachment_id=id_, reason=texts["reason"])
    await record(db, hidden if attachment.hidden_reason else AttachmentShown(**about, attachment_id=id_))


async def _of(db: AsyncSession, draft: ProposalDraft, id_: UUID) -> Attachment:
    attachment = await db.scalar(select(Attachment).where(Attachment.id == id_, Attachment.draft_id == draft.id))
    if attachment is None:
        raise NotFound("There is no such photo or document in this draft.")
    return attachment


async def _added(db: AsyncSession, attachment: Attachment) -> Attachment:
    db.add(attachment)
    await db.flush()
    return attachment
