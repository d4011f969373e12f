"""What comments, questions and their moderation look like over HTTP."""

from __future__ import annotations

from typing import Literal

import msgspec

from pbvote.deliberation.content import parts_of
from pbvote.deliberation.finding import Talk, Thread
from pbvote.deliberation.models import Comment, Question, State
from pbvote.deliberation.moderation import MANY_FLAGS, Looked
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Round
from pbvote.web.instants import Instant


class PartOut(msgspec.Struct, frozen=True):
    """A stretch of a text; `href` is where it leads (http or https), or empty."""

    text: str
    href: str

    @classmethod
    def all_of(cls, text: str) -> list[PartOut]:
        """The text in parts."""
        return [cls(part.text, part.href) for part in parts_of(text)]


class CommentOut(msgspec.Struct, frozen=True):
    """A comment as the public reads it. Only what is `shown` has words; `reason` says why it was hidden."""

    id: str
    state: Literal["shown", "hidden", "removed"]
    name: str
    parts: list[PartOut]
    official: bool
    reason: str
    written: Instant
    replies: list[CommentOut]

    @classmethod
    def of(cls, thread: Thread, round_: Round, language: str) -> CommentOut:
        """A comment with its replies."""
        replies = [cls.one(reply, [], round_, language) for reply in thread.replies]
        return cls.one(thread.comment, replies, round_, language)

    @classmethod
    def one(cls, comment: Comment, replies: list[CommentOut], round_: Round, language: str) -> CommentOut:
        """A comment alone."""
        shown = comment.state == State.SHOWN
        return cls(
            id=str(comment.id),
            state="shown" if shown else "hidden" if comment.state == State.HIDDEN else "removed",
            name=comment.name if shown else "",
            parts=PartOut.all_of(comment.text) if shown else [],
            official=comment.official,
            reason=comment.reason if comment.state == State.HIDDEN else "",
            written=Instant.of(comment.written_at, round_.forum.timezone, language),
            replies=replies,
        )


class TalkOut(msgspec.Struct, frozen=True):
    """A stretch of what is said about a proposal.

    `mode` is the round's: off, open, or checked before they show. `open` and `backing` say whether comments and
    supports can be given now. While voting is open, and until its result, `count` and `supports` are null.
    """

    mode: Literal["off", "open", "checked"]
    open: bool
    backing: bool
    count: int | None
    supports: int | None
    items: list[CommentOut]
    more: bool

    @classmethod
    def of(cls, talk: Talk, round_: Round, language: str) -> TalkOut:
        """The stretch."""
        mode: Literal["off", "open", "checked"] = msgspec.convert(round_.comments, Literal["off", "open", "checked"])
        items = [CommentOut.of(thread, round_, language) for thread in talk.threads]
        return cls(mode, talk.open, talk.backing, talk.count, talk.supports, items, talk.more)


class WrittenOut(msgspec.Struct, frozen=True):
    """What became of a comment or question that was sent; `key` removes it, and is shown this once."""

    id: str
    state: Literal["shown", "waiting"]
    key: str

    @classmethod
    def of(cls, written: Comment | Question, key: str) -> WrittenOut:
        """A new one."""
        return cls(str(written.id), "shown" if written.state == State.SHOWN else "waiting", key)


class BackedOut(msgspec.Struct, frozen=True):
    """How many browsers back a proposal; null while nobody is to know."""

    supports: int | None


class QuestionOut(msgspec.Struct, frozen=True):
    """A question as the public reads it; `answer` is empty until there is one."""

    id: str
    state: Literal["shown", "hidden"]
    name: str
    parts: list[PartOut]
    reason: str
    asked: Instant
    answer: list[PartOut]
    answered: Instant | None

    @classmethod
    def of(cls, question: Question, round_: Round, language: str) -> QuestionOut:
        """The question."""
        shown, zone = question.state == State.SHOWN, round_.forum.timezone
        return cls(
            id=str(question.id),
            state="shown" if shown else "hidden",
            name=question.name if shown else "",
            parts=PartOut.all_of(question.text) if shown else [],
            reason="" if shown else question.reason,
            asked=Instant.of(question.asked_at, zone, language),
            answer=PartOut.all_of(question.answer) if shown else [],
            answered=Instant.maybe(question.answered_at, zone, language) if shown else None,
        )


class QuestionsOut(msgspec.Struct, frozen=True):
    """A stretch of questions; `open` says whether one can ask now, `at_once` whether a question shows unanswered."""

    open: bool
    at_once: bool
    items: list[QuestionOut]
    more: bool


class AboutOut(msgspec.Struct, frozen=True):
    """The proposal that something is about."""

    number: int
    title: str

    @classmethod
    def maybe(cls, proposal: Proposal | None) -> AboutOut | None:
        """The proposal in short, or none."""
        return None if proposal is None else cls(proposal.number, proposal.title)


class ModeratedOut(msgspec.Struct, frozen=True):
    """A comment as officers see it; `flags` are the reasons of those who asked officers to look, some of them empty."""

    id: str
    state: Literal["shown", "waiting", "hidden"]
    proposal: AboutOut
    name: str
    parts: list[PartOut]
    official: bool
    reply: bool
    reason: str
    written: Instant
    flags: list[str]
    alert: bool

    @classmethod
    def of(cls, looked: Looked, round_: Round, language: str) -> ModeratedOut:
        """The comment."""
        comment = looked.comment
        return cls(
            id=str(comment.id),
            state=msgspec.convert(comment.state, Literal["shown", "waiting", "hidden"]),
            proposal=AboutOut(looked.proposal.number, looked.proposal.title),
            name=comment.name,
            parts=PartOut.all_of(comment.text),
            official=comment.official,
            reply=comment.parent_id is not None,
            reason=comment.reason,
            written=Instant.of(comment.written_at, round_.forum.timezone, language),
            flags=looked.flags,
            alert=len(looked.flags) >= MANY_FLAGS,
        )


class AskedOut(msgspec.Struct, frozen=True):
    """A question as officers see it; `proposal` is null where it is about the round."""

    id: str
    state: Literal["shown", "waiting", "hidden"]
    proposal: AboutOut | None
    name: str
    parts: list[PartOut]
    reason: str
    asked: Instant
    answer: str
    answered: Instant | None

    @classmethod
    def of(cls, question: Question, proposal: Proposal | None, round_: Round, language: str) -> AskedOut:
        """The question."""
        zone = round_.forum.timezone
        return cls(
            id=str(question.id),
            state=msgspec.convert(question.state, Literal["shown", "waiting", "hidden"]),
            proposal=AboutOut.maybe(proposal),
            name=question.name,
            parts=PartOut.all_of(question.text),
            reason=question.reason,
            asked=Instant.of(question.asked_at, zone, language),
            answer=question.answer,
            answered=Instant.maybe(question.answered_at, zone, language),
        )


class WorkOut(msgspec.Struct, frozen=True):
    """What waits for officers in a round; `alerts` counts comments that many people have flagged."""

    round: str
    waiting: int
    flagged: int
    alerts: int
    questions: int


class AllWorkOut(msgspec.Struct, frozen=True):
    """What waits for officers in the rounds that they moderate; rounds where nothing does are left out."""

    items: list[WorkOut]
