"""The vote of a round: its ballot paper, readiness, opening, closing, turnout."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.audit.events import RulesFrozen
from pbvote.audit.service import record
from pbvote.ballots.design import Design, design_reasons
from pbvote.db import now
from pbvote.errors import InputIsWrong, Reason
from pbvote.forums.models import Forum
from pbvote.proposals import service as proposals
from pbvote.proposals.models import Project, Proposal
from pbvote.roll.service import batches_without_codes, size_of_roll
from pbvote.rounds.approvals import ask_or_approve
from pbvote.rounds.models import Approval, Poll, Round
from pbvote.rounds.phases import Action, Phase
from pbvote.rounds.readiness import NotReady, completeness, readiness_to_open, upcoming
from pbvote.rounds.rules import MINOR_UNITS
from pbvote.rounds.service import BY_THE_CALENDAR, begin, lock
from pbvote.tally.conditions_json import conditions_to_json
from pbvote.voting.conditions import conditions_of, reasons_of_conditions
from pbvote.voting.models import Slot

CLOSE_VOTING = "close_voting"


async def reasons_against_voting(db: AsyncSession, round_: Round) -> list[Reason]:
    """Everything that keeps the vote from opening; empty when nothing does."""
    reasons = await proposals.readiness(db, round_)
    if await size_of_roll(db, round_.id) == 0:
        reasons.append(Reason("roll_is_empty", "Nobody is on the roll yet: make voting codes.", {}, "voters"))
    for label in await batches_without_codes(db, round_.id):
        detail = f"Nobody in {label!r} has a code yet: make the letters."
        reasons.append(Reason("letters_not_made", detail, {"label": label}, "voters"))
    accepted = await proposals.accepted(db, round_.id)
    if accepted:
        reasons += design_reasons(msgspec.convert(round_.polls[0].design, Design), len(accepted))
    reasons += completeness(round_)
    fitting = not any(reason.field.startswith("conditions") for reason in reasons)
    return reasons + (reasons_of_conditions(round_, accepted) if accepted and fitting else [])


async def readiness(
    db: AsyncSession, round_: Round, actor: Actor
) -> tuple[Phase | None, datetime | None, list[Reason]]:
    """What comes next for this round, when it is due, and what stands in its way."""
    actor.require(round_.forum_id, *STAFF)
    moment = await now(db)
    phase = round_.phase_at(moment)
    step = upcoming(round_, moment)
    if step is None:
        return None, None, []
    if phase is Phase.DRAFT and round_.opened_at is None:
        return step[0], None, readiness_to_open(round_, moment)
    reasons = []
    if phase in {Phase.PROPOSALS, Phase.REVIEW}:
        reasons = await reasons_against_voting(db, round_)
    return *step, reasons


async def open_voting(db: AsyncSession, round_: Round, references: Mapping[int, str] | None = None) -> None:
    """Freeze the rules and open the vote. Raises NotReady with every reason.

    `references` are the names of projects in exported files, by proposal number, where they are not their numbers.
    """
    round_ = await lock(db, round_)
    moment = await now(db)
    round_.require(Action.OPEN_VOTING, moment)
    if reasons := await reasons_against_voting(db, round_):
        raise NotReady("Voting cannot open yet.", reasons)
    poll = round_.polls[0]
    poll.budget = round_.budget
    projects = await proposals.put_on_ballot(db, poll, await proposals.accepted(db, round_.id), references)
    round_.config_sha256 = hashlib.sha256(frozen_rules(round_, poll, projects)).hexdigest()
    event = RulesFrozen(
        round_id=round_.id, config_sha256=round_.config_sha256, projects=len(projects), budget=poll.budget
    )
    await record(db, event)
    await begin(db, round_, Phase.VOTING, reason=BY_THE_CALENDAR)


def frozen_rules(round_: Round, poll: Poll, projects: Sequence[Project]) -> bytes:
    """All that the count uses, and the titles and costs that voters see, as canonical JSON: what the seal is put on."""
    rules: dict[str, Any] = {
        "round": round_.slug,
        "forum": round_.forum.slug,
        "poll": str(poll.id),
        "title": round_.title,
        "eligibility": round_.eligibility,
        "currency": round_.currency,
        "budget": poll.budget,
        "design": poll.design,
        "rule": {"id": poll.rule_id, "parameters": poll.rule_parameters},
        "ties": poll.ties,
        "projects": [
            {"number": project.number, "reference": project.reference, "title": project.title, "cost": project.cost}
            for project in projects
        ],
    }
    conditions = conditions_of(poll, projects)
    if conditions.used():  # what was sealed before there were conditions must go on having its seal
        rules["conditions"] = conditions_to_json(conditions, MINOR_UNITS)
    return json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


async def close_voting(db: AsyncSession, round_: Round, reason: str, actor: Actor) -> Approval:
    """Close the vote before its time: the first officer asks, the second one's call closes it."""
    round_ = await lock(db, round_)
    actor.require(round_.forum_id, Role.OFFICER, Role.ORGANISER)
    round_.require(Action.CLOSE_VOTING, await now(db))
    approval = await ask_or_approve(db, round_, CLOSE_VOTING, round_.slug, reason, actor)
    if not approval.reason:
        detail = "Say why the vote closes before its time; the second officer reads it."
        raise InputIsWrong(detail, [Reason("text_missing", detail, {}, "reason")])
    if approval.approved_by is not None:
        await begin(db, round_, Phase.COUNTING, actor, approval.reason)
    return approval


async def turnout(db: AsyncSession, round_: Round, actor: Actor) -> tuple[int, int]:
    """How many may vote and how many have; never how they voted."""
    actor.require(round_.forum_id, *STAFF)
    return await size_of_roll(db, round_.id), await ballots_in_the_box(db, round_.polls[0].id)


async def ballots_in_the_box(db: AsyncSession, poll_id: UUID) -> int:
    """How many electors have a ballot in the box."""
    return (await db.execute(select(func.count()).where(Slot.poll_id == poll_id))).scalar_one()


async def ballot_paper(db: AsyncSession, round_: Round) -> list[tuple[Project, Proposal]]:
    """The projects of the round's poll with the proposals they came from, in ballot order."""
    round_.require(Action.SHOW_BALLOT_PAPER, await now(db))
    query = (
        select(Project, Proposal)
        .join(Proposal, Proposal.id == Project.proposal_id)
        .where(Project.poll_id == round_.polls[0].id)
        .order_by(Project.number)
    )
    return list((await db.execute(query)).all())


async def zone_of(db: AsyncSession, poll_id: UUID) -> str:
    """The time zone in which a poll's times are shown."""
    query = select(Forum.timezone).join(Round).join(Poll).where(Poll.id == poll_id)
    return (await db.execute(query)).scalar_one()
