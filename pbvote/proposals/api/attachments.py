"""Photos and documents over HTTP: sent as the body, for a draft; shown and downloaded; hidden by officers.

A photo is drawn anew before anything is written, outside any transaction: it takes up to seconds.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.db import now
from pbvote.pictures import MOST_BYTES as MOST_PHOTO_BYTES
from pbvote.pictures import Workshop
from pbvote.proposals import attachments
from pbvote.proposals.api.drafts import DRAFT, Key
from pbvote.proposals.attachments import PHOTO, Size
from pbvote.proposals.documents import MOST_BYTES as MOST_DOCUMENT_BYTES
from pbvote.proposals.documents import read_document
from pbvote.proposals.drafts import draft_of
from pbvote.proposals.service import WrongKey
from pbvote.proposals.shapes import DocumentOut, PhotoOut
from pbvote.rounds.phases import Action
from pbvote.rounds.service import round_of, staff_round
from pbvote.web.access import PUBLIC, only
from pbvote.web.caching import NOT_COMPRESSED, not_kept
from pbvote.web.description import READS, SENDS
from pbvote.web.limits import UPLOADS, WRONG_KEYS, count_against, failures_limited

Db = NamedDependency[AsyncSession]
Visitor = NamedDependency[Actor | None]
Asking = Request[Any, Any, Any]
# of one file more than is kept, so that the sentence that refuses it is ours
PHOTO_BODY, DOCUMENT_BODY = MOST_PHOTO_BYTES + 1024, MOST_DOCUMENT_BYTES + 1024
FOR_MINUTES = "public, max-age=300"  # so that what officers hide is gone soon
WEBP, ANY_FILE = "image/webp", "application/octet-stream"
PHOTOS = ["image/jpeg", "image/png", WEBP]
DOCUMENTS = [
    "application/pdf",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
]
MAY_HIDE = only(Role.OFFICER, Role.ORGANISER)


class WordsBody(msgspec.Struct, forbid_unknown_fields=True):
    """What can be seen in a photo."""

    words: str


class HiddenBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a photo or document is hidden, for everybody to read; empty to show it again."""

    reason: str


@post(f"{DRAFT}/photos", guards=[PUBLIC], request_max_body_size=PHOTO_BODY, opt={READS: PHOTOS})
async def add_photo(request: Asking, db: Db, visitor: Visitor, round_slug: FromPath[str], key: Key) -> PhotoOut:
    """Attach a photo (the body: a JPEG, PNG or WebP file) to the draft. It is drawn anew, without any metadata."""
    count_against(request, UPLOADS)
    await _look(request, visitor, round_slug, key, photo=True)
    workshop: Workshop = request.app.state["workshop"]
    picture = await workshop.draw(await request.body())
    draft = await draft_of(db, await round_of(db, round_slug, visitor), key, lock=True)
    return PhotoOut.of(await attachments.add_photo(db, draft, picture), whole=True)


@post(f"{DRAFT}/documents", guards=[PUBLIC], request_max_body_size=DOCUMENT_BODY, opt={READS: DOCUMENTS})
async def add_document(
    request: Asking, db: Db, visitor: Visitor, round_slug: FromPath[str], key: Key, name: FromQuery[str] = ""
) -> DocumentOut:
    """Attach a document (the body: a PDF, ODT or DOCX file) to the draft."""
    count_against(request, UPLOADS)
    await _look(request, visitor, round_slug, key, photo=False)
    document = read_document(await request.body(), name[:300])
    draft = await draft_of(db, await round_of(db, round_slug, visitor), key, lock=True)
    return DocumentOut.of(await attachments.add_document(db, draft, document), whole=True)


@put(f"{DRAFT}/attachments/{{attachment_id:uuid}}", guards=[PUBLIC])
async def describe_photo(
    db: Db,
    visitor: Visitor,
    round_slug: FromPath[str],
    attachment_id: FromPath[UUID],
    key: Key,
    data: JSONBody[WordsBody],
) -> PhotoOut:
    """Say what can be seen in a photo, for people who do not see it."""
    draft = await draft_of(db, await round_of(db, round_slug, visitor), key, lock=True)
    return PhotoOut.of(await attachments.describe(db, draft, attachment_id, data.words), whole=True)


@delete(f"{DRAFT}/attachments/{{attachment_id:uuid}}", guards=[PUBLIC])
async def remove_attachment(
    db: Db, visitor: Visitor, round_slug: FromPath[str], attachment_id: FromPath[UUID], key: Key
) -> None:
    """Take a photo or a document out of the draft."""
    draft = await draft_of(db, await round_of(db, round_slug, visitor), key, lock=True)
    await attachments.remove(db, draft, attachment_id)


@get(
    "/api/rounds/{round_slug:str}/attachments/{attachment_id:uuid}",
    guards=[PUBLIC],
    opt={NOT_COMPRESSED: True, SENDS: [WEBP, ANY_FILE], **not_kept("some are for whoever has the key alone")},
)
async def show_attachment(
    db: Db,
    visitor: Visitor,
    round_slug: FromPath[str],
    attachment_id: FromPath[UUID],
    size: FromQuery[Size] = "large",
    key: Annotated[str, HeaderParameter(name="proposal-key", max_length=60)] = "",
) -> Response[bytes]:
    """A photo as WebP, or a document to be saved. Those of a draft need its key."""
    found = await attachments.sent(db, await round_of(db, round_slug, visitor), attachment_id, size, visitor, key)
    headers = {"cache-control": "private, no-store" if key or visitor else FOR_MINUTES}
    if found.kind == PHOTO:
        return Response(found.content, media_type=WEBP, headers=headers)
    headers["content-disposition"] = f'attachment; filename="{found.words}"'
    return Response(found.content, media_type=ANY_FILE, headers=headers)


@put("/api/rounds/{round_slug:str}/attachments/{attachment_id:uuid}/hidden", status_code=204, guards=[MAY_HIDE])
async def hide_attachment(
    db: Db,
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
    attachment_id: FromPath[UUID],
    data: JSONBody[HiddenBody],
) -> None:
    """Hide a photo or document of a proposal, with a reason that everybody reads, or show it again."""
    await attachments.hide(db, await staff_round(db, round_slug, actor), attachment_id, data.reason, actor)


async def _look(request: Asking, visitor: Actor | None, round_slug: str, key: str, *, photo: bool) -> None:
    """Refuse a file that has no place to go, before it is read; in a transaction of its own that only reads."""
    async with request.app.state.database.session(write=False) as db:
        with failures_limited(request, WRONG_KEYS, WrongKey):
            round_ = await round_of(db, round_slug, visitor)
            draft = await draft_of(db, round_, key)
        round_.require(Action.WITHDRAW_PROPOSAL, await now(db))
        await attachments.require_room(db, draft, photo=photo)


handlers = [add_photo, add_document, describe_photo, remove_attachment, show_attachment, hide_attachment]
