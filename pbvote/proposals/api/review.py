"""What officers do with one proposal, over HTTP; each answers with the proposal as it stands then."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.accounts.service import names_of
from pbvote.proposals import regrouping, remarks, reviewing, service, undoing
from pbvote.proposals.api.review_shapes import NoteOut, NotesOut, ReviewProposal, StandingOut
from pbvote.proposals.api.review_view import review_proposal, standing_of
from pbvote.proposals.decisions import ChangesWanted, CheckMade, CheckName, CostingMade, DecisionMade
from pbvote.proposals.lineage import Merge, Split, Undo
from pbvote.proposals.queue import MAY_READ
from pbvote.rounds.models import Round
from pbvote.rounds.service import round_of, staff_round
from pbvote.web.access import PUBLIC, only
from pbvote.web.caching import kept

Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Language = NamedDependency[str]
READERS, OFFICER = only(*MAY_READ), only(Role.OFFICER)
OF_PANEL = only(*remarks.SPEAK_FOR_THE_PANEL)
REVIEW = "/api/rounds/{round_slug:str}/review/{number:int}"


class AssigneeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the officer who asks looks after the proposal from now on, or nobody does."""

    mine: bool


class OfficerNoteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note for officers."""

    text: str


class FeedbackBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a panel says about a proposal, for everybody."""

    who: str
    text: str


class SplitOut(msgspec.Struct, frozen=True):
    """The numbers of the proposals that another was split into."""

    numbers: list[int]


@get("/api/rounds/{round_slug:str}/proposals/{number:int}/standing", guards=[PUBLIC], opt=kept())
async def show_standing(
    db: Db,
    visitor: NamedDependency[Actor | None],
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
) -> StandingOut:
    """By when a proposal will be checked, what it was merged or split with, and what an expert panel says."""
    round_ = await round_of(db, round_slug, visitor)
    return await standing_of(db, round_, await service.proposal_of(db, round_, number), language)


@get(REVIEW, guards=[READERS])
async def show(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], number: FromPath[int]
) -> ReviewProposal:
    """One proposal as officers see it."""
    round_ = await staff_round(db, round_slug, actor)
    actor.require(round_.forum_id, *MAY_READ)
    return await review_proposal(db, round_, await service.proposal_of(db, round_, number), actor, language)


@put(f"{REVIEW}/checks/{{check:str}}", guards=[OFFICER])
async def record_check(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    *,
    check: FromPath[CheckName],
    data: JSONBody[CheckMade],
) -> ReviewProposal:
    """Write down what came of one of the three checks."""
    round_ = await staff_round(db, round_slug, actor)
    proposal = await reviewing.record_check(db, round_, number, check, data, actor)
    return await review_proposal(db, round_, proposal, actor, language)


@put(f"{REVIEW}/costing", guards=[OFFICER])
async def record_costing(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[CostingMade],
) -> ReviewProposal:
    """Write down what the proposal costs, line by line."""
    round_ = await staff_round(db, round_slug, actor)
    proposal = await reviewing.record_costing(db, round_, number, data, actor)
    return await review_proposal(db, round_, proposal, actor, language)


@post(f"{REVIEW}/changes", status_code=200, guards=[OFFICER])
async def ask_for_changes(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[ChangesWanted],
) -> ReviewProposal:
    """Give the proposal back to the one who sent it, saying what is to be changed."""
    round_ = await staff_round(db, round_slug, actor)
    proposal = await reviewing.ask_for_changes(db, round_, number, data, actor)
    return await review_proposal(db, round_, proposal, actor, language)


@put(f"{REVIEW}/assignee", guards=[OFFICER])
async def assign(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[AssigneeBody],
) -> ReviewProposal:
    """Look after the proposal, or let it go."""
    round_ = await staff_round(db, round_slug, actor)
    proposal = await reviewing.assign(db, round_, number, actor, mine=data.mine)
    return await review_proposal(db, round_, proposal, actor, language)


