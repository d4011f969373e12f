"""What of the audit trail followers are told, and who is: the kinds of events, and whom each concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.models import AuditEvent
from pbvote.following.subjects import Kind
from pbvote.following.writing import Item
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase

PHASES = frozenset(Phase) - {Phase.DRAFT, Phase.PUBLISHED}  # a publication tells more than the phase that it begins
OF_PROPOSALS = {
    "changes_asked": "changes_requested",
    "proposals_merged": "merged",
    "proposal_split": "split",
    "proposal_withdrawn": "withdrawn",
}
DECISIONS = frozenset({"accepted", "accepted_with_changes", "rejected"})
KINDS = frozenset(
    {
        *("round_opened", "phase_began", "published", "result_certified", "proposal_decided", *OF_PROPOSALS),
        *("question_answered", "comment_written"),
    }
)


@dataclass(frozen=True, slots=True)
class Concern:
    """A piece of news and the subjects whose followers it is for."""

    item: Item
    subjects: Sequence[tuple[Kind, UUID]]


async def concern_of(db: AsyncSession, event: AuditEvent) -> Concern | None:
    """What an event tells followers; None for those that nobody is told of.

    Rehearsals and rounds that are not public yet tell nobody anything.
    """
    round_ = await db.get(Round, event.round_id) if event.round_id and event.kind in KINDS else None
    if round_ is None or round_.opened_at is None or round_.rehearsal:
        return None
    if event.kind in {"round_opened", "phase_began", "published", "result_certified"}:
        return await _of_round(db, event, round_)
    return await _of_proposal(db, event, round_)


async def _of_round(db: AsyncSession, event: AuditEvent, round_: Round) -> Concern | None:
    what, said = event.kind, ""
    path: tuple[str, ...] = ("r", round_.slug)
    whom = [(Kind.FORUM, round_.forum_id), (Kind.ROUND, round_.id)]
    match event.kind:
        case "round_opened":
            if round_.phase != Phase.DRAFT:
                return None  # its first phase, which has begun meanwhile, is the better news
            what = "opened"
        case "phase_began":
            what = event.data["phase"]
            said = event.data.get("reason", "") if what == Phase.CANCELLED else ""
            if what not in PHASES:
                return None
        case _:
            what = "published" if event.kind == "published" else "certified"
            path = ("r", round_.slug, "results")
    if what in {Phase.VOTING, "published"}:
        proposals = await db.scalars(select(Proposal.id).where(Proposal.round_id == round_.id))
        whom += [(Kind.PROPOSAL, id_) for id_ in proposals]
    return Concern(Item(what, round_.title, "", said, path), whom)


async def _of_proposal(db: AsyncSession, event: AuditEvent, round_: Round) -> Concern | None:
    data, more = event.data, dict[str, object]()
    what, said, numbers = OF_PROPOSALS.get(event.kind, ""), data.get("reason", ""), [data.get("number")]
    match event.kind:
        case "proposal_decided":
            what = data["decision"] if data["decision"] in DECISIONS else ""
        case "proposals_merged":
            numbers, more = data["numbers"], {"number": str(data["into"])}
        case "question_answered":
            what, said = "answered", data["answer"]
            if data["number"] is None:
                item = Item("answered_round", round_.title, "", said, ("r", round_.slug))
                return Concern(item, [(Kind.ROUND, round_.id)])
        case "comment_written":
            what, said = ("replied" if data["official"] and data["reply"] else ""), ""
    query = select(Proposal).where(Proposal.round_id == round_.id, Proposal.number.in_(numbers))
    about = list(await db.scalars(query.order_by(Proposal.number)))
    if not what or not about:
        return None
    path = ("r", round_.slug, "proposals", about[0].number)
    item = Item(what, round_.title, about[0].title, said, path, more)
    return Concern(item, [(Kind.PROPOSAL, proposal.id) for proposal in about])
