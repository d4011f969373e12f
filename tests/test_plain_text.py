from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.plain_text import Limit, email_reasons, fold, read_texts, tidy


@pytest.mark.parametrize(
    ("text", "limit", "code"),
    [
        ("", Limit(5), "text_missing"),
        (" \t ", Limit(5), "text_missing"),
        ("too long", Limit(7), "text_too_long"),
        ("a\nb", Limit(5), "text_not_plain"),
        ("a\x00b", Limit(5, lines=True), "text_not_plain"),
        ("a\x1bb", Limit(5), "text_not_plain"),
        ("a\u2028b", Limit(5, lines=True), "text_not_plain"),
        ("abc\u202ecba", Limit(9), "text_not_plain"),
        ("a\ud800", Limit(9), "text_not_plain"),
    ],
)
def test_refuses_what_is_not_plain_text_within_its_limit(text: str, limit: Limit, code: str) -> None:
    _, [reason] = read_texts({"title": text}, {"title": limit})
    assert (reason.code, reason.field) == (code, "title")


@pytest.mark.parametrize(
    "email",
    [
        "kim",
        "kim@",
        "@example.org",
        "kim@example",
        "kim@@example.org",
        "k im@example.org",
        "kim@.org",
        "kim@example.org.",
    ],
)
def test_refuses_what_is_not_an_address(email: str) -> None:
    assert [reason.code for reason in email_reasons(email, "contact_email")] == ["bad_email"]


def test_refuses_an_address_that_is_too_long() -> None:
    assert email_reasons("a" * 250 + "@example.org", "contact_email")


@pytest.mark.parametrize(
    "email", ["", "kim@example.org", "kim.o'neil+pb@mail.example.co.uk", "kim@xn--e1afmkfd.example"]
)
def test_takes_an_address(email: str) -> None:
    assert not email_reasons(email, "contact_email")


def test_says_all_that_is_wrong_at_once() -> None:
    limits = {"title": Limit(3), "summary": Limit(3), "place": Limit(3)}
    texts, reasons = read_texts({"title": "long", "summary": "", "place": " ok "}, limits)
    assert [(reason.field, reason.code) for reason in reasons] == [
        ("title", "text_too_long"),
        ("summary", "text_missing"),
    ]
    assert texts["place"] == "ok"


def test_keeps_lines_where_they_are_allowed_and_joins_what_unicode_can_join() -> None:
    texts, reasons = read_texts({"text": " one\r\ntwo\rcafe\u0301 \n"}, {"text": Limit(50, lines=True)})
    assert not reasons
    assert texts["text"] == "one\ntwo\ncaf\u00e9"


def test_takes_any_script_and_emoji() -> None:
    for text in (
        "Parc y Castell \u0175\u0177",
        "\u0628\u0627\u063a\u06cc\u0686\u06c1",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 play",
    ):
        assert read_texts({"title": text}, {"title": Limit(90)})[1] == []


@given(st.text())
def test_tidying_twice_changes_nothing(text: str) -> None:
    once = tidy(text, lines=True)
    assert tidy(once, lines=True) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Caf\u00e9 \u0141\u00f3d\u017a", "CAFE"),
        ("STRASSE", "stra\u00dfe"),
        ("\u0130zmir", "izmir"),
        ("Gr\u00fcne\n  Wiese", "grune wiese"),
    ],
)
def test_searching_sees_neither_case_nor_accents(text: str, word: str) -> None:
    assert fold(word) in fold(text)


def test_a_tab_that_was_pasted_becomes_a_space() -> None:
    assert tidy("one\ttwo\n\tthree", lines=True) == "one two\n three"