@post("/api/rounds/{round_slug:str}/proposals/{number:int}/decision", status_code=200, guards=[OFFICER])
async def decide(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[DecisionMade],
) -> ReviewProposal:
    """Decide on a proposal."""
    round_ = await staff_round(db, round_slug, actor)
    proposal = await reviewing.decide(db, round_, number, data, actor)
    return await review_proposal(db, round_, proposal, actor, language)


@get(f"{REVIEW}/notes", guards=[OFFICER])
async def show_notes(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], number: FromPath[int]
) -> NotesOut:
    """What officers told each other about the proposal."""
    return await _notes(db, await staff_round(db, round_slug, actor), number, actor, language)


@post(f"{REVIEW}/notes", guards=[OFFICER])
async def add_note(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[OfficerNoteBody],
) -> NotesOut:
    """Tell the other officers something; the answer has all notes."""
    round_ = await staff_round(db, round_slug, actor)
    await remarks.add_note(db, round_, number, data.text, actor)
    return await _notes(db, round_, number, actor, language)


@delete(f"{REVIEW}/notes/{{remark_id:uuid}}", status_code=200, guards=[OFFICER])
async def remove_note(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    remark_id: FromPath[UUID],
) -> NotesOut:
    """Take one's own note away; the answer has the others."""
    round_ = await staff_round(db, round_slug, actor)
    await remarks.remove_note(db, round_, number, remark_id, actor)
    return await _notes(db, round_, number, actor, language)


@post(f"{REVIEW}/feedback", guards=[OF_PANEL])
async def add_feedback(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[FeedbackBody],
) -> ReviewProposal:
    """Put beside the proposal, for everybody, what a panel says."""
    round_ = await staff_round(db, round_slug, actor)
    proposal = await remarks.add_feedback(db, round_, number, (data.who, data.text), actor)
    return await review_proposal(db, round_, proposal, actor, language)


@delete(f"{REVIEW}/feedback/{{remark_id:uuid}}", status_code=200, guards=[OF_PANEL])
async def remove_feedback(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    remark_id: FromPath[UUID],
) -> ReviewProposal:
    """Take a panel's feedback away again."""
    round_ = await staff_round(db, round_slug, actor)
    proposal = await remarks.remove_feedback(db, round_, number, remark_id, actor)
    return await review_proposal(db, round_, proposal, actor, language)


@post("/api/rounds/{round_slug:str}/merges", guards=[OFFICER])
async def merge(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], data: JSONBody[Merge]
) -> ReviewProposal:
    """Merge proposals; the answer is the one that speaks for all of them."""
    round_ = await staff_round(db, round_slug, actor)
    proposal = await regrouping.merge(db, round_, data, actor)
    return await review_proposal(db, round_, proposal, actor, language)


@post(f"{REVIEW}/split", guards=[OFFICER])
async def split(
    db: Db, actor: Who, round_slug: FromPath[str], number: FromPath[int], data: JSONBody[Split]
) -> SplitOut:
    """Split a proposal into several."""
    round_ = await staff_round(db, round_slug, actor)
    return SplitOut([one.number for one in await regrouping.split(db, round_, number, data, actor)])


@post(f"{REVIEW}/undo", status_code=200, guards=[OFFICER])
async def undo(
    db: Db,
    actor: Who,
    language: Language,
    round_slug: FromPath[str],
    number: FromPath[int],
    data: JSONBody[Undo],
) -> ReviewProposal:
    """Undo the last merge or split that the proposal was part of."""
    round_ = await staff_round(db, round_slug, actor)
    proposal = await undoing.undo(db, round_, number, data, actor)
    return await review_proposal(db, round_, proposal, actor, language)


async def _notes(db: AsyncSession, round_: Round, number: int, actor: Actor, language: str) -> NotesOut:
    notes = await remarks.notes_of(db, round_, number, actor)
    names = await names_of(db, {note.made_by for note in notes})
    return NotesOut(
        [NoteOut.of(note, round_, (names[note.made_by], note.made_by == actor.account_id), language) for note in notes]
    )


handlers = [
    *(show_standing, show, record_check, record_costing, ask_for_changes, assign, decide),
    *(show_notes, add_note, remove_note, add_feedback, remove_feedback, merge, split, undo),
]
