"""The newest checkpoints of a log as an Atom feed (RFC 4287). Pure.

Atom wants a time for each entry, and a checkpoint has none: when the ballots of a batch were cast is nobody's business.
So each entry has the time of the last event in the log up to there, which the log tells anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from pbvote.ballotbox.log import Leaf

FEED_ENTRIES = 50
NAMESPACE = "http://www.w3.org/2005/Atom"
NO_TIME = "1970-01-01T00:00:00Z"  # before the first event that has one


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself: the round's title, the log's origin, and the addresses of page and feed."""

    title: str
    origin: str
    page: str
    address: str


def feed_of(about: Feed, notes: Sequence[tuple[int, str]], events: Sequence[tuple[int, Leaf]]) -> bytes:
    """The feed as XML. `notes` are size and text of checkpoints, the newest first; `events` the log's, by number."""
    feed = ET.Element("feed", xmlns=NAMESPACE)
    _texts(feed, id=about.address, title=f"{about.title}: {about.origin}")
    _texts(feed, updated=_time_at(notes[0][0], events) if notes else NO_TIME)
    _texts(ET.SubElement(feed, "author"), name=about.origin)
    ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=about.address)
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href=about.page)
    for size, note in notes:
        entry = ET.SubElement(feed, "entry")
        _texts(entry, id=f"{about.address}#{size}", title=f"{about.origin}: {size}", updated=_time_at(size, events))
        ET.SubElement(entry, "link", rel="alternate", type="text/html", href=about.page)
        ET.SubElement(entry, "content", type="text").text = note
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _time_at(size: int, events: Sequence[tuple[int, Leaf]]) -> str:
    """The time of the last event that a log of this size had."""
    times = [
        str(event.fields["at"]) for number, event in events if number < size and event.fields and "at" in event.fields
    ]
    return times[-1] if times else NO_TIME


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text
