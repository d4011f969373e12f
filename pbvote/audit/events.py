"""The typed events. The class name, in snake case, is the stored `kind`; the fields are its data.

Casting a ballot is not among them: it leaves no event, no time and no address anywhere.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every event has: who did it (nobody, for the clock) and in which round (none, for the installation)."""

    actor_id: UUID | None = None
    round_id: UUID | None = None


class AccountAdded(Event, frozen=True):
    """An account was made."""

    account_id: UUID


class RoleGranted(Event, frozen=True):
    """Somebody was given a role in a forum."""

    account_id: UUID
    forum: str
    role: str


class SignedIn(Event, frozen=True):
    """An officer signed in."""


class ForumAdded(Event, frozen=True):
    """A forum was added."""

    slug: str


class ForumChanged(Event, frozen=True):
    """A part of a forum was changed; `change` holds what it is now."""

    forum: str
    part: str
    change: dict[str, Any]


class BandsChanged(Event, frozen=True):
    """What forums get by their population was changed; `bands` holds what it is now."""

    bands: list[Any]


class RoundMade(Event, frozen=True):
    """A round was made from a template."""

    slug: str
    template: str


class RoundChanged(Event, frozen=True):
    """A part of a round's set-up was changed; `change` holds what it is now."""

    part: str
    change: dict[str, Any]


class PhaseBegan(Event, frozen=True):
    """A round went from one phase to the next."""

    before: str
    phase: str
    reason: str = ""


class RoundOpened(Event, frozen=True):
    """The organiser opened a round: from now on it is public and follows its calendar."""


class RulesFrozen(Event, frozen=True):
    """Voting opened: projects, costs, ballot design and rule are fixed from here on."""

    config_sha256: str
    projects: int
    budget: int


class ProposalSubmitted(Event, frozen=True):
    """A resident put a proposal forward."""

    number: int


class ProposalDecided(Event, frozen=True):
    """An officer decided on a proposal, with a public reason."""

    number: int
    decision: str
    reason: str
    cost: int


class ProposalWithdrawn(Event, frozen=True):
    """The one who submitted a proposal took it back."""

    number: int


class CodesIssued(Event, frozen=True):
    """Electors were put on the roll and their voting codes were made."""

    label: str
    count: int


class RollImported(Event, frozen=True):
    """Electors were put on the roll from a file, without codes yet."""

    label: str
    count: int


class LettersMade(Event, frozen=True):
    """New codes were made for a batch and printed; from the second time on, the letters made before are void."""

    label: str
    count: int
    times: int


class LettersPosted(Event, frozen=True):
    """The letters of a batch were posted; their addresses were deleted."""

    label: str
    count: int


class ElectorRegistered(Event, frozen=True):
    """An elector was put on the roll at a desk, on evidence of this kind."""

    elector_id: UUID
    evidence: str


class CodeReplaced(Event, frozen=True):
    """An elector was given a new code in place of a lost one."""

    elector_id: UUID


class CustodyChosen(Event, frozen=True):
    """An organiser chose who keeps the key that opens the ballots."""

    custody: str


class KeysRehearsed(Event, frozen=True):
    """A trial ballot was sealed and opened with the very keys of the vote."""

    custody: str


class VotingPaused(Event, frozen=True):
    """Two officers stopped the vote for a while."""

    reason: str


class VotingResumed(Event, frozen=True):
    """Two officers let the vote go on."""

    reason: str


class VotingExtended(Event, frozen=True):
    """Two officers moved the close of the vote to a later time."""

    until: str
    reason: str


class BallotVoided(Event, frozen=True):
    """Two officers took an elector's ballot, if there was one, out of the count; the elector may vote again."""

    elector_id: UUID
    reason: str


class ElectorRemoved(Event, frozen=True):
    """Two officers took an elector off the roll while voting was open; a ballot of theirs does not count."""

    elector_id: UUID
    reason: str


class DiceRolled(Event, frozen=True):
    """Two officers each entered the digits of dice that were rolled in public."""

    purpose: str
    digits: str


class TurnoutSampleDrawn(Event, frozen=True):
    """An officer had a list compared with the sample of the turnout audit: so many people are to be asked."""

    size: int


class TurnoutAudited(Event, frozen=True):
    """Two officers put on record what came of the turnout audit."""

    size: int
    asked: int
    yes: int
    no: int
    not_reached: int


class WitnessAdded(Event, frozen=True):
    """A witness' key was added to those whose cosignatures are shown."""

    key: str


class ResultCertified(Event, frozen=True):
    """Two officers certified the result: the time for challenges is over."""


class PollKeysDestroyed(Event, frozen=True):
    """Two officers destroyed the keys of a vote: nobody can tie an elector to a ballot any more."""

    destroyed: list[str]


class ApprovalAsked(Event, frozen=True):
    """The first of two officers asked for something that needs two."""

    action: str
    subject: str
    reason: str = ""


class ApprovalGiven(Event, frozen=True):
    """The second of two officers approved."""

    action: str
    subject: str


class Counted(Event, frozen=True):
    """The ballots were counted by the rule."""

    outcome_id: UUID
    ballots: int


class Published(Event, frozen=True):
    """An outcome was made official."""

    outcome_id: UUID
    number: int
