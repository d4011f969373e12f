"""Before a vote over HTTP: what it still needs, who keeps its keys, and two officers' agreement to open it."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.db import now
from pbvote.keys import Keys
from pbvote.rounds.api import DONE, ApprovalOut, SetupOut, approval_answer, setup_out
from pbvote.rounds.approvals import Consent
from pbvote.rounds.conditions import ConditionsChange
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.readiness import held as held_by_the_clock
from pbvote.rounds.service import round_of, staff_round
from pbvote.rounds.shapes import WhichPoll
from pbvote.voting import conditions, custody, opening, rehearsal, service
from pbvote.web.access import only
from pbvote.web.instants import Instant
from pbvote.web.problems import ReasonOut

TWO_OFFICERS = [only(Role.OFFICER, Role.ORGANISER)]
Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
Who = NamedDependency[Actor]
Language = NamedDependency[str]
Slug = FromPath[str]


class ReadinessOut(msgspec.Struct, frozen=True):
    """What comes next, and what stands in its way."""

    next: str | None
    due: Instant | None
    held: bool
    reasons: list[ReasonOut]


class NomineeOut(msgspec.Struct, frozen=True):
    """A proposal that would be on the ballot paper, with its cost in pence."""

    number: int
    title: str
    category: str
    cost: int


class OpeningOut(msgspec.Struct, frozen=True):
    """What two officers agree to before voting opens; `subject` of their approval is this fingerprint."""

    fingerprint: str
    proposals: list[NomineeOut]


class KeysOut(msgspec.Struct, frozen=True):
    """What the notice of a vote says of its keys: who keeps the one that opens the ballots, and the log's key.

    `poll` is the position of the vote in its round.
    """

    poll: int
    custody: str
    log_key: str
    seal_key: str | None
    rehearsed: Instant | None
    certified: Instant | None
    destroyed: Instant | None


class CustodyBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who keeps the key that opens the ballots of a vote, the current one if `poll` is None: `host` or `board`."""

    custody: str
    poll: int | None = None


class ApprovalBody(msgspec.Struct, forbid_unknown_fields=True):
    """A step that says by itself why it is taken. `approves` is the ask that is approved; None asks."""

    approves: UUID | None


@put("/api/rounds/{round_slug:str}/setup/conditions", guards=[only(Role.ORGANISER)])
async def change_conditions(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
    data: JSONBody[ConditionsChange],
) -> SetupOut:
    """Change the conditions that hold whatever the votes. Projects are numbers of proposals."""
    round_ = await conditions.change_conditions(db, await staff_round(db, round_slug, actor), data, actor)
    return await setup_out(db, round_, language, actor)


@get("/api/rounds/{round_slug:str}/readiness", guards=[only(*STAFF)])
async def readiness(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
) -> ReadinessOut:
    """What comes next for a round, and what is still missing."""
    round_ = await round_of(db, round_slug, actor)
    following, due, reasons = await service.readiness(db, round_, actor)
    held = held_by_the_clock(round_, await now(db))
    due_text = Instant.maybe(due, round_.forum.timezone, language)
    return ReadinessOut(following, due_text, held, [ReasonOut.of(reason) for reason in reasons])


@get("/api/rounds/{round_slug:str}/opening", guards=[only(*STAFF)])
async def terms(db: Db, actor: Who, round_slug: Slug) -> OpeningOut:
    """What two officers would agree to as it is now, before voting opens."""
    agreed = await opening.terms(db, await staff_round(db, round_slug, actor), actor)
    nominees = [NomineeOut(one.number, one.title, one.category, one.cost) for one in agreed.proposals]
    return OpeningOut(agreed.fingerprint, nominees)


@post("/api/rounds/{round_slug:str}/open-voting", status_code=202, responses=DONE, guards=TWO_OFFICERS)
async def open_voting(
    db: Db, actor: Who, language: Language, round_slug: Slug, data: JSONBody[ApprovalBody]
) -> Response[ApprovalOut]:
    """Agree to open the vote as it is now, with a second officer; it opens at the time in the calendar."""
    round_ = await round_of(db, round_slug, actor)
    approval = await opening.ask_to_open(db, round_, Consent(data.approves), actor)
    return await approval_answer(db, round_, approval, language, actor)


@put("/api/rounds/{round_slug:str}/custody", guards=[only(Role.ORGANISER)])
async def choose_custody(  # its parameters are its declared inputs
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, data: JSONBody[CustodyBody]
) -> KeysOut:
    """Choose who keeps the key that opens a vote's ballots: this `host`, or a `board`."""
    round_, choice = await round_of(db, round_slug, actor), custody.Choice(data.custody, data.poll)
    return _keys_out(round_, await custody.choose_custody(db, keys, round_, choice, actor), keys, language)


@post("/api/rounds/{round_slug:str}/rehearsal", status_code=200, guards=TWO_OFFICERS)
async def rehearse(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, poll: WhichPoll = None
) -> KeysOut:
    """Seal and open a trial ballot with the keys that a vote will use."""
    round_ = await round_of(db, round_slug, actor)
    return _keys_out(round_, await rehearsal.rehearse_poll(db, keys, round_, poll, actor), keys, language)


@get("/api/rounds/{round_slug:str}/keys", guards=[only(*STAFF)])
async def show_keys(
    db: Db, keys: Secrets, actor: Who, language: Language, round_slug: Slug, poll: WhichPoll = None
) -> KeysOut:
    """What the notice of a vote says of its keys."""
    round_ = await staff_round(db, round_slug, actor)
    return _keys_out(round_, round_.poll if poll is None else round_.poll_at(poll), keys, language)


def _keys_out(round_: Round, poll: Poll, keys: Keys, language: str) -> KeysOut:
    zone = round_.forum.timezone
    return KeysOut(
        poll=poll.position,
        custody=poll.custody,
        log_key=keys.sign.verify_key.text,
        seal_key=rehearsal.public_half(keys, poll),
        rehearsed=Instant.maybe(poll.rehearsed_at, zone, language),
        certified=Instant.maybe(poll.certified_at, zone, language),
        destroyed=Instant.maybe(poll.keys_destroyed_at, zone, language),
    )


handlers = [change_conditions, readiness, terms, open_voting, choose_custody, rehearse, show_keys]
