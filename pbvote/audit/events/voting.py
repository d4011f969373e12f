"""A vote, from its keys to the turnout audit, and rehearsals."""

from __future__ import annotations

from uuid import UUID

from pbvote.audit.events.event import Event


class RehearsalMade(Event, frozen=True):
    """A copy of a round was made to practise with."""

    of: str


class RehearsalWentOn(Event, frozen=True):
    """The next date of a rehearsal, which is named, was brought to this moment."""

    what: str


class RulesFrozen(Event, frozen=True):
    """Voting opened: projects, costs, ballot design and rule are fixed from here on."""

    config_sha256: str
    projects: int
    budget: int


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
