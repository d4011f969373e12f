"""The roll over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

import anyio.to_thread
import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.keys import Keys
from pbvote.letters.letter import LetterWords
from pbvote.roll import importing, letters, registering, replacing, service
from pbvote.roll.contacts import size_of_contacts
from pbvote.roll.file import MOST_BYTES, RollFile, read_roll
from pbvote.roll.printing import letters_file, words_of
from pbvote.roll.registering import Evidence
from pbvote.roll.shapes import BatchOut, FileOut, RollOut
from pbvote.rounds.models import Round
from pbvote.rounds.service import round_of
from pbvote.web.access import only
from pbvote.web.description import READS, SENDS
from pbvote.web.instants import Instant
from pbvote.web.limits import UNKNOWN_REFERENCES, failures_limited
from pbvote.web.problems import BadRequestBody

CSV, PDF = "text/csv", "application/pdf"
STAFF = only(*importing.MAY_REGISTER)


class CodesBody(msgspec.Struct, forbid_unknown_fields=True):
    """How many voting codes to make, and the name of the batch."""

    label: str
    count: int


class CodesOut(msgspec.Struct, frozen=True):
    """New voting codes. Shown once: only their keyed hashes are stored."""

    label: str
    codes: list[str]


class MadeBody(msgspec.Struct, forbid_unknown_fields=True):
    """How often letters of the batch were made, as far as the sender knows."""

    made: int


class ReferenceBody(msgspec.Struct, forbid_unknown_fields=True):
    """The reference by which the forum knows an elector."""

    reference: str


class RegistrationBody(msgspec.Struct, forbid_unknown_fields=True):
    """The reference by which the forum knows an elector, and what they showed."""

    reference: str
    evidence: Evidence


class CodeOut(msgspec.Struct, frozen=True):
    """One new voting code. Shown once: only its keyed hash is stored."""

    code: str


@post("/api/rounds/{round_slug:str}/codes", guards=[only(Role.ORGANISER, Role.CLERK)])
async def issue_codes(
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
    data: JSONBody[CodesBody],
) -> CodesOut:
    """Put electors on the roll and give out their voting codes, once."""
    round_ = await round_of(db, round_slug, actor)
    codes = await service.issue_codes(db, keys, round_, data.label, data.count, actor)
    return CodesOut(data.label.strip(), codes)


@get("/api/rounds/{round_slug:str}/roll", guards=[only(Role.ORGANISER, Role.OFFICER, Role.CLERK)])
async def roll(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
) -> RollOut:
    """The roll of a round, in numbers."""
    round_ = await round_of(db, round_slug, actor)
    zone = round_.forum.timezone
    batches = [BatchOut.of(batch, zone, language) for batch in await service.batches(db, round_, actor)]
    return RollOut(
        electors=await service.size_of_roll(db, round_.id),
        with_email=await size_of_contacts(db, round_.id),
        sends_mail=request.app.state["settings"].mail is not None,
        batches=batches,
    )


@post(
    "/api/rounds/{round_slug:str}/roll-file/look",
    status_code=200,
    opt={READS: [CSV]},
    guards=[STAFF],
    request_max_body_size=MOST_BYTES,
)
async def look_at_file(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
) -> FileOut:
    """Read a roll from a CSV file (the body, `text/csv`) and say what it holds and what is wrong. Stores nothing."""
    file = await _read_file(request, actor, round_slug)
    round_ = await round_of(db, round_slug, actor)
    return FileOut.of(await importing.look_at(db, keys, round_, file, actor))


@post("/api/rounds/{round_slug:str}/roll-file", guards=[STAFF], request_max_body_size=MOST_BYTES, opt={READS: [CSV]})
async def import_file(  # noqa: PLR0917  # its parameters are its declared inputs
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    label: FromQuery[str] = "",
    sha256: FromQuery[str] = "",
) -> BatchOut:
    """Put everybody in a CSV file (the body) on the roll, or nobody; `sha256` is that of the file looked at."""
    file = await _read_file(request, actor, round_slug)
    round_ = await round_of(db, round_slug, actor)
    batch = await importing.import_roll(db, keys, round_, file, actor, label=label, sha256=sha256)
    return BatchOut.of(batch, round_.forum.timezone, language)


@post(
    "/api/rounds/{round_slug:str}/batches/{batch_id:uuid}/letters",
    status_code=200,
    guards=[STAFF],
    opt={SENDS: [PDF]},
)
async def make_letters(  # noqa: PLR0917  # its parameters are its declared inputs
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
    batch_id: FromPath[UUID],
    data: JSONBody[MadeBody],
) -> Stream:
    """Make the codes of a batch and print them: a PDF with one letter on each page, made while it is sent."""
    round_ = await round_of(db, round_slug, actor)
    made = await letters.make_letters(db, keys, round_, batch_id, data.made, actor)
    words, link = _letter_words(request, round_, made)
    headers = {
        "content-disposition": f'attachment; filename="{round_.slug}-letters.pdf"',
        "x-letters": str(len(made.codes)),
    }
    pages = letters_file(request.app.state["database"], keys, made, words, link)
    return Stream(pages, media_type=PDF, headers=headers)


@post("/api/rounds/{round_slug:str}/batches/{batch_id:uuid}/posted", status_code=200, guards=[STAFF])
async def letters_posted(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    batch_id: FromPath[UUID],
    data: JSONBody[MadeBody],
) -> BatchOut:
    """The letters are on their way: their addresses are deleted, and they cannot be made again."""
    round_ = await round_of(db, round_slug, actor)
    batch = await letters.mark_posted(db, round_, batch_id, data.made, actor)
    return BatchOut.of(batch, round_.forum.timezone, language)


@post("/api/rounds/{round_slug:str}/replacement-code", status_code=200, guards=[STAFF])
async def replace_code(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
    data: JSONBody[ReferenceBody],
) -> CodeOut:
    """Give an elector a new code in place of a lost one, which stops working."""
    with failures_limited(request, UNKNOWN_REFERENCES, replacing.UnknownReference):
        round_ = await round_of(db, round_slug, actor)
        return CodeOut(await replacing.replace_code(db, keys, round_, data.reference, actor))


@post("/api/rounds/{round_slug:str}/roll/registrations", guards=[STAFF])
async def register(
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
    data: JSONBody[RegistrationBody],
) -> CodeOut:
    """Put somebody on the roll at a desk, before voting opens, and give them their code."""
    round_ = await round_of(db, round_slug, actor)
    return CodeOut(await registering.register(db, keys, round_, data.reference, data.evidence, actor))


def _letter_words(request: Request[Any, Any, Any], round_: Round, made: letters.MadeLetters) -> tuple[LetterWords, str]:
    """What the letters say, in the forum's language, and the link to the ballot."""
    settings, published = request.app.state["settings"], request.app.state["plain"].words
    language = round_.forum.language if round_.forum.language in published else settings.locales[0]
    link = f"{settings.base_url}/{language}/r/{quote(round_.slug)}/vote"
    words = words_of(
        round_,
        published[language],
        language,
        settings.partnership,
        link.partition("://")[2],
        opens=Instant.of(made.opens_at, round_.forum.timezone, language),
        closes=Instant.of(made.closes_at, round_.forum.timezone, language),
    )
    return words, link


async def _read_file(request: Request[Any, Any, Any], actor: Actor, round_slug: str) -> RollFile:
    """The file in the body, read in a thread: it may be large. Raises BadRequestBody for what is no CSV file.

    Whether the sender may do this is asked first, in a transaction of its own that holds up no writer meanwhile.
    """
    async with request.app.state["database"].session(write=False) as db:
        round_ = await round_of(db, round_slug, actor)
        actor.require(round_.forum_id, *importing.MAY_REGISTER)
    if request.content_type[0] != CSV:
        raise BadRequestBody(f"This address expects a file of the type {CSV}.")
    return await anyio.to_thread.run_sync(read_roll, await request.body())


handlers = [issue_codes, roll, look_at_file, import_file, make_letters, letters_posted, replace_code, register]
