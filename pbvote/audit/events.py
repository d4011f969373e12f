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


class RoleTaken(Event, frozen=True):
    """A role in a forum was taken from somebody."""

    account_id: UUID
    forum: str
    role: str


class AdministratorMade(Event, frozen=True):
    """Somebody became an administrator."""

    account_id: UUID


class AdministratorEnded(Event, frozen=True):
    """Somebody is no administrator any more."""

    account_id: UUID


class AccountDeactivated(Event, frozen=True):
    """An account can do nothing any more, and its sign-ins ended."""

    account_id: UUID


class AccountReactivated(Event, frozen=True):
    """An account that was deactivated can sign in again."""

    account_id: UUID


class InviteMade(Event, frozen=True):
    """A link was made with which somebody joins; whom it was made for is not written down here."""

    invite_id: UUID
    roles: list[str]
    administrator: bool


class InviteWithdrawn(Event, frozen=True):
    """A link that somebody could have joined with was made void."""

    invite_id: UUID


class InviteAccepted(Event, frozen=True):
    """Somebody joined with the link that was made for them."""

    invite_id: UUID
    account_id: UUID


class PasswordLinkMade(Event, frozen=True):
    """An administrator made a link with which somebody chooses a new password."""

    account_id: UUID


class PasswordReset(Event, frozen=True):
    """Somebody chose a new password with a link; all their sign-ins ended."""

    account_id: UUID


class PasswordChanged(Event, frozen=True):
    """Somebody changed their password; their other sign-ins ended."""


class SignedOutEverywhere(Event, frozen=True):
    """Somebody ended all their sign-ins."""


class SecondStepSetUp(Event, frozen=True):
    """Somebody is asked for a code of their app from now on; their other sign-ins ended."""


class SecondStepRemoved(Event, frozen=True):
    """An account is asked for no codes any more."""

    account_id: UUID


class SecondStepHeld(Event, frozen=True):
    """So many wrong codes were tried for an account that none is taken for a while."""

    account_id: UUID


class RecoveryCodesMade(Event, frozen=True):
    """Somebody has ten new recovery codes; the old ones are void."""


class RecoveryCodeUsed(Event, frozen=True):
    """Somebody used one of their recovery codes."""


class SecondStepRequired(Event, frozen=True):
    """An administrator chose whether everybody on staff needs a second step."""

    required: bool


class BrandingChanged(Event, frozen=True):
    """An administrator changed the name or the colours that pages show."""

    change: dict[str, Any]


class RetentionChanged(Event, frozen=True):
    """An administrator changed how long things are kept."""

    change: dict[str, Any]


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


class TemplateSaved(Event, frozen=True):
    """The set-up of a round was saved as a template of its forum."""

    forum: str
    title: str


class TemplateRemoved(Event, frozen=True):
    """A forum removed a template of its own."""

    forum: str
    title: str


class RehearsalMade(Event, frozen=True):
    """A copy of a round was made to practise with."""

    of: str


class RehearsalWentOn(Event, frozen=True):
    """The next date of a rehearsal, which is named, was brought to this moment."""

    what: str


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


class ChangesAsked(Event, frozen=True):
    """An officer asked the one who submitted a proposal to change it, with a public reason."""

    number: int
    reason: str


class ProposalChecked(Event, frozen=True):
    """An officer recorded one of the three checks of a proposal."""

    number: int
    check: str
    passes: bool


class ProposalCosted(Event, frozen=True):
    """An officer recorded what a proposal costs, or took that away again; the amount is the one for the ballot."""

    number: int
    amount: int | None


class ProposalAssigned(Event, frozen=True):
    """An officer looks after a proposal from now on, or nobody does."""

    number: int
    account_id: UUID | None


class ProposalNoted(Event, frozen=True):
    """An officer wrote a note for officers about a proposal, or took their own away; its text is not kept here."""

    number: int
    taken_away: bool


class PanelFeedbackAdded(Event, frozen=True):
    """What an expert panel says about a proposal was put beside it, for everybody."""

    number: int
    who: str


class PanelFeedbackRemoved(Event, frozen=True):
    """A panel's feedback was taken away again."""

    number: int
    who: str


