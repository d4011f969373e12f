from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.notes import KeyType
from pbvote.ballotbox.opening import Opening
from pbvote.ballotbox.receipts import Receipt, is_in, promise, read_receipt, verify
from tests.ballotbox.test_checkpoints import LOG, WITNESS, key_of

POLL = UUID("6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f")
random_bytes = st.binary(min_size=32, max_size=32)
receipts = st.builds(promise, st.just(LOG), st.uuids(), random_bytes, st.none() | random_bytes)


def test_a_receipt_is_short_text() -> None:
    receipt = promise(LOG, POLL, bytes(32), None)
    assert receipt.text().splitlines()[:6] == [
        "pbvote receipt 1",
        "receipt: 0000-0000-0000",
        "poll: 6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f",
        f"commitment: {'0' * 64}",
        "randomness: none, the server filled it in",
        f"key: {LOG.name}+{LOG.verify_key.id.hex()}",
    ]
    assert len(receipt.text()) < 500


@given(receipts)
def test_a_receipt_is_read_back_from_both_forms_and_verified(receipt: Receipt) -> None:
    assert read_receipt(receipt.text().encode()) == receipt
    assert read_receipt(receipt.text().replace("\n", "\r\n").encode()) == receipt
    assert read_receipt(receipt.json()) == receipt
    verify(receipt, LOG.verify_key)
    assert promise(LOG, receipt.poll, receipt.commitment, receipt.browser_random) == receipt


@given(receipt=receipts, as_json=st.booleans(), data=st.data())
def test_no_flipped_bit_of_a_receipt_is_accepted(*, receipt: Receipt, as_json: bool, data: st.DataObject) -> None:
    changed = bytearray(receipt.json() if as_json else receipt.text().encode())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((MalformedError, NotAuthenticError)):
        verify(read_receipt(bytes(changed)), LOG.verify_key)


@given(receipts)
def test_a_promise_covers_all_that_the_receipt_says(receipt: Receipt) -> None:
    others = [
        replace(receipt, poll=UUID(int=1)),
        replace(receipt, commitment=b"\x01" * 32),
        replace(receipt, browser_random=b"\x01" * 32 if receipt.browser_random is None else None),
    ]
    for other in others:
        with pytest.raises(NotAuthenticError):
            verify(other, LOG.verify_key)
    with pytest.raises(NotAuthenticError):
        verify(receipt, key_of(LOG.name, 3).verify_key)


def test_a_receipt_knows_its_ballot_and_the_voter_s_randomness() -> None:
    opening = Opening(POLL, bytes(32), b"\x01" * 32, CanonicalBallot(POLL, Form.SET, (1,)).encode())
    assert is_in(promise(LOG, POLL, opening.commitment, b"\x01" * 32), opening)
    assert is_in(promise(LOG, POLL, opening.commitment, None), opening)
    assert not is_in(promise(LOG, POLL, opening.commitment, b"\x02" * 32), opening)
    assert not is_in(promise(LOG, POLL, bytes(32), None), opening)


TEXT = promise(LOG, POLL, bytes(32), bytes(32)).text()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"pbvote receipt 1\n",
        TEXT.replace("receipt 1", "receipt 2").encode(),
        TEXT.replace("poll: ", "poll:").encode(),
        TEXT.replace("0000-0000-0000", "0000-0000-0001").encode(),
        TEXT.replace("6f1f3e3c-0b5a-4f0e", "6f1f3e3c0b5a4f0e--").encode(),
        (TEXT + "\n").encode(),
        (TEXT + "more: 1\n").encode(),
        (TEXT + TEXT.splitlines()[-1] + "\n").encode(),
        TEXT[:-1].encode(),
        TEXT.encode() + b"\xff",
        b"x" * 5_000,
        b"{}",
        b"[]",
        b'{"format":"pbvote receipt 1"}',
        b'{"commitment":1,"format":"pbvote receipt 1","key":1,"poll":1,"promise":1,"randomness":1,"receipt":1}',
    ],
)
def test_refuses_what_is_no_receipt(data: bytes) -> None:
    with pytest.raises(MalformedError):
        read_receipt(data)


def test_refuses_to_promise_nonsense() -> None:
    for commitment, drawn in [(bytes(31), None), (bytes(32), bytes(31))]:
        with pytest.raises(MalformedError):
            promise(LOG, POLL, commitment, drawn)
    with pytest.raises(MalformedError, match="witness"):
        promise(WITNESS, POLL, bytes(32), None)
    assert WITNESS.type is KeyType.COSIGNATURE
