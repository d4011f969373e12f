"""The ballot log over HTTP: proofs, leaves, checkpoints, and the witnesses who countersign them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.ballotlog import proofs, witnesses
from pbvote.ballotlog.feed import FEED_ENTRIES, Feed, feed_of
from pbvote.ballotlog.proofs import MOST_LEAVES, Logs
from pbvote.ballotlog.shapes import (
    CheckpointOut,
    CheckpointsOut,
    ConsistencyOut,
    CosignedOut,
    EventOut,
    EventsOut,
    InclusionOut,
    KeyBody,
    LogOut,
    NoteBody,
    SeenOut,
    WitnessesOut,
    WitnessOut,
)
from pbvote.ballotlog.witnesses import MAY_NAME_WITNESSES, NotAWitness
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC, only
from pbvote.web.caching import FOR_A_MOMENT, FOR_EVER, IN_A_LANGUAGE, NOT_COMPRESSED, kept, not_kept
from pbvote.web.limits import WRONG_SIGNATURES, failures_limited
from pbvote.web.paging import MOST_ITEMS, USUAL_ITEMS

LOG = "/api/polls/{poll_id:uuid}/log"
ANY_STRETCH = not_kept("any stretch may be asked for, and browsers keep it for good")
TEXT, ATOM = MediaType.TEXT, "application/atom+xml"
AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Language = NamedDependency[str]
MOST = 2**53 - 1  # what every program can write exactly
Place = Annotated[int, QueryParameter(ge=0, le=MOST)]
MaybePlace = Annotated[int | None, QueryParameter(ge=0, le=MOST)]
HowMany = Annotated[int, QueryParameter(ge=1, le=MOST_ITEMS)]
HowManyLeaves = Annotated[int, QueryParameter(ge=1, le=MOST_LEAVES)]


@get(LOG, guards=[PUBLIC], opt=kept())
async def log(request: AnyRequest, db: Db, language: Language, poll_id: FromPath[UUID]) -> Response[LogOut]:
    """The log at its newest checkpoint, and who has countersigned it."""
    round_, known = await proofs.round_of_poll(db, poll_id), await proofs.newest(db, poll_id)
    found = (await _logs(request).of(db, known.point, poll_id)).events_until(known.point.size)
    seen = [SeenOut.of(signed, round_, language) for signed in await proofs.seen_by(db, poll_id)]
    note = await proofs.note_of(db, known.note)
    return Response(LogOut.of(round_, known, note, len(found), seen), headers=IN_A_LANGUAGE)


@get(f"{LOG}/checkpoint", guards=[PUBLIC], media_type=TEXT, opt=kept())
async def checkpoint(db: Db, poll_id: FromPath[UUID]) -> Response[str]:
    """The newest checkpoint, a signed note, with its witnesses' lines."""
    known = await proofs.newest(db, poll_id)
    return Response(await proofs.note_of(db, known.note), media_type=TEXT, headers=FOR_A_MOMENT)


@get(f"{LOG}/checkpoints", guards=[PUBLIC], opt=kept("offset", "limit"))
async def checkpoints(
    db: Db, poll_id: FromPath[UUID], offset: Place = 0, limit: HowMany = USUAL_ITEMS
) -> Response[CheckpointsOut]:
    """The checkpoints, the newest first."""
    found, total = await proofs.checkpoints(db, poll_id, offset, limit)
    items = [CheckpointOut.of(point, signed) for point, signed in found]
    return Response(CheckpointsOut(items, total, offset, limit), headers=FOR_A_MOMENT)


@get(f"{LOG}/feed", guards=[PUBLIC], media_type=ATOM, opt=kept())
async def feed(request: AnyRequest, db: Db, poll_id: FromPath[UUID]) -> Response[bytes]:
    """The newest checkpoints as an Atom feed."""
    round_, known = await proofs.round_of_poll(db, poll_id), await proofs.newest(db, poll_id)
    found, _ = await proofs.checkpoints(db, poll_id, 0, FEED_ENTRIES)
    events = (await _logs(request).of(db, known.point, poll_id)).events_until(known.point.size)
    settings = request.app.state.settings
    page = f"{settings.base_url}/{settings.locales[0]}/r/{round_.slug}/log"
    about = Feed(round_.title, known.log.origin, page, f"{settings.base_url}/api/polls/{poll_id}/log/feed")
    notes = [(one.size, one.note) for one in (CheckpointOut.of(point, signed) for point, signed in found)]
    return Response(feed_of(about, notes, events), media_type=ATOM, headers=FOR_A_MOMENT)


