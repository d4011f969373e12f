"""Publishing: two officers make an outcome official. From then on, and not before, it is public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.results import Published
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import DomainError, NotFound
from pbvote.keys import Keys
from pbvote.outcomes import service as outcomes
from pbvote.outcomes.box import Unlock
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.result import Becomes
from pbvote.proposals.ballot import record_outcome
from pbvote.proposals.states import Status
from pbvote.publication.files import BUNDLE, ELECTION, FEWEST_BALLOTS, SCRUTINY
from pbvote.publication.making import Made, Opened, OutcomeIsStale, make_files, open_again
from pbvote.publication.models import Publication, PublicationFile
from pbvote.publication.shelf import Shelf, Shelved
from pbvote.rounds.approvals import Consent, Step, ask_or_approve
from pbvote.rounds.models import Approval, Poll, Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import after_the_count, begin, lock
from pbvote.voting.uniqueness import uniqueness

PUBLISH = "publish"
# What stands with a proposal.
STATUSES = {
    Becomes.FUNDED: Status.FUNDED,
    Becomes.PART_FUNDED: Status.PART_FUNDED,
    Becomes.RESERVE: Status.RESERVE,
    Becomes.NOT_FUNDED: Status.NOT_FUNDED,
    Becomes.SHORTLISTED: Status.SHORTLISTED,
    Becomes.NOT_SHORTLISTED: Status.NOT_FUNDED,
    Becomes.PLACED: Status.PLACED,
}


class ResultsNotPublished(NotFound):
    """The one gate for results: before publication there is nothing to see."""

    title: ClassVar[str] = "Not published yet"


class VoteIsNotSound(DomainError):
    """Ballots would count that must not: nothing is published before somebody has looked into it."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The vote is not sound"


class TooFewBallots(DomainError):
    """So few people voted that a list of ballots could tell how one of them did."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "Too few votes to publish one by one"


@dataclass(frozen=True, slots=True)
class Candidate:
    """The outcome that an officer has looked at, and the passphrases of two of the board where there is a board."""

    outcome_id: UUID
    unlock: Unlock = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A vote that was found sound, and for whoever approves, its box."""

    outcome_id: UUID
    opened: Opened | None


async def prepare(
    db: AsyncSession, keys: Keys, round_: Round, candidate: Candidate, consent: Consent, actor: Actor
) -> Prepared:
    """Everything that takes long about publishing this outcome. Only reads, so that nobody waits for it.

    Raises OutcomeIsStale, and VoteIsNotSound where the uniqueness report finds what must not be.
    """
    outcome = await _newest(db, round_, candidate.outcome_id, actor)
    await _require_soundness(db, keys, round_, actor)
    if consent.approves is None:
        return Prepared(outcome.id, None)
    return Prepared(outcome.id, await open_again(db, keys, round_, outcome, candidate.unlock))


async def publish(
    db: AsyncSession, keys: Keys, round_: Round, prepared: Prepared, consent: Consent, actor: Actor
) -> Approval:
    """The first officer asks to publish what was prepared; the second one's call publishes it.

    Raises OutcomeIsStale, and BoxWasTouched if the log has grown since it was prepared.
    """
    round_ = await lock(db, round_)
    outcome = await _newest(db, round_, prepared.outcome_id, actor)
    step = Step(PUBLISH, str(outcome.id), reason_needed=False)
    approval = await ask_or_approve(db, round_, step, consent, actor)
    if approval.approved_by is not None and prepared.opened is not None:
        made = await make_files(db, keys, round_, prepared.opened, approval)
        await _make_official(db, round_, outcome, approval, made, actor)
    return approval


async def published(db: AsyncSession, round_: Round, position: int | None = None) -> tuple[Publication, Outcome]:
    """The publication in force of the poll of that position, or of the one published last, and its outcome.

    Raises ResultsNotPublished, and NotFound for a poll that the round does not have.
    """
    query = (
        select(Publication, Outcome)
        .join(Outcome, Outcome.id == Publication.outcome_id)
        .where(Publication.round_id == round_.id)
        .order_by(Publication.number.desc())
        .limit(1)
    )
    if position is not None:
        query = query.where(Outcome.poll_id == round_.poll_at(position).id)
    found = (await db.execute(query)).first()
    if found is None:
        raise ResultsNotPublished("This result has not been published yet.")
    return found


