"""News as an Atom feed (RFC 4287). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from xml.etree import ElementTree as ET

NAMESPACE = "http://www.w3.org/2005/Atom"
NO_NEWS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A piece of news: where it is told, by whom, and in a few lines of plain text what is to be known now."""

    id: UUID
    at: datetime
    title: str
    content: str
    url: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a feed says of itself: its own address, and that of the page that it goes with."""

    title: str
    author: str
    address: str
    page: str
    language: str


def feed_of(about: About, entries: Sequence[Entry]) -> bytes:
    """The feed as XML, the newest entry first."""
    feed = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": about.language})
    _texts(feed, id=about.address, title=about.title, updated=_instant(entries[0].at if entries else NO_NEWS))
    _texts(ET.SubElement(feed, "author"), name=about.author)
    ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=about.address)
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href=about.page)
    for entry in entries:
        element = ET.SubElement(feed, "entry")
        _texts(element, id=entry.id.urn, title=entry.title, updated=_instant(entry.at), published=_instant(entry.at))
        _texts(ET.SubElement(element, "author"), name=entry.author)
        ET.SubElement(element, "link", rel="alternate", type="text/html", href=entry.url)
        ET.SubElement(element, "content", type="text").text = entry.content
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
