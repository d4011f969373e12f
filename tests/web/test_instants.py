from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pbvote.web.instants import Instant, best_language

CLOSE = datetime(2026, 3, 29, 22, 59, 30, tzinfo=UTC)


def test_is_shown_on_the_clocks_of_the_forum() -> None:
    assert Instant.of(CLOSE, "Europe/London", "en") == Instant(
        at="2026-03-29T22:59:30Z",
        day="Sunday 29 March 2026",
        date="29 March 2026",
        time="23:59",
        local="2026-03-29T23:59",
    )
    assert Instant.of(CLOSE, "Asia/Karachi", "en").local == "2026-03-30T03:59"


def test_is_shown_in_the_language_of_the_reader() -> None:
    assert Instant.of(CLOSE, "Europe/London", "cy").date == "29 Mawrth 2026"
    assert Instant.of(CLOSE, "Europe/London", "pl").day == "niedziela, 29 marca 2026"


@pytest.mark.parametrize("language", ["qps", "xx-YY-zz", ""])
def test_a_language_without_dates_has_english_ones(language: str) -> None:
    assert Instant.of(CLOSE, "Europe/London", language).date == "29 March 2026"


def test_nothing_stays_nothing() -> None:
    assert Instant.maybe(None, "Europe/London", "en") is None


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("fr", "en"),
        ("cy", "cy"),
        ("CY-gb, en;q=0.9", "cy"),
        ("fr, cy;q=0.5, en;q=0.2", "cy"),
        ("en;q=0.3, cy;q=0.4", "cy"),
        ("cy;q=0, en", "en"),
        ("cy;q=x", "en"),
        ("cy;q=nan", "en"),
        (";;,=,q", "en"),
    ],
)
def test_the_best_published_language_is_chosen(header: str, language: str) -> None:
    assert best_language(header, ("en", "cy")) == language
