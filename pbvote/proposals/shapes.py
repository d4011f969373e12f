"""What proposals look like over HTTP. Only officers ever see how to reach the people behind one."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pbvote.proposals.models import Proposal
from pbvote.proposals.states import Status
from pbvote.rounds.models import Round
from pbvote.rounds.shapes import RoundCard
from pbvote.web.instants import Instant


class ProposalCard(msgspec.Struct, frozen=True):
    """A proposal in a list. The cost is pence."""

    number: int
    title: str
    summary: str
    category: str
    theme: str
    place: str
    proposer: str
    cost: int
    status: Status
    status_reason: str
    project_number: int | None
    submitted: Instant

    @classmethod
    def of(cls, proposal: Proposal, round_: Round, project_number: int | None, language: str) -> ProposalCard:
        """The proposal in short."""
        return cls(**card_values(proposal, round_, project_number, language))


def card_values(proposal: Proposal, round_: Round, project_number: int | None, language: str) -> dict[str, Any]:
    """The fields of a ProposalCard, for the shapes that say more."""
    themes = {category["id"]: category["theme"] for category in round_.categories}
    return {
        "number": proposal.number,
        "title": proposal.title,
        "summary": proposal.summary,
        "category": proposal.category,
        "theme": themes.get(proposal.category, ""),
        "place": proposal.place,
        "proposer": proposal.proposer,
        "cost": proposal.cost,
        "status": Status(proposal.status),
        "status_reason": proposal.status_reason,
        "project_number": project_number,
        "submitted": Instant.of(proposal.submitted_at, round_.forum.timezone, language),
    }


class LineOut(msgspec.Struct, frozen=True):
    """One line of the costs."""

    what: str
    amount: int
    basis: Literal["estimate", "quote"]


class ChecksOut(msgspec.Struct, frozen=True):
    """The three checks; None until officers have decided."""

    appropriate: bool | None
    feasible: bool | None
    sustainable: bool | None


class ChangeOut(msgspec.Struct, frozen=True):
    """One step of a proposal's history."""

    status: Status
    reason: str
    when: Instant


class ProposalOut(ProposalCard, frozen=True):
    """A proposal with everything that the public may know."""

    description: str
    running_costs: str
    lines: list[LineOut]
    checks: ChecksOut
    decided: Instant | None
    history: list[ChangeOut]

    @classmethod
    def of(cls, proposal: Proposal, round_: Round, project_number: int | None, language: str) -> ProposalOut:
        """The proposal."""
        return cls(**proposal_values(proposal, round_, project_number, language))


def proposal_values(proposal: Proposal, round_: Round, project_number: int | None, language: str) -> dict[str, Any]:
    """The fields of a ProposalOut, for the shape that says more."""
    zone = round_.forum.timezone
    return card_values(proposal, round_, project_number, language) | {
        "description": proposal.description,
        "running_costs": proposal.running_costs,
        "lines": [msgspec.convert(line, LineOut, from_attributes=True) for line in proposal.lines],
        "checks": ChecksOut(proposal.appropriate, proposal.feasible, proposal.sustainable),
        "decided": Instant.maybe(proposal.decided_at, zone, language),
        "history": [
            ChangeOut(Status(change.status), change.reason, Instant.of(change.at, zone, language))
            for change in proposal.history
        ],
    }


class ReviewItem(ProposalOut, frozen=True):
    """A proposal as officers see it."""

    contact_email: str
    version: int

    @classmethod
    def of(cls, proposal: Proposal, round_: Round, project_number: int | None, language: str) -> ReviewItem:
        """The proposal with its contact."""
        values = proposal_values(proposal, round_, project_number, language)
        return cls(**values, contact_email=proposal.contact_email, version=proposal.version)


class OfficerRound(RoundCard, frozen=True):
    """A round in the list of those who work for it."""

    version: int
    waiting_proposals: int
    waiting_approvals: int
    my_roles: list[str]
