"""Drafts over HTTP: saved as people type, opened again with their key, sent. The key is a header, in no address."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.installation.service import kept
from pbvote.keys import Keys
from pbvote.proposals import attachments, drafts
from pbvote.proposals.content import Draft
from pbvote.proposals.drafts import Form
from pbvote.proposals.models import Proposal, ProposalDraft
from pbvote.proposals.neighbours import resembling
from pbvote.proposals.service import WrongKey
from pbvote.proposals.shapes import AttachedOut, SubmittedOut
from pbvote.proposals.states import Status
from pbvote.rounds.models import Round
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC
from pbvote.web.caching import NOT_COMPRESSED, not_kept
from pbvote.web.instants import Instant
from pbvote.web.limits import DRAFTS, PROPOSALS, WRONG_KEYS, count_against, failures_limited

Db = NamedDependency[AsyncSession]
Visitor = NamedDependency[Actor | None]
Language = NamedDependency[str]
Secrets = NamedDependency[Keys]
Key = Annotated[str, HeaderParameter(name="proposal-key", max_length=60)]
Asking = Request[Any, Any, Any]
DRAFT = "/api/rounds/{round_slug:str}/draft"


class SavedOut(msgspec.Struct, frozen=True):
    """The version of a draft now, until when it is kept, and whether its key can be sent by e-mail."""

    version: int
    kept_until: Instant
    sends_mail: bool


class BegunOut(SavedOut, frozen=True):
    """A new draft with its key."""

    key: str


class SaveBody(msgspec.Struct, forbid_unknown_fields=True):
    """What was typed so far, and the version that it was typed into."""

    form: Form
    version: int


class DraftOut(SavedOut, frozen=True):
    """A draft. `number` is the proposal that is written anew in it, if any."""

    form: Form
    number: int | None
    saved: Instant
    attached: AttachedOut


class MineBody(msgspec.Struct, forbid_unknown_fields=True):
    """The key of a draft or of a proposal."""

    key: str


class MineOut(msgspec.Struct, frozen=True):
    """What a key opens: a draft, or the proposal with that number; `changing` while that is written anew."""

    number: int | None
    changing: bool


class SimilarOut(msgspec.Struct, frozen=True):
    """A proposal that resembles what is being typed."""

    number: int
    title: str
    place: str
    status: Status


class SimilarsOut(msgspec.Struct, frozen=True):
    """The proposals that resemble what is being typed, the most alike first."""

    items: list[SimilarOut]


@post("/api/rounds/{round_slug:str}/drafts", guards=[PUBLIC])
async def begin_draft(
    *,
    request: Asking,
    db: Db,
    keys: Secrets,
    visitor: Visitor,
    language: Language,
    round_slug: FromPath[str],
    data: JSONBody[Form],
) -> BegunOut:
    """Begin a draft. Its key is shown this once."""
    count_against(request, DRAFTS)
    round_ = await round_of(db, round_slug, visitor)
    draft, key = await drafts.begin(db, keys, round_, data, visitor)
    return BegunOut(**await saved_values(request, db, round_, draft, language), key=key)


@get(DRAFT, guards=[PUBLIC], opt={NOT_COMPRESSED: True, **not_kept("it is for whoever has the key")})
async def show_draft(
    *,
    request: Asking,
    db: Db,
    keys: Secrets,
    visitor: Visitor,
    language: Language,
    round_slug: FromPath[str],
    key: Key,
) -> DraftOut:
    """The draft that the key opens."""
    with failures_limited(request, WRONG_KEYS, WrongKey):
        round_ = await round_of(db, round_slug, visitor)
        draft = await drafts.draft_of(db, round_, key)
    return await draft_out(request, db, keys, round_, draft, language)


@put(DRAFT, guards=[PUBLIC])
async def save_draft(
    *,
    request: Asking,
    db: Db,
    keys: Secrets,
    visitor: Visitor,
    language: Language,
    round_slug: FromPath[str],
    key: Key,
    data: JSONBody[SaveBody],
) -> SavedOut:
    """Keep what is typed now."""
    with failures_limited(request, WRONG_KEYS, WrongKey):
        round_ = await round_of(db, round_slug, visitor)
        draft = await drafts.save(db, keys, round_, key, data.form, data.version)
    return SavedOut(**await saved_values(request, db, round_, draft, language))


@delete(DRAFT, guards=[PUBLIC])
async def discard_draft(request: Asking, db: Db, visitor: Visitor, round_slug: FromPath[str], key: Key) -> None:
    """Delete the draft with everything that was sent for it."""
    with failures_limited(request, WRONG_KEYS, WrongKey):
        await drafts.discard(db, await round_of(db, round_slug, visitor), key)


@post(f"{DRAFT}/send", guards=[PUBLIC])
async def send_draft(
    request: Asking, db: Db, visitor: Visitor, round_slug: FromPath[str], key: Key, data: JSONBody[Draft]
) -> SubmittedOut:
    """Put the draft forward, or send the proposal again that is written anew in it. The key stays the same."""
    count_against(request, PROPOSALS)
    with failures_limited(request, WRONG_KEYS, WrongKey):
        proposal, shown = await drafts.send(db, await round_of(db, round_slug, visitor), key, data, visitor)
    return SubmittedOut(proposal.number, shown)


@post("/api/rounds/{round_slug:str}/mine", status_code=200, guards=[PUBLIC])
async def find_mine(
    request: Asking, db: Db, visitor: Visitor, round_slug: FromPath[str], data: JSONBody[MineBody]
) -> MineOut:
    """What a key opens."""
    with failures_limited(request, WRONG_KEYS, WrongKey):
        number, changing = await drafts.opened_by(db, await round_of(db, round_slug, visitor), data.key)
    return MineOut(number, changing)


@post("/api/rounds/{round_slug:str}/proposals/{number:int}/change", status_code=200, guards=[PUBLIC])
async def change_proposal(
    *,
    request: Asking,
    db: Db,
    keys: Secrets,
    visitor: Visitor,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[MineBody],
) -> DraftOut:
    """Begin to write a proposal anew: as officers asked, or before they have decided."""
    with failures_limited(request, WRONG_KEYS, WrongKey):
        round_ = await round_of(db, round_slug, visitor)
        draft = await drafts.write_anew(db, keys, round_, number, data.key)
    return await draft_out(request, db, keys, round_, draft, language)


@get("/api/rounds/{round_slug:str}/similar", guards=[PUBLIC], opt=not_kept("it is about what one person writes"))
async def similar(
    db: Db,
    visitor: Visitor,
    round_slug: FromPath[str],
    title: FromQuery[str] = "",
    summary: FromQuery[str] = "",
    but: FromQuery[int] = 0,
) -> SimilarsOut:
    """The proposals that resemble this title and summary, but for number `but`; at most a few."""
    found = await resembling(db, await round_of(db, round_slug, visitor), title, summary, but)
    return SimilarsOut([SimilarOut(one.number, one.title, one.place, Status(one.status)) for one in found])


async def draft_out(
    request: Asking, db: AsyncSession, keys: Keys, round_: Round, draft: ProposalDraft, language: str
) -> DraftOut:
    """The draft as it is sent to whoever has its key."""
    proposal = None if draft.proposal_id is None else await db.get_one(Proposal, draft.proposal_id)
    return DraftOut(
        **await saved_values(request, db, round_, draft, language),
        form=drafts.form_of(keys, draft),
        number=proposal.number if proposal else None,
        saved=Instant.of(draft.changed_at, round_.forum.timezone, language),
        attached=AttachedOut.of(await attachments.of_draft(db, draft.id), whole=True),
    )


async def saved_values(
    request: Asking, db: AsyncSession, round_: Round, draft: ProposalDraft, language: str
) -> dict[str, Any]:
    """The fields of a SavedOut, for the shapes that say more."""
    until = draft.changed_at + await kept(db, "drafts")
    return {
        "version": draft.version,
        "kept_until": Instant.of(until, round_.forum.timezone, language),
        "sends_mail": request.app.state["settings"].mail is not None,
    }


handlers = [
    *(begin_draft, show_draft, save_draft, discard_draft, send_draft),
    *(find_mine, change_proposal, similar),
]
