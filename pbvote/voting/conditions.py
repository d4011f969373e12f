"""The conditions of a vote and the proposals that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.errors import Reason
from pbvote.proposals.models import Project, Proposal
from pbvote.proposals.service import proposals_of
from pbvote.rounds import pots, setup
from pbvote.rounds.conditions import (
    ConditionsChange,
    ConditionsPlan,
    Nominee,
    for_the_tally,
    proposal_reasons,
    read_conditions,
    round_reasons,
    within,
)
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.pots import PotPlan
from pbvote.rounds.rules import ROUND_RULES
from pbvote.tally.conditions import Conditions


async def change_conditions(db: AsyncSession, round_: Round, change: ConditionsChange, actor: Actor) -> Round:
    """Change the conditions of a vote. They may name any proposal, but only accepted ones open the vote."""
    return await setup.change_conditions(db, round_, change, _nominees(await proposals_of(db, round_.id)), actor)


def plan_of(round_: Round, poll: Poll, proposals: Sequence[Proposal]) -> ConditionsPlan:
    """The conditions that would be frozen for a ballot of these proposals.

    Where the round funds in part, the least that each proposal could do with is among them. What conditions say of
    proposals that the first vote did not choose is not there in the second.
    """
    plan = read_conditions(poll.conditions)
    if poll.position > 1:
        plan = within(plan, {proposal.number for proposal in proposals})
    if not round_.part_funding or poll.rule_id not in ROUND_RULES:
        return plan
    own = {
        str(proposal.number): proposal.smallest
        for proposal in proposals
        if proposal.smallest is not None and 0 < proposal.smallest < proposal.cost
    }
    return msgspec.structs.replace(plan, smallest={**own, **plan.smallest})


def pots_of(round_: Round, poll: Poll) -> list[PotPlan]:
    """The pots that pay for what a vote decides: none where it decides no money."""
    return round_.pot_plans if poll.rule_id in ROUND_RULES else []


def reasons_of_conditions(round_: Round, nominated: Sequence[Proposal]) -> list[Reason]:
    """Why the conditions, and the fences of pots, do not fit the proposals that come on the ballot.

    Nothing can be changed after the first vote has opened, so all votes that are to come are looked at.
    """
    nominees = _nominees(nominated)
    reasons = pots.proposal_reasons(round_.pot_plans, nominees) if round_.current == 1 else []
    for poll in round_.polls[round_.current - 1 :]:
        plan, paying = plan_of(round_, poll, nominated), pots_of(round_, poll)
        reasons += round_reasons(plan, poll.rule_id, paying) or proposal_reasons(plan, poll.rule_id, paying, nominees)
    return reasons


def conditions_of(round_: Round, poll: Poll, projects: Iterable[Project]) -> Conditions:
    """The conditions as the tally takes them, for a ballot whose projects come with their proposals."""
    paying = pots_of(round_, poll)
    if not poll.conditions and not any(pot.fenced for pot in paying):
        return Conditions()
    reference = {project.proposal.number: project.reference for project in projects}
    return for_the_tally(read_conditions(poll.conditions), reference, paying)


def _nominees(proposals: Iterable[Proposal]) -> dict[int, Nominee]:
    return {proposal.number: Nominee(proposal.cost, proposal.category) for proposal in proposals}