async def published_polls(db: AsyncSession, round_: Round) -> list[Poll]:
    """The polls of the round whose results are published."""
    query = select(Outcome.poll_id).join(Publication, Publication.outcome_id == Outcome.id)
    there = set(await db.scalars(query.where(Publication.round_id == round_.id)))
    return [poll for poll in round_.polls if poll.id in there]


async def file_names(db: AsyncSession, publication: Publication) -> list[str]:
    """The names of a publication's public files."""
    query = select(PublicationFile.name).where(PublicationFile.publication_id == publication.id)
    return sorted(name for name in await db.scalars(query) if name != SCRUTINY)


async def file_of(db: AsyncSession, shelf: Shelf, round_: Round, name: str, position: int | None = None) -> Shelved:
    """A file of the publication in force. Raises ResultsNotPublished, TooFewBallots or NotFound."""
    publication, outcome = await published(db, round_, position)
    file = await shelf.file(db, publication.id, name) if name != SCRUTINY else None
    if file is not None:
        return file
    if name == ELECTION:
        raise TooFewBallots(
            f"Only {outcome.ballots} people voted. To keep their votes secret, votes are listed one by one only when "
            f"at least {FEWEST_BALLOTS} did."
        )
    raise NotFound(f"This publication has no file {name[:60]!r}.")


async def scrutiny_file(db: AsyncSession, shelf: Shelf, round_: Round, position: int | None, actor: Actor) -> Shelved:
    """The bundle with every ballot, which in a small round only scrutineers get. Raises ResultsNotPublished."""
    actor.require(round_.forum_id, Role.SCRUTINEER)
    publication, _ = await published(db, round_, position)
    for name in (SCRUTINY, BUNDLE):
        file = await shelf.file(db, publication.id, name)
        if file is not None:
            return file
    raise NotFound("This publication has no bundle.")


async def _newest(db: AsyncSession, round_: Round, outcome_id: UUID, actor: Actor) -> Outcome:
    """The outcome of that id, if it may be published and nothing was counted since. Raises OutcomeIsStale."""
    actor.require(round_.forum_id, Role.OFFICER)
    round_.require(Action.PUBLISH, await now(db))
    outcome = await outcomes.latest(db, round_, actor)
    if outcome.id != outcome_id:
        raise OutcomeIsStale("There is a newer count of this round. Please look at that one first.")
    return outcome


async def _require_soundness(db: AsyncSession, keys: Keys, round_: Round, actor: Actor) -> None:
    report = await uniqueness(db, keys, round_, actor)
    if not report.sound:
        raise VoteIsNotSound(
            f"The uniqueness report finds {report.strangers} ballots of nobody on the roll, {report.twice} that would "
            f"count twice and {report.missing} that are missing. Please leave everything as it is and tell whoever "
            "runs this service."
        )


async def _make_official(
    db: AsyncSession, round_: Round, outcome: Outcome, approval: Approval, made: Made, actor: Actor
) -> None:
    number = (await db.execute(select(func.count()).where(Publication.round_id == round_.id))).scalar_one() + 1
    publication = Publication(
        round_id=round_.id,
        number=number,
        outcome_id=outcome.id,
        published_at=await now(db),
        asked_by=approval.asked_by,
        approved_by=actor.account_id,
    )
    db.add(publication)
    await db.flush()
    for name, media_type, content in made.files:
        db.add(PublicationFile(publication_id=publication.id, name=name, media_type=media_type, content=content))
    became = {project.number: STATUSES[project.becomes] for project in made.result.projects}
    told = {number: status for number, status in became.items() if status is not None}
    await record_outcome(db, outcome.poll_id, told)
    event = Published(actor_id=actor.account_id, round_id=round_.id, outcome_id=outcome.id, number=number)
    await record(db, event)
    await begin(db, round_, after_the_count(round_), actor)
