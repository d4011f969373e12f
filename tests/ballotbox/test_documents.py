from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballotbox.documents import LARGEST, MalformedError, decode, encode

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


@given(documents)
def test_a_document_is_read_back(document: Any) -> None:
    assert decode(encode(document)) == document


def test_the_encoding_is_that_of_rfc_8785() -> None:
    # The sorting example of RFC 8785, section 3.2.3, and the string of section 3.2.2, without its numbers.
    keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert encode(keys) == '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'.encode()
    assert encode("\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/") == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()
    assert encode("\b\f\t\x7f\u2028</") == '"\\b\\f\\t\x7f\u2028</"'.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"1.0",
        b"1e2",
        b"-0",
        b"01",
        b"NaN",
        b"-Infinity",
        b" 1",
        b"1\n",
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'"\\u0041"',
        b'"\\/"',
        b'"\\ud800"',
        b"\xef\xbb\xbf1",
        b"\xff",
        b"9007199254740992",
        b"9" * 5_000,
        b"[" * 40 + b"]" * 40,
        b"[" * 100_000,
    ],
)
def test_refuses_everything_but_the_one_encoding(data: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(data)


@pytest.mark.parametrize("document", [1.0, {1: 2}, b"bytes", "\ud800", 2**53, {"a": {2}}])
def test_refuses_what_has_no_encoding(document: Any) -> None:
    with pytest.raises(MalformedError):
        encode(document)


@given(documents, st.data())
def test_a_flipped_bit_is_another_document_or_none(document: Any, data: st.DataObject) -> None:
    encoded = bytearray(encode(document))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        changed = decode(bytes(encoded))
    except MalformedError:
        return
    assert encode(changed) == encoded
