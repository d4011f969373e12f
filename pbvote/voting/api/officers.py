"""Officers steer a vote that is open, or over, over HTTP: turnout, and the steps that take two officers."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.keys import Keys
from pbvote.roll.registering import Evidence
from pbvote.rounds.api import DONE, ApprovalOut, approval_answer, approvals_out
from pbvote.rounds.approvals import Consent
from pbvote.rounds.service import round_of
from pbvote.rounds.shapes import WhichPoll
from pbvote.voting import dice, interruptions, roll_changes, service
from pbvote.voting.closing import close_voting
from pbvote.voting.uniqueness import MAY_SEE, uniqueness
from pbvote.web.access import only

TWO_OFFICERS = [only(Role.OFFICER, Role.ORGANISER)]
Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
Who = NamedDependency[Actor]
Language = NamedDependency[str]
Slug = FromPath[str]


class TurnoutOut(msgspec.Struct, frozen=True):
    """How many may vote and how many have."""

    electors: int
    voted: int


class ReasonBody(msgspec.Struct, forbid_unknown_fields=True):
    """A step and why it is taken. `approves` is the ask that is approved; None asks."""

    reason: str
    approves: UUID | None


class ExtendBody(msgspec.Struct, forbid_unknown_fields=True):
    """Until when the vote is extended, as a local time of the forum such as `2026-03-01T21:00`, and why."""

    until: str
    reason: str
    approves: UUID | None


class ElectorBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whose ballot or place on the roll it is about (a reference or a voting code), and why."""

    whose: str
    reason: str
    approves: UUID | None


class LateRegistrationBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who comes on the roll while voting is open: a new reference, what they showed, and why so late."""

    reference: str
    evidence: Evidence
    reason: str
    approves: UUID | None


class LateRegistrationOut(msgspec.Struct, frozen=True):
    """The request, and once it is approved the new code, the only time that anybody sees it."""

    approval: ApprovalOut
    code: str | None


class DiceBody(msgspec.Struct, forbid_unknown_fields=True):
    """What public dice are for, and what they showed."""

    purpose: str
    digits: str
    approves: UUID | None
    poll: int | None = None


class UniquenessOut(msgspec.Struct, frozen=True):
    """The uniqueness report, as `voting.uniqueness.Uniqueness` explains it."""

    electors: int
    voted: int
    replaced_or_voided: int
    codes_replaced: int
    strangers: int
    twice: int
    missing: int
    sound: bool


@get("/api/rounds/{round_slug:str}/turnout", guards=[only(*STAFF)])
async def turnout(db: Db, actor: Who, round_slug: Slug, poll: WhichPoll = None) -> TurnoutOut:
    """How many may vote and how many have."""
    round_ = await round_of(db, round_slug, actor)
    return TurnoutOut(*await service.turnout(db, round_, poll, actor))


@post("/api/rounds/{round_slug:str}/pause", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def pause(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, data: JSONBody[ReasonBody]
) -> Response[ApprovalOut]:
    """Stop the vote for a while, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    approval = await interruptions.pause_voting(db, keys, round_, Consent(data.approves, data.reason), actor)
    return await approval_answer(db, round_, approval, language, actor)


@post("/api/rounds/{round_slug:str}/resume", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def resume(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, data: JSONBody[ReasonBody]
) -> Response[ApprovalOut]:
    """Let a paused vote go on, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    approval = await interruptions.resume_voting(db, keys, round_, Consent(data.approves, data.reason), actor)
    return await approval_answer(db, round_, approval, language, actor)


@post("/api/rounds/{round_slug:str}/extend", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def extend(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, data: JSONBody[ExtendBody]
) -> Response[ApprovalOut]:
    """Move the close of the vote to a later time, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    approval = await interruptions.extend_voting(
        db, keys, round_, data.until, Consent(data.approves, data.reason), actor
    )
    return await approval_answer(db, round_, approval, language, actor)


@post("/api/rounds/{round_slug:str}/close", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def close(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, data: JSONBody[ReasonBody]
) -> Response[ApprovalOut]:
    """Close the vote before its time, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    approval = await close_voting(db, keys, round_, Consent(data.approves, data.reason), actor)
    return await approval_answer(db, round_, approval, language, actor)


@post("/api/rounds/{round_slug:str}/void", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def void(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, data: JSONBody[ElectorBody]
) -> Response[ApprovalOut]:
    """Take an elector's ballot out of the count, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    consent = Consent(data.approves, data.reason)
    approval = await roll_changes.void_ballot(db, keys, round_, data.whose, consent, actor)
    return await approval_answer(db, round_, approval, language, actor)


@post("/api/rounds/{round_slug:str}/roll/removals", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def remove_elector(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, data: JSONBody[ElectorBody]
) -> Response[ApprovalOut]:
    """Take an elector off the roll while voting is open, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    approval = await roll_changes.remove_elector(
        db, keys, round_, data.whose, Consent(data.approves, data.reason), actor
    )
    return await approval_answer(db, round_, approval, language, actor)


@post("/api/rounds/{round_slug:str}/roll/late-registrations", status_code=200, guards=TWO_OFFICERS)
async def register_late(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, data: JSONBody[LateRegistrationBody]
) -> LateRegistrationOut:
    """Put an elector on the roll while voting is open, with a second officer, whose answer has the code."""
    round_ = await round_of(db, round_slug, actor)
    newcomer, consent = roll_changes.Newcomer(data.reference, data.evidence), Consent(data.approves, data.reason)
    approval, code = await roll_changes.register_late(db, keys, round_, newcomer, consent, actor)
    [shown] = await approvals_out(db, round_, [approval], language, actor)
    return LateRegistrationOut(shown, code)


@post("/api/rounds/{round_slug:str}/dice", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def roll_dice(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, data: JSONBody[DiceBody]
) -> Response[ApprovalOut]:
    """Enter what public dice showed, with a second officer who enters the same."""
    round_ = await round_of(db, round_slug, actor)
    throw = dice.Throw(data.purpose, data.digits, data.poll)
    approval = await dice.roll_dice(db, keys, round_, throw, Consent(data.approves), actor)
    return await approval_answer(db, round_, approval, language, actor)


@get("/api/rounds/{round_slug:str}/uniqueness", guards=[only(*MAY_SEE)])
async def uniqueness_report(db: Db, keys: Secrets, actor: Who, round_slug: Slug) -> UniquenessOut:
    """That nobody counts twice and nobody was added, before the result is published."""
    report = await uniqueness(db, keys, await round_of(db, round_slug, actor), actor)
    counts = {name: getattr(report, name) for name in UniquenessOut.__struct_fields__}
    return UniquenessOut(**counts)


handlers = [
    turnout,
    pause,
    resume,
    extend,
    close,
    void,
    remove_elector,
    register_late,
    roll_dice,
    uniqueness_report,
]