class ProposalsMerged(Event, frozen=True):
    """An officer merged proposals into one, with a public reason."""

    numbers: list[int]
    into: int
    reason: str


class ProposalSplit(Event, frozen=True):
    """An officer split a proposal into others, with a public reason."""

    number: int
    into: list[int]
    reason: str


class RegroupingUndone(Event, frozen=True):
    """An officer undid a merge or a split, with a public reason."""

    kind: str
    numbers: list[int]
    reason: str


class ProposalRevised(Event, frozen=True):
    """A resident changed a proposal and sent it again."""

    number: int


class AttachmentHidden(Event, frozen=True):
    """An officer hid a photo or a document of a proposal, with a public reason."""

    number: int
    attachment_id: UUID
    reason: str


class AttachmentShown(Event, frozen=True):
    """An officer shows a photo or a document again that was hidden."""

    number: int
    attachment_id: UUID


class ProposalWithdrawn(Event, frozen=True):
    """The one who submitted a proposal took it back."""

    number: int


class CommentWritten(Event, frozen=True):
    """Somebody said something about a proposal, or replied; `official` is what an officer wrote."""

    comment_id: UUID
    number: int
    state: str
    official: bool
    reply: bool


class CommentRemoved(Event, frozen=True):
    """Whoever wrote a comment took it back; its words are deleted."""

    comment_id: UUID


class CommentFlagged(Event, frozen=True):
    """A reader asked officers to look at a comment."""

    comment_id: UUID


class CommentHidden(Event, frozen=True):
    """An officer hid a comment, with a public reason."""

    comment_id: UUID
    reason: str


class CommentShown(Event, frozen=True):
    """An officer let a comment be read that waited or was hidden, or left one as it is that was flagged."""

    comment_id: UUID
    before: str


class QuestionAsked(Event, frozen=True):
    """Somebody asked the officers something, about a proposal or about the round."""

    question_id: UUID
    number: int | None
    state: str


class QuestionAnswered(Event, frozen=True):
    """An officer answered a question for everybody to read."""

    question_id: UUID
    number: int | None
    answer: str


class QuestionHidden(Event, frozen=True):
    """An officer hid a question, with a public reason."""

    question_id: UUID
    reason: str


class QuestionRemoved(Event, frozen=True):
    """Whoever asked a question took it back; its words and its answer are deleted."""

    question_id: UUID


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


class NightChanged(Event, frozen=True):
    """The Decision Night of a round was set up or changed; `change` holds what it is now."""

    change: dict[str, Any]


class NightOrderDrawn(Event, frozen=True):
    """The seed of the order of presentations was put in, from the source that was announced before."""

    source: str
    seed: str


class NightCalledOff(Event, frozen=True):
    """There will be no Decision Night."""

    reason: str


class NightPlaceTaken(Event, frozen=True):
    """Somebody took the place of that number in the hall, or none, and waits."""

    number: int | None


class NightPlaceGivenBack(Event, frozen=True):
    """Somebody is not coming after all; whether one who waited got a place."""

    number: int | None
    given_on: bool


class NightDoorCounted(Event, frozen=True):
    """How many came with and without a place, and how many slips with codes were handed out, so far."""

    arrived: int
    walk_ins: int
    slips: int


class NightTimerPressed(Event, frozen=True):
    """The chair pressed a button of the timer; `item` is on now, or nothing."""

    pressed: str
    item: str


class NightGuestsForgotten(Event, frozen=True):
    """Thirty days after a Decision Night its guests were deleted."""

    count: int


class BackupMade(Event, frozen=True):
    """A backup of the whole database was made and read back; `of` is the instant that it shows."""

    of: str
    bytes: int
    sha256: str


class DatabaseRestored(Event, frozen=True):
    """The database was restored from a backup that shows the instant `of`; logs that may still grow are held."""

    of: str
    installation: str
    held: int


class LogContinued(Event, frozen=True):
    """A log that was held after a restore goes on at `size`; `seen` is the longest that people outside have shown."""

    poll_id: UUID
    size: int
    seen: int
