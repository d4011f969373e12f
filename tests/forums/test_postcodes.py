from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.errors import InputIsWrong
from pbvote.forums.postcodes import BadPostcode, longest_match, parse_postcode, parse_prefix, prefixes_of, read_prefixes

FIRST, SECOND, INWARD = "ABCDEFGHIJKLMNOPRSTUWYZ", "ABCDEFGHKLMNOPQRSTUVWXY", "ABDEFGHJLNPQRSTUWXYZ"
DIGIT = "0123456789"


def spelled(*alphabets: str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.sampled_from(alphabet) for alphabet in alphabets)).map("".join)


outwards = st.one_of(
    spelled(FIRST, DIGIT),
    spelled(FIRST, DIGIT, DIGIT),
    spelled(FIRST, SECOND, DIGIT),
    spelled(FIRST, SECOND, DIGIT, DIGIT),
    spelled(FIRST, DIGIT, "ABCDEFGHJKPSTUW"),
    spelled(FIRST, SECOND, DIGIT, "ABEHMNPRVWXY"),
)
inwards = spelled(DIGIT, INWARD, INWARD)
postcodes = st.builds("{} {}".format, outwards, inwards)
sectors = st.builds("{} {}".format, outwards, st.sampled_from(DIGIT))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "TS1",
        "TS1 2",
        "TS1 2A",
        "TS1 AAA",
        "1TS 2AB",
        "TS1 2ABC",
        "TSS1 2AB",
        "QS1 2AB",
        "TI1 2AB",
        "TS1 2CB",
        "TS123 2AB",
        "TS1-2AB",
        "TS\u0661 2AB",
        "TS1 2AB; DROP",
        "\x00TS1 2AB",
        "x" * 10_000,
    ],
)
def test_refuses_what_is_no_full_postcode(text: str) -> None:
    with pytest.raises(BadPostcode) as error:
        parse_postcode(text)
    assert error.value.code == "bad_postcode"
    assert "such as TS1 2AB" in error.value.detail
    assert len(error.value.detail) < 150


@pytest.mark.parametrize("text", ["", "TS", "12", "TS123", "TS1 2A", "TS1 23", "TS12345"])
def test_refuses_what_is_no_start_of_postcodes(text: str) -> None:
    with pytest.raises(BadPostcode):
        parse_prefix(text)


def test_says_of_every_prefix_what_is_wrong_with_it() -> None:
    with pytest.raises(InputIsWrong) as error:
        read_prefixes(["TS1", "nowhere", "TS1 2", "5"])
    assert [reason.params["postcode"] for reason in error.value.reasons] == ["nowhere", "5"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ts1 2ab", "TS1 2AB"),
        ("TS12AB", "TS1 2AB"),
        ("TS122AB", "TS12 2AB"),
        (" ec1a  1bb ", "EC1A 1BB"),
        ("w1a0ax", "W1A 0AX"),
        ("M1 1AE", "M1 1AE"),
        ("B33 8TH", "B33 8TH"),
        ("DN55 1PT", "DN55 1PT"),
    ],
)
def test_reads_a_postcode_however_it_is_spaced(text: str, written: str) -> None:
    assert parse_postcode(text) == written


def test_reads_prefixes_of_each_length_once() -> None:
    assert read_prefixes(["ts1 2", "TS1", " ts1  2 ", "TS1 2AB", "TS12"]) == ["TS1", "TS1 2", "TS1 2AB", "TS12"]


@given(postcodes)
def test_every_postcode_is_read_from_any_case_and_spacing(postcode: str) -> None:
    assert parse_postcode(postcode) == postcode
    assert parse_postcode(postcode.lower().replace(" ", "")) == postcode
    assert parse_postcode(f"\t{postcode.replace(' ', '   ')}\n") == postcode


@given(st.one_of(postcodes, outwards, sectors))
def test_every_prefix_is_read_as_it_is_written(prefix: str) -> None:
    assert parse_prefix(prefix) == prefix
    assert parse_prefix(f" {prefix.lower()} ") == prefix


def read(text: str) -> str | BadPostcode:
    try:
        return parse_postcode(text)
    except BadPostcode as error:
        return error


@given(st.text())
def test_reading_any_text_gives_a_postcode_or_a_sentence(text: str) -> None:
    result = read(text)
    assert result.detail.endswith(".") if isinstance(result, BadPostcode) else read(result) == result


@given(postcodes)
def test_a_postcode_lies_in_its_own_prefixes(postcode: str) -> None:
    full, sector, outward = prefixes_of(postcode)
    assert longest_match(postcode, [outward, sector, full]) == full
    assert longest_match(postcode, [outward, sector]) == sector
    assert longest_match(postcode, [outward]) == outward
    assert longest_match(postcode, []) is None


@given(postcodes, st.one_of(outwards, sectors, postcodes))
def test_a_match_is_a_whole_part_of_the_postcode(postcode: str, prefix: str) -> None:
    found = longest_match(postcode, [prefix])
    assert (found == prefix) == (prefix in prefixes_of(postcode))


def test_never_takes_ts12_for_ts1() -> None:
    assert longest_match("TS12 2AB", ["TS1", "TS1 2"]) is None
    assert longest_match("TS1 2AB", ["TS12", "TS1"]) == "TS1"
    assert longest_match("TS1 2AB", ["TS12 2"]) is None
