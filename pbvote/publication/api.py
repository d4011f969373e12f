"""Published results over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import anyio.to_thread
import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.db import Database, now
from pbvote.keys import Keys
from pbvote.outcomes.api import Download, Official, ResultOut, result_out
from pbvote.publication import certifying, service
from pbvote.publication.files import BUNDLE, ZIP
from pbvote.publication.shelf import Shelved
from pbvote.rounds.api import DONE, ApprovalOut, approval_answer
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.service import round_of, staff_round
from pbvote.rounds.shapes import WhichPoll
from pbvote.verify.single_file import NAME as VERIFIER
from pbvote.verify.single_file import single_file
from pbvote.voting.api import TurnoutAuditOut, Vote
from pbvote.voting.turnout_audit import recorded_audit
from pbvote.web import downloads
from pbvote.web.access import PUBLIC, only
from pbvote.web.caching import ASKED_BY_ONE, ASKED_EACH_TIME, NOT_COMPRESSED, kept, not_kept
from pbvote.web.description import SENDS
from pbvote.web.instants import Instant

FILE = not_kept("files can be large, and have a shelf of their own")
AnyRequest = Request[Any, Any, Any]
TWO_OFFICERS = [only(Role.OFFICER, Role.ORGANISER)]
ANY_FILE = "application/octet-stream"
FILES = ["text/plain", "text/csv", "application/json", ZIP]  # what a publication consists of


class PublishBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which outcome is to be made official: the one that the officer has looked at.

    `approves` is the ask that is approved; None asks. Where a board keeps the key, two of its members enter their
    passphrases in `unlock` when it is approved.
    """

    outcome_id: UUID
    approves: UUID | None
    unlock: list[str] = []


class ApprovesBody(msgspec.Struct, forbid_unknown_fields=True):
    """A step that says by itself why it is taken. `approves` is the ask that is approved; None asks."""

    approves: UUID | None


class CertificationOut(msgspec.Struct, frozen=True):
    """Until when a published result can be challenged, and whether that time is over."""

    challenges_until: Instant
    over: bool


@post("/api/rounds/{round_slug:str}/publish", status_code=202, responses=DONE, guards=[only(Role.OFFICER)])
async def publish(
    request: AnyRequest,
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    data: JSONBody[PublishBody],
) -> Response[ApprovalOut]:
    """Make an outcome official, with a second officer."""
    database: Database = request.app.state["database"]
    candidate, consent = service.Candidate(data.outcome_id, data.unlock), Consent(data.approves)
    async with database.session(write=False) as db:  # may take minutes, in which others write
        prepared = await service.prepare(db, keys, await round_of(db, round_slug, actor), candidate, consent, actor)
    async with database.session(write=True) as db:
        round_ = await round_of(db, round_slug, actor)
        approval = await service.publish(db, keys, round_, prepared, consent, actor)
        return await approval_answer(db, round_, approval, language, actor)


@get("/api/rounds/{round_slug:str}/results", guards=[PUBLIC], opt=kept("poll"))
async def results(
    db: NamedDependency[AsyncSession],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    poll: WhichPoll = None,
) -> ResultOut:
    """The published result of a vote of the round, by default of the one published last."""
    return await published_result(db, await round_of(db, round_slug, None), language, poll)


async def published_result(db: AsyncSession, round_: Round, language: str, position: int | None = None) -> ResultOut:
    """A published result of the round as it is sent. Raises ResultsNotPublished before there is one."""
    publication, outcome = await service.published(db, round_, position)
    poll = next(poll for poll in round_.polls if poll.id == outcome.poll_id)
    zone, audit = round_.forum.timezone, await recorded_audit(db, outcome.poll_id)
    names = await service.file_names(db, publication)
    official = Official(
        moment=await now(db),
        published=Instant.of(publication.published_at, zone, language),
        challenges_until=Instant.of(await certifying.challenges_until(db, round_), zone, language),
        certified=Instant.maybe(poll.certified_at, zone, language),
        turnout_audit=TurnoutAuditOut.of(audit, zone, language) if audit else None,
        downloads=[
            Download(name, f"/api/rounds/{round_.slug}/results/{name}{_of_two(round_, poll)}") for name in names
        ],
        votes=[Vote.of_poll(round_, one) for one in await service.published_polls(db, round_)],
    )
    return result_out(round_, outcome, official)


