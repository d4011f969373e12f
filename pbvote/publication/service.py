"""Publishing: two officers make an outcome official. From then on, and not before, it is public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import anyio.to_thread
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events import Published
from pbvote.audit.service import record
from pbvote.ballotbox.canonical import CanonicalBallot
from pbvote.db import now
from pbvote.errors import DomainError, NotFound
from pbvote.keys import Keys
from pbvote.outcomes import service as outcomes
from pbvote.outcomes.election import Terms, election_of, fingerprint, pabulib_file
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.result import CountedResult, stored_result
from pbvote.proposals.service import record_outcome
from pbvote.publication.files import ELECTION, FEWEST_BALLOTS, files_of
from pbvote.publication.models import Publication, PublicationFile
from pbvote.rounds.approvals import ask_or_approve
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import Action, Phase
from pbvote.rounds.service import begin, lock

PUBLISH = "publish"


class ResultsNotPublished(NotFound):
    """The one gate for results: before publication there is nothing to see."""

    title: ClassVar[str] = "Not published yet"


class OutcomeIsStale(DomainError):
    """This is not the newest count of the round, or the ballots are not those that were counted."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Count again first"


class TooFewBallots(DomainError):
    """So few people voted that a list of ballots could tell how one of them did."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "Too few votes to publish one by one"


@dataclass(frozen=True, slots=True)
class _Work:
    """What the files of a publication are made of: plain data, for a thread."""

    terms: Terms
    ballots: Sequence[CanonicalBallot]
    election_sha256: str
    result: dict[str, Any]
    config_sha256: str | None


async def publish(db: AsyncSession, keys: Keys, round_: Round, outcome_id: UUID, actor: Actor) -> Approval:
    """The first officer asks to publish this outcome; the second one's call publishes it."""
    round_ = await lock(db, round_)
    actor.require(round_.forum_id, Role.OFFICER)
    round_.require(Action.PUBLISH, await now(db))
    outcome = await outcomes.latest(db, round_, actor)
    if outcome.id != outcome_id:
        raise OutcomeIsStale("There is a newer count of this round. Please look at that one first.")
    approval = await ask_or_approve(db, round_, PUBLISH, str(outcome_id), "", actor)
    if approval.approved_by is not None:
        await _make_official(db, keys, round_, outcome, approval, actor)
    return approval


async def published(db: AsyncSession, round_: Round) -> tuple[Publication, Outcome]:
    """The publication in force and its outcome. Raises ResultsNotPublished."""
    query = (
        select(Publication, Outcome)
        .join(Outcome, Outcome.id == Publication.outcome_id)
        .where(Publication.round_id == round_.id)
        .order_by(Publication.number.desc())
        .limit(1)
    )
    found = (await db.execute(query)).first()
    if found is None:
        raise ResultsNotPublished("The result of this round has not been published yet.")
    return found


async def file_names(db: AsyncSession, publication: Publication) -> list[str]:
    """The names of a publication's files."""
    query = select(PublicationFile.name).where(PublicationFile.publication_id == publication.id)
    return sorted(await db.scalars(query))


async def file_of(db: AsyncSession, round_: Round, name: str) -> PublicationFile:
    """A file of the publication in force. Raises ResultsNotPublished, TooFewBallots or NotFound."""
    publication, outcome = await published(db, round_)
    file = await db.get(PublicationFile, (publication.id, name))
    if file is not None:
        return file
    if name == ELECTION:
        raise TooFewBallots(
            f"Only {outcome.ballots} people voted. To keep their votes secret, votes are listed one by one only when "
            f"at least {FEWEST_BALLOTS} did."
        )
    raise NotFound(f"This publication has no file {name[:60]!r}.")


async def _make_official(
    db: AsyncSession, keys: Keys, round_: Round, outcome: Outcome, approval: Approval, actor: Actor
) -> None:
    terms = await outcomes.sealed_terms(db, round_)
    ballots = await outcomes.ballots_of(db, keys, terms.poll_id)
    work = _Work(terms, ballots, outcome.election_sha256, outcome.result, round_.config_sha256)
    result, files = await anyio.to_thread.run_sync(_files, work)
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
    for name, media_type, content in files:
        db.add(PublicationFile(publication_id=publication.id, name=name, media_type=media_type, content=content))
    await record_outcome(db, terms.poll_id, {project.number for project in result.projects if project.funded})
    event = Published(actor_id=actor.account_id, round_id=round_.id, outcome_id=outcome.id, number=number)
    await record(db, event)
    await begin(db, round_, Phase.PUBLISHED, actor)


def _files(work: _Work) -> tuple[CountedResult, list[tuple[str, str, bytes]]]:
    """The result and its files. Raises OutcomeIsStale unless the ballots are those that were counted."""
    election = election_of(work.terms, work.ballots)
    election_file = pabulib_file(election)
    if fingerprint(election_file) != work.election_sha256:
        raise OutcomeIsStale("The ballots in the box are not those that were counted. Please count again.")
    result = stored_result(work.result)
    return result, files_of(election, election_file, work.terms.conditions, result, work.config_sha256)
