"""The conditions of a vote and the proposals that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.errors import Reason
from pbvote.proposals.models import Project, Proposal
from pbvote.proposals.service import proposals_of
from pbvote.rounds import setup
from pbvote.rounds.conditions import ConditionsChange, Nominee, for_the_tally, proposal_reasons, read_conditions
from pbvote.rounds.models import Poll, Round
from pbvote.tally.conditions import Conditions


async def change_conditions(db: AsyncSession, round_: Round, change: ConditionsChange, actor: Actor) -> Round:
    """Change the conditions of the round's vote. They may name any proposal, but only accepted ones open the vote."""
    return await setup.change_conditions(db, round_, change, _nominees(await proposals_of(db, round_.id)), actor)


def reasons_of_conditions(round_: Round, accepted: Sequence[Proposal]) -> list[Reason]:
    """Why the conditions do not fit the proposals that come on the ballot."""
    poll = round_.poll
    return proposal_reasons(read_conditions(poll.conditions), poll.rule_id, round_.budget, _nominees(accepted))


def conditions_of(poll: Poll, projects: Iterable[Project]) -> Conditions:
    """The conditions as the tally takes them, for a ballot whose projects come with their proposals."""
    if not poll.conditions:
        return Conditions()
    reference = {project.proposal.number: project.reference for project in projects}
    return for_the_tally(read_conditions(poll.conditions), reference)


def _nominees(proposals: Iterable[Proposal]) -> dict[int, Nominee]:
    return {proposal.number: Nominee(proposal.cost, proposal.category) for proposal in proposals}
