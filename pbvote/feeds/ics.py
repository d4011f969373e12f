"""Calendars as iCalendar (RFC 5545, with the calendar properties of RFC 7986). Pure.

Every time is a UTC instant, so that no calendar program has to know the forum's time zone. An event is a moment: it has
a start and no end (3.6.1), and it blocks nobody's diary.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

LONGEST_LINE = 75  # octets without the line end, RFC 5545, 3.1
PRODUCT = "-//pbvote//pbvote//EN"
REFRESH = "PT6H"
# A calendar has at least one component (3.6); one without events says where its clocks are.
NO_EVENTS = (
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A moment of a round. `sequence` and `changed` grow whenever its round's dates may have changed."""

    uid: UUID
    at: datetime
    summary: str
    description: str
    url: str
    place: str
    sequence: int
    created: datetime
    changed: datetime
    cancelled: bool


def calendar_of(name: str, address: str, events: Sequence[Event]) -> bytes:
    """The calendar as it is sent, with the address that it is fetched from."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        f"SOURCE;VALUE=URI:{address}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        *(line for event in events for line in _event(event)),
        *(() if events else NO_EVENTS),
        "END:VCALENDAR",
    ]
    return b"".join(piece + b"\r\n" for line in lines for piece in folded(line))


def escaped(text: str) -> str:
    """A text as a value (3.3.11); control characters other than line ends are left out."""
    plain = "".join(one for one in text if one == "\n" or unicodedata.category(one) != "Cc")
    return plain.translate(_ESCAPES)


def folded(line: str) -> Iterator[bytes]:
    """A content line in pieces of at most 75 octets, later ones behind a space; no character is taken apart (3.1)."""
    piece = b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > LONGEST_LINE:
            yield piece
            piece = b" "
        piece += octets
    yield piece


def _event(event: Event) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{_instant(event.changed)}",
        f"CREATED:{_instant(event.created)}",
        f"LAST-MODIFIED:{_instant(event.changed)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTART:{_instant(event.at)}",
        f"SUMMARY:{escaped(event.summary)}",
        f"DESCRIPTION:{escaped(event.description)}",
        f"CATEGORIES:{escaped(event.place)}",
        f"URL:{event.url}",
        f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
