"""Proposals: what residents send, and what officers do with it."""

from __future__ import annotations

from uuid import UUID

from pbvote.audit.events.event import Event


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