def _of_two(round_: Round, poll: Poll) -> str:
    """How an address says which of two votes it is about; nothing where there is one."""
    return f"?poll={poll.position}" if len(round_.polls) > 1 else ""


@get("/api/rounds/{round_slug:str}/results/{name:str}", guards=[PUBLIC], opt={SENDS: FILES, **FILE})
async def result_file(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    round_slug: FromPath[str],
    name: FromPath[str],
    poll: WhichPoll = None,
) -> Response[bytes]:
    """A file of a published result."""
    return await _public_file(request, db, round_slug, name, poll)


# By itself, for compressing 40 MB takes longer than sending them, and hides from the reader how far they are.
@get(
    "/api/rounds/{round_slug:str}/results/bundle.zip", guards=[PUBLIC], opt={NOT_COMPRESSED: True, SENDS: [ZIP], **FILE}
)
async def bundle(
    request: AnyRequest, db: NamedDependency[AsyncSession], round_slug: FromPath[str], poll: WhichPoll = None
) -> Response[bytes]:
    """The bundle of a published result."""
    return await _public_file(request, db, round_slug, BUNDLE, poll)


@get("/api/rounds/{round_slug:str}/certification", guards=[only(*STAFF)])
async def certification(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
) -> CertificationOut:
    """Until when the published result can be challenged."""
    round_ = await staff_round(db, round_slug, actor)
    until = await certifying.challenges_until(db, round_)
    return CertificationOut(Instant.of(until, round_.forum.timezone, language), await now(db) >= until)


@post("/api/rounds/{round_slug:str}/certify", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def certify(
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    data: JSONBody[ApprovesBody],
) -> Response[ApprovalOut]:
    """Certify the result, once it can no longer be challenged, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    approval = await certifying.certify(db, keys, round_, Consent(data.approves), actor)
    return await approval_answer(db, round_, approval, language, actor)


@post("/api/rounds/{round_slug:str}/destroy-keys", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def destroy_keys(
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    data: JSONBody[ApprovesBody],
) -> Response[ApprovalOut]:
    """Destroy the keys of a certified vote for good, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    approval = await certifying.destroy_keys(db, keys, round_, Consent(data.approves), actor)
    return await approval_answer(db, round_, approval, language, actor)


@get("/api/rounds/{round_slug:str}/scrutiny/bundle.zip", guards=[only(Role.SCRUTINEER)], opt={SENDS: [ZIP]})
async def scrutiny(
    request: AnyRequest,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
    poll: WhichPoll = None,
) -> Response[bytes]:
    """The published bundle with every ballot, which in a small round only scrutineers get."""
    round_ = await round_of(db, round_slug, actor)
    file = await service.scrutiny_file(db, request.app.state["shelf"], round_, poll, actor)
    return downloads.answer(request, _named(round_, file, poll), ASKED_BY_ONE)


@get(f"/api/verifier/{VERIFIER}", guards=[PUBLIC], opt={SENDS: [ANY_FILE], **FILE})
async def verifier() -> Response[bytes]:
    """The program that checks a bundle offline, in one file: Python runs it, with `cryptography` and nothing else."""
    content = await anyio.to_thread.run_sync(single_file)
    headers = {"content-disposition": f'attachment; filename="{VERIFIER}"', "cache-control": "public, max-age=3600"}
    return Response(content, media_type=ANY_FILE, headers=headers)


async def _public_file(
    request: AnyRequest, db: AsyncSession, round_slug: str, name: str, position: int | None
) -> Response[bytes]:
    round_ = await round_of(db, round_slug, None)
    file = await service.file_of(db, request.app.state["shelf"], round_, name, position)
    return downloads.answer(request, _named(round_, file, position), ASKED_EACH_TIME)


def _named(round_: Round, file: Shelved, position: int | None) -> downloads.Download:
    vote = f"-vote-{position}" if position is not None and len(round_.polls) > 1 else ""
    return downloads.Download(f"{round_.slug}{vote}-{file.name}", file.media_type, file.content, file.sha256)


handlers = [publish, results, result_file, bundle, certification, certify, destroy_keys, scrutiny, verifier]
