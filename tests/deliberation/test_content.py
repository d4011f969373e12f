"""What residents write: what is refused, and which parts of a text lead somewhere."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.deliberation.content import MOST_LINKS, leads_somewhere, parts_of, read_post, towers

# Names in Vietnamese, Hebrew and Arabic, with all their marks.
MARKED = (
    "Nguy\u1ec5n, \u05e9\u05b8\u05bc\u05c1\u05dc\u05d5\u05b9\u05dd, \u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f"
)


def codes(name: str, text: str) -> set[tuple[str, str]]:
    return {(reason.field, reason.code) for reason in read_post(name, text)[2]}


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("", "", {("name", "text_missing"), ("text", "text_missing")}),
        ("Kim\nOfficer", "Hello", {("name", "text_not_plain")}),
        ("Kim", "a" * 2_001, {("text", "text_too_long")}),
        ("K" * 61, "Hello", {("name", "text_too_long")}),
        ("Kim", "Hello\u202eolleH", {("text", "text_not_plain")}),
        ("Kim", "Hello\x00", {("text", "text_not_plain")}),
        ("Kim", "H" + "\u0336" * 6, {("text", "text_not_plain")}),
        ("Kim", " ".join(f"https://a{n}.example" for n in range(MOST_LINKS + 1)), {("text", "too_many_links")}),
        ("Kim", MARKED, set()),
    ],
)  # fmt: skip
def test_what_is_refused(name: str, text: str, wrong: set[tuple[str, str]]) -> None:
    assert codes(name, text) == wrong


def test_empty_lines_are_few() -> None:
    assert read_post(" Kim ", "One\r\n\r\n\r\n\r\nTwo\n")[:2] == ("Kim", "One\n\nTwo")


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JaVaScRiPt://example.org/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "ftp://example.org/a",
        "//example.org",
        "https://",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://user@example.org/",
        "https://bank.example@evil.example/",
        "https://example.org:0/",
        "https://example.org:port/",
        "https://ex\u0430mple.org",  # a Cyrillic letter
        "<a href='evil'>x</a>",
        "xhttps://example.org",
    ],
)
def test_what_leads_nowhere(text: str) -> None:
    assert [part.text for part in parts_of(text) if part.href] == []
    assert "".join(part.text for part in parts_of(text)) == text


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("See https://example.org/a?b=c&d=e#f.", "https://example.org/a?b=c&d=e#f"),
        ("(http://example.org)", "http://example.org"),
        ("https://example.org/wiki/Bench_(furniture), or so", "https://example.org/wiki/Bench_(furniture)"),
        ('"https://example.org/"onmouseover="x', "https://example.org/"),
        ("https://example.org/<script>", "https://example.org/"),
        ("HTTPS://EXAMPLE.ORG", "HTTPS://EXAMPLE.ORG"),
        ("https://example.org/\u202eevil", "https://example.org/"),
    ],
)
def test_what_leads_somewhere(text: str, link: str) -> None:
    parts = parts_of(text)
    assert [part.href for part in parts if part.href] == [link]
    assert "".join(part.text for part in parts) == text


@given(st.text(alphabet=st.sampled_from("htps:/.@<>\"'&()[]aé\u202e \n%#?=-_javscript0"), max_size=80))
def test_a_link_is_what_it_says_whatever_the_text(text: str) -> None:
    parts = parts_of(text)
    assert "".join(part.text for part in parts) == text
    for part in parts:
        if part.href:
            assert part.href == part.text
            assert leads_somewhere(part.href)
            assert html.escape(part.href.replace("&", "")) == part.href.replace("&", "")  # nothing ends an attribute


def test_a_tower_is_seen() -> None:
    assert towers("a" + "\u0301" * 6)
    assert not towers("e\u0301" * 50)
