"""Opening the vote: two officers agree to what will be frozen, and at the time in the calendar it is frozen and begins.

They may agree days before. What they agree to has a fingerprint; once the ballot paper, the budget, the rule or a text
has changed, their approval is for something else, and the vote is held until they look again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor
from pbvote.audit.events.voting import RulesFrozen
from pbvote.audit.service import record
from pbvote.ballotbox.log import event_leaf
from pbvote.ballotlog.service import append, begin_log
from pbvote.ballots.design import Design, design_reasons
from pbvote.db import now
from pbvote.errors import Reason
from pbvote.keys import Keys
from pbvote.keys.polls import public_seal_key
from pbvote.proposals import ballot
from pbvote.proposals.models import Proposal
from pbvote.roll.service import batches_without_codes, size_of_roll
from pbvote.rounds.approvals import Consent, Step, approved, ask_or_approve, names_of_the_two
from pbvote.rounds.conditions import stored_conditions
from pbvote.rounds.models import Approval, Poll, Round
from pbvote.rounds.phases import Action, Phase
from pbvote.rounds.readiness import NotReady, completeness
from pbvote.rounds.service import BY_THE_CALENDAR, begin, lock
from pbvote.voting.conditions import plan_of, reasons_of_conditions
from pbvote.voting.frozen import frozen_bytes
from pbvote.voting.rehearsal import HOST, VALID_FOR, rehearse, require_before_opening

OPEN_VOTING = "open_voting"


@dataclass(frozen=True, slots=True)
class Terms:
    """What two officers agree to: its fingerprint, and the proposals in it, in ballot order."""

    fingerprint: str
    proposals: list[Proposal]


async def reasons_against_voting(db: AsyncSession, round_: Round) -> list[Reason]:
    """Everything that keeps the vote from opening; empty when nothing does."""
    reasons = await reasons_against_asking(db, round_)
    if round_.phase_at(await now(db)) in {Phase.REVIEW, Phase.SHORTLIST} and not reasons:
        reasons += await _approval_reasons(db, round_)
    poll, moment = round_.poll, await now(db)
    # Where this host keeps the key, the rehearsal is part of opening.
    if poll.custody != HOST and (poll.rehearsed_at is None or poll.rehearsed_at < moment - VALID_FOR):
        detail = "In the last seven days no trial ballot was sealed and opened with the board's key."
        reasons.append(Reason("keys_not_rehearsed", detail, {}, "keys"))
    return reasons


async def reasons_against_asking(db: AsyncSession, round_: Round) -> list[Reason]:
    """Everything that keeps two officers from agreeing to the opening of the current vote.

    For the first of two votes that is also what would keep the second from opening: nothing can be changed between.
    """
    reasons = await ballot.readiness(db, round_)
    if await size_of_roll(db, round_.id) == 0:
        reasons.append(Reason("roll_is_empty", "Nobody is on the roll yet: make voting codes.", {}, "voters"))
    for label in await batches_without_codes(db, round_.id):
        detail = f"Nobody in {label!r} has a code yet: make the letters."
        reasons.append(Reason("letters_not_made", detail, {"label": label}, "voters"))
    nominated = await ballot.nominated(db, round_)
    if nominated:
        reasons += [reason for poll in round_.polls for reason in _design_reasons(round_, poll, len(nominated))]
    reasons += completeness(round_)
    fitting = not any(reason.field.startswith(("conditions", "pots")) for reason in reasons)
    return reasons + (reasons_of_conditions(round_, nominated) if nominated and fitting else [])


def _design_reasons(round_: Round, poll: Poll, nominated: int) -> list[Reason]:
    """What is wrong with a ballot's design where so many proposals are nominated; the first vote chooses some."""
    if poll.position < round_.current:
        return []
    if poll.position > round_.current:
        nominated = min(nominated, int(round_.poll.rule_parameters.get("k", nominated)))
        return design_reasons(msgspec.convert(poll.design, Design), nominated)
    return design_reasons(design_of(poll, nominated), nominated)


async def ask_to_open(db: AsyncSession, round_: Round, consent: Consent, actor: Actor) -> Approval:
    """Agree to open the current vote as it is now: the first officer asks, the second one's call approves.

    It opens at the time in the calendar, or at once if that has come. Raises NotReady with every reason.
    """
    round_ = await lock(db, round_)
    round_.require(Action.OPEN_VOTING, await now(db))
    if reasons := await reasons_against_asking(db, round_):
        raise NotReady("Voting cannot open yet.", reasons)
    step = Step(OPEN_VOTING, await fingerprint(db, round_), reason_needed=False)
    return await ask_or_approve(db, round_, step, consent, actor)


