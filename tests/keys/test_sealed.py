"""Sealing: what was sealed comes back, and nothing else opens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.keys.sealed import NONCE_BYTES, PADDED_TO, Sealer, SealIsBrokenError
from pbvote.roll.models import Address

PEPPER = b"p" * 32
SEALER = Sealer.of(PEPPER, "letters")
ANN = Address("R-1", ("Ann Łowe", "1 Mill Lane"), "Harbour")
SEALED = SEALER.seal(b"row 1", ANN)


@pytest.mark.parametrize(
    ("sealer", "about"),
    [
        (SEALER, b"row 2"),
        (Sealer.of(PEPPER, "contacts"), b"row 1"),
        (Sealer.of(b"q" * 32, "letters"), b"row 1"),
    ],
    ids=["another row", "another purpose", "other keys"],
)
def test_a_seal_opens_for_its_own_row_purpose_and_keys_alone(sealer: Sealer, about: bytes) -> None:
    with pytest.raises(SealIsBrokenError):
        sealer.open(about, SEALED, Address)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_seal_that_was_changed_does_not_open(place: int, change: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= change
    with pytest.raises(SealIsBrokenError):
        SEALER.open(b"row 1", bytes(changed), Address)


@pytest.mark.parametrize("length", [0, 1, NONCE_BYTES, NONCE_BYTES + 15])
def test_a_seal_that_was_cut_off_does_not_open(length: int) -> None:
    with pytest.raises(SealIsBrokenError):
        SEALER.open(b"row 1", SEALED[:length], Address)


@given(st.builds(Address, st.text(), st.lists(st.text(), max_size=6).map(tuple), st.text()), st.binary(max_size=40))
def test_what_was_sealed_comes_back(address: Address, about: bytes) -> None:
    assert SEALER.open(about, SEALER.seal(about, address), Address) == address


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert SEALER.seal(b"row 1", ANN) != SEALED


def test_the_length_of_a_seal_tells_little() -> None:
    overhead = NONCE_BYTES + 16
    lengths = {len(SEALER.seal(b"", "x" * length)) - overhead for length in range(300)}
    assert lengths == set(range(PADDED_TO, 300 + PADDED_TO, PADDED_TO))


def test_a_sealer_does_not_print_its_key() -> None:
    assert "ChaCha" not in repr(SEALER)
