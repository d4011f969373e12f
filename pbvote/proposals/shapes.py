"""What proposals look like over HTTP. Only officers ever see how to reach the people behind one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec

from pbvote.proposals.attachments import PHOTO
from pbvote.proposals.models import Attachment, Proposal
from pbvote.proposals.states import Status
from pbvote.rounds.models import Round
from pbvote.rounds.shapes import RoundCard
from pbvote.web.instants import Instant


class SubmittedOut(msgspec.Struct, frozen=True):
    """The number of a proposal that was sent, and the key that opens it for whoever sent it."""

    number: int
    key: str


class PhotoOut(msgspec.Struct, frozen=True):
    """A photo: what can be seen in it, and the large one's measures in pixels. A hidden one has a reason, no words."""

    id: UUID
    words: str
    width: int
    height: int
    hidden_reason: str

    @classmethod
    def of(cls, one: Attachment, *, whole: bool = False) -> PhotoOut:
        """The photo, `whole` for those who may see it though it is hidden."""
        words = one.words if whole or not one.hidden_reason else ""
        return cls(one.id, words, one.width or 0, one.height or 0, one.hidden_reason)


class DocumentOut(msgspec.Struct, frozen=True):
    """A document: its kind (`pdf`, `odt`, `docx`), its name, its bytes. A hidden one has a reason, no name."""

    id: UUID
    kind: str
    name: str
    size: int
    hidden_reason: str

    @classmethod
    def of(cls, one: Attachment, *, whole: bool = False) -> DocumentOut:
        """The document, `whole` for those who may see it though it is hidden."""
        return cls(one.id, one.kind, one.words if whole or not one.hidden_reason else "", one.size, one.hidden_reason)


class AttachedOut(msgspec.Struct, frozen=True):
    """Photos and documents, each in the order in which they came."""

    photos: list[PhotoOut]
    documents: list[DocumentOut]

    @classmethod
    def of(cls, attached: Iterable[Attachment], *, whole: bool = False) -> AttachedOut:
        """All that is attached."""
        both = list(attached)
        photos = [PhotoOut.of(one, whole=whole) for one in both if one.kind == PHOTO]
        return cls(photos, [DocumentOut.of(one, whole=whole) for one in both if one.kind != PHOTO])


Attached = Sequence[Attachment]
NOTHING: Attached = ()


class ProposalCard(msgspec.Struct, frozen=True):
    """A proposal in a list: its cost in pence, its point on the map in millionths of a degree, its first photo."""

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
    whole_area: bool
    latitude: int | None
    longitude: int | None
    photo: PhotoOut | None

    @classmethod
    def of(
        cls,
        proposal: Proposal,
        round_: Round,
        project_number: int | None,
        language: str,
        attached: Attached = NOTHING,
    ) -> ProposalCard:
        """The proposal in short."""
        return cls(**card_values(proposal, round_, project_number, language, attached))


def card_values(
    proposal: Proposal, round_: Round, project_number: int | None, language: str, attached: Attached = NOTHING
) -> dict[str, Any]:
    """The fields of a ProposalCard, for the shapes that say more."""
    shown = [one for one in attached if one.kind == PHOTO and not one.hidden_reason]
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
        "whole_area": proposal.whole_area,
        "latitude": proposal.latitude,
        "longitude": proposal.longitude,
        "photo": PhotoOut.of(shown[0]) if shown else None,
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
    """One step of a proposal's history; `changed` are the fields that were changed, where it was sent again."""

    status: Status
    reason: str
    when: Instant
    changed: list[str]


class ProposalOut(ProposalCard, frozen=True):
    """A proposal with everything that the public may know. `ask` is pence, `match_hours` hours."""

    description: str
    running_costs: str
    lines: list[LineOut]
    ask: int
    smallest: int | None
    match_cash: int
    match_kind: int
    match_hours: int
    attached: AttachedOut
    checks: ChecksOut
    decided: Instant | None
    history: list[ChangeOut]

    @classmethod
    def of(
        cls,
        proposal: Proposal,
        round_: Round,
        project_number: int | None,
        language: str,
        attached: Attached = NOTHING,
    ) -> ProposalOut:
        """The proposal."""
        return cls(**proposal_values(proposal, round_, project_number, language, attached))


def proposal_values(
    proposal: Proposal,
    round_: Round,
    project_number: int | None,
    language: str,
    attached: Attached = NOTHING,
    *,
    whole: bool = False,
) -> dict[str, Any]:
    """The fields of a ProposalOut, for the shape that says more; `whole` for those who see what is hidden."""
    zone = round_.forum.timezone
    whole_cost = sum(line.amount for line in proposal.lines)
    return card_values(proposal, round_, project_number, language, attached) | {
        "ask": whole_cost if proposal.ask is None else proposal.ask,
        "smallest": proposal.smallest,
        "match_cash": proposal.match_cash,
        "match_kind": proposal.match_kind,
        "match_hours": proposal.match_hours,
        "attached": AttachedOut.of(attached, whole=whole),
        "description": proposal.description,
        "running_costs": proposal.running_costs,
        "lines": [msgspec.convert(line, LineOut, from_attributes=True) for line in proposal.lines],
        "checks": ChecksOut(proposal.appropriate, proposal.feasible, proposal.sustainable),
        "decided": Instant.maybe(proposal.decided_at, zone, language),
        "history": [
            ChangeOut(
                Status(change.status), change.reason, Instant.of(change.at, zone, language), sorted(change.before or ())
            )
            for change in proposal.history
        ],
    }


class ReviewItem(ProposalOut, frozen=True):
    """A proposal as officers see it."""

    contact_email: str
    version: int

    @classmethod
    def of(
        cls,
        proposal: Proposal,
        round_: Round,
        project_number: int | None,
        language: str,
        attached: Attached = NOTHING,
    ) -> ReviewItem:
        """The proposal with its contact."""
        values = proposal_values(proposal, round_, project_number, language, attached, whole=True)
        return cls(**values, contact_email=proposal.contact_email, version=proposal.version)


class OfficerRound(RoundCard, frozen=True):
    """A round in the list of those who work for it."""

    version: int
    waiting_proposals: int
    waiting_approvals: int
    my_roles: list[str]
