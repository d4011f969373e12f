"""Comments and questions."""

from __future__ import annotations

from uuid import UUID

from pbvote.audit.events.event import Event


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