@get(f"{LOG}/events", guards=[PUBLIC], opt=kept())
async def events(request: AnyRequest, db: Db, language: Language, poll_id: FromPath[UUID]) -> Response[EventsOut]:
    """Everything in the log that is no ballot: the opening, pauses, the close, the result."""
    round_, point = await proofs.round_of_poll(db, poll_id), (await proofs.newest(db, poll_id)).point
    found = (await _logs(request).of(db, point, poll_id)).events_until(point.size)
    items = [EventOut.of(number, event, round_, language) for number, event in found]
    return Response(EventsOut(point.size, items), headers=IN_A_LANGUAGE)


# Not compressed: hexadecimal digits gain little by it, and 10,000 lines would keep everybody else waiting.
@get(f"{LOG}/leaves", guards=[PUBLIC], media_type=TEXT, opt={NOT_COMPRESSED: True, **ANY_STRETCH})
async def leaves(
    db: Db, poll_id: FromPath[UUID], start: Place = 0, limit: HowManyLeaves = MOST_LEAVES
) -> Response[bytes]:
    """Entries of the log, a line each."""
    size, found = await proofs.leaves(db, poll_id, start, limit)
    content = b"".join(leaf + b"\n" for leaf in found)
    return Response(content, media_type=TEXT, headers=FOR_EVER if start + limit <= size else FOR_A_MOMENT)


@get(f"{LOG}/inclusion", guards=[PUBLIC], opt=ANY_STRETCH)
async def inclusion(
    request: AnyRequest, db: Db, poll_id: FromPath[UUID], index: Place, size: MaybePlace = None
) -> Response[InclusionOut]:
    """The proof that an entry is in the log, as it is now or was at a size."""
    proven, leaf, proof = await proofs.inclusion(db, _logs(request), poll_id, index, size)
    found = InclusionOut(index, proven, leaf.decode(), [one.hex() for one in proof])
    return Response(found, headers=FOR_A_MOMENT if size is None else FOR_EVER)


@get(f"{LOG}/consistency", guards=[PUBLIC], opt=ANY_STRETCH)
async def consistency(
    request: AnyRequest, db: Db, poll_id: FromPath[UUID], first: Place, second: MaybePlace = None
) -> Response[ConsistencyOut]:
    """The proof that the log, as it is now or was at a size, begins with what it was at an earlier size."""
    proven, proof = await proofs.consistency(db, _logs(request), poll_id, first, second)
    found = ConsistencyOut(first, proven, [one.hex() for one in proof])
    return Response(found, headers=FOR_A_MOMENT if second is None else FOR_EVER)


@post(f"{LOG}/cosignatures", status_code=200, guards=[PUBLIC])
async def add_cosignatures(
    request: AnyRequest, db: Db, poll_id: FromPath[UUID], data: JSONBody[NoteBody]
) -> CosignedOut:
    """Add the lines of witnesses to a checkpoint of this log. Only those named for the round count."""
    round_ = await proofs.round_of_poll(db, poll_id)
    with failures_limited(request, WRONG_SIGNATURES, NotAWitness):
        point = await witnesses.add_cosignatures(db, round_, poll_id, data.note)
    out = CheckpointOut.of(point, await proofs.under(db, poll_id, [point.size]))
    return CosignedOut(out.size, out.witnesses)


@get("/api/rounds/{round_slug:str}/witnesses", guards=[PUBLIC], opt=kept())
async def list_witnesses(db: Db, language: Language, round_slug: FromPath[str]) -> WitnessesOut:
    """Who watches the vote of a round."""
    round_ = await round_of(db, round_slug, None)
    return WitnessesOut([WitnessOut.of(one, round_, language) for one in await witnesses.named(db, round_.id)])


@post("/api/rounds/{round_slug:str}/witnesses", guards=[only(*MAY_NAME_WITNESSES)])
async def add_witness(
    db: Db, actor: NamedDependency[Actor], language: Language, round_slug: FromPath[str], data: JSONBody[KeyBody]
) -> WitnessOut:
    """Name a witness by the public key that they gave you."""
    round_ = await round_of(db, round_slug, actor)
    return WitnessOut.of(await witnesses.add_witness(db, round_, data.key, actor), round_, language)


def _logs(request: AnyRequest) -> Logs:
    logs: Logs = request.app.state["logs"]
    return logs


handlers = [
    log,
    checkpoint,
    checkpoints,
    feed,
    events,
    leaves,
    inclusion,
    consistency,
    add_cosignatures,
    list_witnesses,
    add_witness,
]
