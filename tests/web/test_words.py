"""Words, numbers and money as the server writes them: the same as in the browser."""

from __future__ import annotations

import pytest

from pbvote.errors import Reason
from pbvote.web.words import Words

STRINGS = {
    "left": "{amount:money} left",
    "choices.zero": "None",
    "choices.one": "{count} choice",
    "choices.few": "{count} of a few",
    "choices.other": "{count} choices",
    "reason.known": "It costs {cost:money}, {title}.",
    "reason.many.one": "{votes} vote",
    "reason.many.other": "{votes} votes",
    "reason.unexpected": "Something went wrong.",
}
ENGLISH = Words(STRINGS, "en")


@pytest.mark.parametrize(
    ("locale", "currency", "pence", "expected"),
    [
        ("en", "GBP", 2_500_000, "£25,000"),
        ("en", "GBP", 3_011, "£30.11"),
        ("en", "GBP", 0, "£0"),
        ("en", "EUR", 1_50, "€1.50"),
        ("cy", "GBP", 2_500_000, "£25,000"),
        ("pl", "PLN", 2_500_000, "25\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}zł"),
        ("qps", "GBP", 1_00, "£1"),
    ],
)
def test_money_has_pennies_only_where_there_are_some(locale: str, currency: str, pence: int, expected: str) -> None:
    assert Words(STRINGS, locale, currency).money(pence) == expected
    assert Words(STRINGS, locale, currency).text("left", amount=pence) == f"{expected} left"


@pytest.mark.parametrize(
    ("locale", "count", "expected"),
    [
        ("en", 0, "None"),
        ("en", 1, "1 choice"),
        ("en", 1_200, "1,200 choices"),
        ("pl", 3, "3 of a few"),
        ("pl", 12, "12 choices"),
        ("cy", 3, "3 of a few"),
    ],
)
def test_a_number_chooses_the_plural_form(locale: str, count: int, expected: str) -> None:
    assert Words(STRINGS, locale).text("choices", count=count) == expected


def test_a_share_is_a_whole_percentage_and_of_nothing_none() -> None:
    assert (ENGLISH.percent(1, 3), ENGLISH.percent(0, 0)) == ("33%", "0%")


def test_a_reason_is_told_in_the_words_of_the_catalogue_or_else_in_its_own() -> None:
    assert ENGLISH.reason(Reason("known", "Detail.", {"cost": 150, "title": "{title}"})) == "It costs £1.50, {title}."
    assert ENGLISH.reason(Reason("many", "Detail.", {"votes": 1})) == "1 vote"
    assert ENGLISH.reason(Reason("unknown", "Detail.")) == "Detail."
    assert ENGLISH.reason(Reason("known", "A text of old.", {"cost": 150})) == "A text of old."
    assert ENGLISH.reason(Reason("unknown", "")) == "Something went wrong."


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(LookupError, match="no text for 'nothing'"):
        ENGLISH.text("nothing")
