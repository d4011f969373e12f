"""Making a publication's files: the box is opened once more, and what is published is what was counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import anyio.to_thread
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.canonical import CanonicalBallot
from pbvote.ballotbox.log import event_leaf
from pbvote.ballotlog.service import append, leaves_of
from pbvote.ballotlog.witnesses import checkpoint_notes, witnesses_who_signed
from pbvote.db import now
from pbvote.errors import DomainError
from pbvote.keys import Keys
from pbvote.outcomes import service as outcomes
from pbvote.outcomes.box import Box, Unlock, unsealed
from pbvote.outcomes.election import Terms, election_of, fingerprint, pabulib_file
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.result import CountedResult, stored_result
from pbvote.publication.bundle import Material, bundle_zip, result_hashes
from pbvote.publication.files import BUNDLE, ELECTION, FEWEST_BALLOTS, SCRUTINY, ZIP, files_of
from pbvote.roll.service import size_of_roll
from pbvote.rounds.approvals import all_approved, names_of_the_two
from pbvote.rounds.models import Approval, Round

File = tuple[str, str, bytes]


class OutcomeIsStale(DomainError):
    """This is not the newest count of the round, or the ballots are not those that were counted."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Count again first"


@dataclass(frozen=True, slots=True)
class _Work:
    """What the files of a publication are made of: plain data, for a thread."""

    terms: Terms
    ballots: Sequence[CanonicalBallot]
    election_sha256: str
    result: dict[str, Any]
    config_sha256: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The box, opened once more, and the files that follow from it alone."""

    terms: Terms
    box: Box
    result: CountedResult
    files: Sequence[File]


@dataclass(frozen=True, slots=True)
class Made:
    """A result, and its files as name, media type and content."""

    result: CountedResult
    files: Sequence[File]


async def open_again(db: AsyncSession, keys: Keys, round_: Round, outcome: Outcome, unlock: Unlock) -> Opened:
    """What a publication is made of. Only reads, and may take minutes.

    Raises what counting raises, and OutcomeIsStale.
    """
    terms = await outcomes.sealed_terms(db, keys, round_)
    box = await unsealed(db, keys, round_, unlock)
    ballots = [opening.ballot() for opening in box.openings]
    work = _Work(terms, ballots, outcome.election_sha256, outcome.result, terms.config_sha256)
    return Opened(terms, box, *await anyio.to_thread.run_sync(_files, work))


async def make_files(db: AsyncSession, keys: Keys, round_: Round, opened: Opened, approval: Approval) -> Made:
    """The files of a publication, after writing its leaf into the log. Raises BoxWasTouched.

    Where fewer than 30 ballots count, the list of ballots and the bundle with them are for scrutineers.
    """
    terms, box, result, files = opened.terms, opened.box, opened.result, opened.files
    await outcomes.require_untouched(db, round_, terms.poll_id, len(box.leaves))
    material = Material(
        poll_id=terms.poll_id,
        config=terms.config,
        election=next(content for name, _, content in files if name == ELECTION),
        openings=box.openings,
        superseded=box.superseded,
        outcome=msgspec.to_builtins(result),
        approvals=await _approvals(db, round_),
        electors=await size_of_roll(db, round_.id),
        witnesses=await witnesses_who_signed(db, terms.poll_id),
    )
    enough = result.ballots >= FEWEST_BALLOTS
    bundles = await _log_the_result(db, keys, material, await names_of_the_two(db, approval), enough=enough)
    return Made(result, [*(file for file in files if enough or file[0] != ELECTION), *bundles])


async def _log_the_result(
    db: AsyncSession, keys: Keys, material: Material, by: list[str], *, enough: bool
) -> list[File]:
    """Write the leaf of the result, and make the bundles: for everybody, and where few voted, for scrutineers."""
    hashes = await anyio.to_thread.run_sync(result_hashes, material)
    await append(db, keys, material.poll_id, [event_leaf("result", at=await now(db), by=by, **hashes)])
    leaves, notes = await leaves_of(db, material.poll_id), await checkpoint_notes(db, material.poll_id)

    def zipped() -> list[File]:
        files = [(BUNDLE, ZIP, bundle_zip(material, leaves, notes, with_ballots=enough))]
        if not enough:
            files.append((SCRUTINY, ZIP, bundle_zip(material, leaves, notes, with_ballots=True)))
        return files

    return await anyio.to_thread.run_sync(zipped)


async def _approvals(db: AsyncSession, round_: Round) -> list[dict[str, str]]:
    """Every step that two officers took, as the bundle tells it."""
    told = []
    for approval in await all_approved(db, round_):
        asked_by, approved_by = await names_of_the_two(db, approval)
        told.append(
            {
                "action": approval.action,
                "reason": approval.reason,
                "asked_by": asked_by,
                "asked_at": _told_time(approval.asked_at),
                "approved_by": approved_by,
                "approved_at": _told_time(approval.approved_at),
            }
        )
    return told


def _told_time(at: datetime | None) -> str:
    return "" if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _files(work: _Work) -> tuple[CountedResult, list[tuple[str, str, bytes]]]:
    """The result and its files. Raises OutcomeIsStale unless the ballots are those that were counted."""
    election = election_of(work.terms, work.ballots)
    election_file = pabulib_file(election)
    if fingerprint(election_file) != work.election_sha256:
        raise OutcomeIsStale("The ballots in the box are not those that were counted. Please count again.")
    result = stored_result(work.result)
    return result, files_of(election, election_file, work.terms.conditions, result, work.config_sha256)
