"""The turnout audit over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import anyio.to_thread
import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.keys import Keys
from pbvote.roll.file import MOST_BYTES, REFERENCE, RollFile, read_roll
from pbvote.rounds.api import DONE, ApprovalOut, approval_answer
from pbvote.rounds.approvals import MAY_APPROVE, Consent
from pbvote.rounds.service import round_of
from pbvote.rounds.shapes import WhichPoll
from pbvote.voting import turnout_audit
from pbvote.voting.models import TurnoutAudit
from pbvote.voting.sampling import SIZES
from pbvote.voting.turnout_audit import Answers
from pbvote.voting.uniqueness import MAY_SEE
from pbvote.web.access import only
from pbvote.web.description import READS
from pbvote.web.instants import Instant
from pbvote.web.problems import BadRequestBody

TWO_OFFICERS = [only(Role.OFFICER, Role.ORGANISER)]
CSV = "text/csv"


class TurnoutAuditOut(msgspec.Struct, frozen=True):
    """What came of a turnout audit: of `size` people drawn, `asked` were tried, and so many said what."""

    size: int
    asked: int
    yes: int
    no: int
    not_reached: int
    recorded: Instant

    @classmethod
    def of(cls, audit: TurnoutAudit, zone: str, language: str) -> TurnoutAuditOut:
        """The audit as it is recorded."""
        counts = {name: getattr(audit, name) for name in ("size", "asked", "yes", "no", "not_reached")}
        return cls(**counts, recorded=Instant.of(audit.recorded_at, zone, language))


class SampleSize(msgspec.Struct, frozen=True):
    """How many are asked so that, if `percent` of the marks were false, at least one of them would be found."""

    percent: int
    size: int


class AuditOut(msgspec.Struct, frozen=True):
    """How far the turnout audit is. `with_reference` are those on the roll who can be asked at all."""

    digits: str | None
    marked: int
    with_reference: int
    sizes: list[SampleSize]
    recorded: TurnoutAuditOut | None


class SampleOut(msgspec.Struct, frozen=True):
    """Whom to ask, as `voting.turnout_audit.Sample` explains it. Nothing of this is stored."""

    size: int
    references: list[str]
    elsewhere: int
    unknown: int


class AnswersBody(msgspec.Struct, forbid_unknown_fields=True):
    """What came of the audit. `approves` is the ask that is approved; None asks."""

    size: int
    asked: int
    yes: int
    no: int
    not_reached: int
    approves: UUID | None


@get("/api/rounds/{round_slug:str}/turnout-audit", guards=[only(*MAY_SEE)])
async def audit_state(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    poll: WhichPoll = None,
) -> AuditOut:
    """How far the turnout audit is: its dice, how many can be asked, and what came of it."""
    round_ = await round_of(db, round_slug, actor)
    state = await turnout_audit.audit_state(db, round_, poll, actor)
    recorded = TurnoutAuditOut.of(state.recorded, round_.forum.timezone, language) if state.recorded else None
    sizes = [SampleSize(percent, size) for percent, size in SIZES.items()]
    return AuditOut(state.digits, state.marked, state.with_reference, sizes, recorded)


@post(
    "/api/rounds/{round_slug:str}/turnout-audit/sample",
    status_code=200,
    opt={READS: [CSV]},
    guards=TWO_OFFICERS,
    request_max_body_size=MOST_BYTES,
)
async def draw_sample(  # noqa: PLR0917  # its parameters are its declared inputs
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
    percent: FromQuery[int] = 5,
    poll: WhichPoll = None,
) -> SampleOut:
    """Which people of a list are to be asked: the roll's CSV file, or a reference a line (the body, `text/csv`)."""
    file = await _read_list(request, actor, round_slug)
    round_ = await round_of(db, round_slug, actor)
    sample = await turnout_audit.draw_sample(db, keys, round_, turnout_audit.Wanted(percent, poll), file, actor)
    return SampleOut(sample.size, sample.references, sample.elsewhere, sample.unknown)


@post("/api/rounds/{round_slug:str}/turnout-audit", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def record_audit(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    data: JSONBody[AnswersBody],
    poll: WhichPoll = None,
) -> Response[ApprovalOut]:
    """Put on record what came of the turnout audit, with a second officer."""
    round_ = await round_of(db, round_slug, actor)
    answers = Answers(data.size, data.asked, data.yes, data.no, data.not_reached)
    approval = await turnout_audit.record_audit(db, round_, poll, answers, Consent(data.approves), actor)
    return await approval_answer(db, round_, approval, language, actor)


async def _read_list(request: Request[Any, Any, Any], actor: Actor, round_slug: str) -> RollFile:
    """The list in the body, read in a thread: it may be large. Raises BadRequestBody for what is no CSV file.

    Whether the sender may do this is asked first, in a transaction of its own that holds up no writer meanwhile.
    """
    async with request.app.state["database"].session(write=False) as db:
        round_ = await round_of(db, round_slug, actor)
        actor.require(round_.forum_id, *MAY_APPROVE)
    if request.content_type[0] != CSV:
        raise BadRequestBody(f"This address expects a file of the type {CSV}.")
    return await anyio.to_thread.run_sync(read_roll, _with_heading(await request.body()))


def _with_heading(content: bytes) -> bytes:
    """The list as a file whose first line names its columns: a mere list of references has no such line."""
    first = content.partition(b"\n")[0].decode("utf-8", "replace").casefold()
    return content if REFERENCE in first else REFERENCE.encode() + b"\n" + content.removeprefix(b"\xef\xbb\xbf")


handlers = [audit_state, draw_sample, record_audit]
