"""Key dates and news put into words, as calendar events and feed entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID, uuid5

from pbvote.feeds.atom import Entry
from pbvote.feeds.ics import Event
from pbvote.feeds.service import KeyDate, News, Revision, key_dates
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase

LEADS_TO_RESULTS = {Phase.SHORTLIST, Phase.PUBLISHED}


class Texts(Protocol):
    """The words of a language."""

    def text(self, key: str, **params: object) -> str:
        """The text of a key."""


class Shown(Protocol):
    """A moment on the forum's clocks."""

    @property
    def day(self) -> str:
        """The day of the week and the date."""

    @property
    def time(self) -> str:
        """Hours and minutes."""


def events_of(dates: Sequence[KeyDate], revised: Mapping[UUID, Revision], words: Texts, address: str) -> list[Event]:
    """Key dates as events; a date has one UID for good, however often it moves. `address` is that of the website."""
    return [
        Event(
            uid=uuid5(date.round_.id, date.what),
            at=date.at,
            summary=words.text("plain.feed.event", what=words.text(f"plain.date.{date.what}"), round=date.round_.title),
            description=words.text("plain.feed.by", forum=date.round_.forum.name),
            url=f"{address}/r/{date.round_.slug}",
            place=date.round_.forum.name,
            sequence=revised[date.round_.id].number,
            created=date.round_.opened_at or date.at,
            changed=revised[date.round_.id].at,
            cancelled=date.round_.phase == Phase.CANCELLED,
        )
        for date in dates
    ]


def entries_of(told: Sequence[News], words: Texts, shown: Mapping[UUID, Sequence[Shown]], address: str) -> list[Entry]:
    """News as entries. `shown` are the key dates of each round, in the order of `key_dates`."""
    return [
        Entry(
            id=one.id,
            at=one.at,
            title=words.text(f"plain.news.{one.what}", round=one.round_.title),
            content=_content(one.round_, words, shown[one.round_.id]),
            url=f"{address}/r/{one.round_.slug}{'/results' if one.what in LEADS_TO_RESULTS else ''}",
            author=one.round_.forum.name,
        )
        for one in told
    ]


def _content(round_: Round, words: Texts, shown: Sequence[Shown]) -> str:
    if round_.phase == Phase.CANCELLED:
        return words.text("plain.feed.cancelled", reason=round_.cancelled_reason)
    lines = [
        words.text("plain.feed.date", what=words.text(f"plain.date.{date.what}"), day=when.day, time=when.time)
        for date, when in zip(key_dates([round_]), shown, strict=True)
    ]
    return "\n".join([words.text("plain.feed.by", forum=round_.forum.name), *lines])
