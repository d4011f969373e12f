"""Instants as they are shown: in the forum's time zone and in the reader's language, formatted by the server.

Browsers cannot do it: Chromium has no Welsh dates, and falls back to American English.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from litestar import Request

MOST_KEPT = 200  # bytes of an Accept-Language header that is worth remembering; browsers send some thirty
# English dates are British ones, without the comma after the day of the week.
PATTERNS = {"en": ("EEEE d MMMM y", "d MMMM y")}


class Instant(msgspec.Struct, frozen=True):
    """A moment: `at` in UTC, the rest on the clocks of a zone; `local` is what a datetime-local input takes."""

    at: str
    day: str
    date: str
    time: str
    local: str

    @classmethod
    @lru_cache(maxsize=1_000)  # casts that were written together have one moment, and a round's dates are shown often
    def of(cls, at: datetime, zone: str, language: str) -> Instant:
        """The moment as it is shown in `zone` and `language`."""
        there = at.astimezone(ZoneInfo(zone))
        day, date = _in_words(there.date(), language)
        return cls(
            at=f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            day=day,
            date=date,
            time=f"{there:%H:%M}",
            local=f"{there:%Y-%m-%dT%H:%M}",
        )

    @classmethod
    def maybe(cls, at: datetime | None, zone: str, language: str) -> Instant | None:
        """The same for a moment that may not be set."""
        return None if at is None else cls.of(at, zone, language)


def month_of(at: datetime, zone: str, language: str) -> str:
    """The month that a moment lies in on the clocks of a zone, with its year: `March 2026`."""
    return format_date(at.astimezone(ZoneInfo(zone)), "LLLL y", locale=_locale(language))


@lru_cache(maxsize=1_000)
def _in_words(day: date, language: str) -> tuple[str, str]:
    """A date with its day of the week, and without."""
    locale = _locale(language)
    full, long = PATTERNS.get(locale.language, ("full", "long"))
    return format_date(day, full, locale=locale), format_date(day, long, locale=locale)


@cache
def _locale(language: str) -> Locale:
    """The language's dates, or English ones for a language that has none."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def provide_language(request: Request[Any, Any, Any]) -> str:
    """The published language that the request's Accept-Language likes best; the first one if it likes none."""
    published: tuple[str, ...] = request.app.state.settings.locales
    return best_language(request.headers.get("accept-language", ""), published)


@lru_cache(maxsize=500)
def language_of(header: bytes, published: tuple[str, ...]) -> str:
    """The same for a header as it was sent, of MOST_KEPT bytes at most: what was found is remembered."""
    return best_language(header.decode("latin-1"), published)


def best_language(header: str, published: tuple[str, ...]) -> str:
    """The best of some languages by an Accept-Language header (RFC 9110); `cy` also serves `cy-GB`."""
    by_liking = sorted((_liking(part) for part in header.split(",")), key=lambda liking: -liking[1])
    for tag, quality in by_liking:
        for language in published:
            if quality > 0 and language.lower() in {tag, tag.split("-")[0]}:
                return language
    return published[0]


def _liking(part: str) -> tuple[str, float]:
    tag, _, rest = part.strip().partition(";")
    name, _, value = rest.strip().partition("=")
    try:
        quality = float(value) if name.strip() == "q" else 1.0
    except ValueError:
        quality = 0.0
    return tag.strip().lower(), quality