async def terms(db: AsyncSession, round_: Round, actor: Actor) -> Terms:
    """What two officers would agree to as it is now. Raises NotInThisPhase from the opening on."""
    actor.require(round_.forum_id, *STAFF)
    require_before_opening(round_, round_.poll, await now(db))
    return Terms(await fingerprint(db, round_), await ballot.nominated(db, round_))


async def fingerprint(db: AsyncSession, round_: Round) -> str:
    """SHA-256 of all that opening would freeze: two officers agree to this and to nothing else."""
    poll, nominated = round_.poll, await ballot.nominated(db, round_)
    agreed = {
        "vote": [poll.position, len(round_.polls), poll.title],
        "title": round_.title,
        "eligibility": round_.eligibility,
        "advisory": round_.advisory,
        "confirmed_by": round_.confirmed_by,
        "budget": round_.budget,
        "pots": msgspec.to_builtins(round_.pot_plans),
        "design": msgspec.to_builtins(design_of(poll, len(nominated))),
        "rule": [poll.rule_id, poll.rule_parameters],
        "ties": poll.ties,
        "conditions": stored_conditions(plan_of(round_, poll, nominated)),
        "custody": poll.custody,
        "email_link": round_.email_link,
        "closes": str(round_.closes_at),
        "proposals": [[proposal.number, proposal.title, proposal.category, proposal.cost] for proposal in nominated],
    }
    return hashlib.sha256(json.dumps(agreed, sort_keys=True).encode()).hexdigest()


def design_of(poll: Poll, projects: int) -> Design:
    """The ballot's design. In a second vote nobody has to choose more projects than the first one has left."""
    design = msgspec.convert(poll.design, Design)
    if poll.position == 1 or not projects:
        return design
    most = None if design.max_choices is None else min(design.max_choices, projects)
    return msgspec.structs.replace(design, min_choices=min(design.min_choices, projects), max_choices=most)


async def open_voting(db: AsyncSession, keys: Keys, round_: Round) -> None:
    """Freeze the rules, begin the log and open the vote. Raises NotReady with every reason."""
    round_ = await lock(db, round_)
    round_.require(Action.OPEN_VOTING, await now(db))
    if reasons := await reasons_against_voting(db, round_):
        raise NotReady("Voting cannot open yet.", reasons)
    approval = await approved(db, round_, OPEN_VOTING, await fingerprint(db, round_))
    if approval is not None:  # else there was a reason above
        await _freeze_and_open(db, keys, round_, by=await names_of_the_two(db, approval))


async def open_imported(db: AsyncSession, keys: Keys, round_: Round, references: Mapping[int, str]) -> None:
    """Open the vote of a round that whoever runs this service has made of a file: no officers have agreed to it.

    `references` are the names of projects in exported files, by proposal number. Raises NotReady with every reason.
    """
    round_ = await lock(db, round_)
    if reasons := await reasons_against_asking(db, round_):
        raise NotReady("Voting cannot open.", reasons)
    await _freeze_and_open(db, keys, round_, by=[], references=references)


async def _freeze_and_open(
    db: AsyncSession, keys: Keys, round_: Round, *, by: list[str], references: Mapping[int, str] | None = None
) -> None:
    """Open a vote that is ready, under a lock of its round."""
    poll, moment = round_.poll, await now(db)
    if poll.custody == HOST:
        await rehearse(db, keys, poll)
    nominated = await ballot.nominated(db, round_)
    poll.budget = round_.budget
    poll.design = msgspec.to_builtins(design_of(poll, len(nominated)))
    poll.conditions = stored_conditions(plan_of(round_, poll, nominated))
    projects = await ballot.put_on_ballot(db, poll, nominated, references)
    log = await begin_log(db, keys, poll.id)
    config = frozen_bytes(round_, poll, projects, log, public_seal_key(keys, poll.id))
    poll.config_sha256 = hashlib.sha256(config).hexdigest()
    electors = await size_of_roll(db, round_.id)
    leaves = [
        event_leaf("config", config_sha256=poll.config_sha256, poll=poll.id),
        event_leaf("open", at=moment, by=by, electors=electors),
    ]
    await append(db, keys, poll.id, leaves)
    event = RulesFrozen(
        round_id=round_.id, config_sha256=poll.config_sha256, projects=len(projects), budget=poll.budget
    )
    await record(db, event)
    await begin(db, round_, Phase.VOTING, reason=BY_THE_CALENDAR)


async def _approval_reasons(db: AsyncSession, round_: Round) -> list[Reason]:
    if await approved(db, round_, OPEN_VOTING, await fingerprint(db, round_)):
        return []
    detail = "Two officers have not agreed to open the vote as it is now."
    return [Reason("opening_not_approved", detail, {}, "opening")]
