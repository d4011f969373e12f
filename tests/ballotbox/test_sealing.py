from __future__ import annotations

from uuid import UUID

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballotbox.canonical import CanonicalBallot, Form, receipt
from pbvote.ballotbox.envelope import WrongBallotError
from pbvote.ballotbox.opening import Opening, padded_size, read_opening
from pbvote.ballotbox.randomness import filled_in, nonce, offer, server_random
from pbvote.ballotbox.sealing import OVERHEAD, SUITE, seal, unseal, unseal_ballot

POLL = UUID("6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f")
KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
SIZE = padded_size(Form.POINTS, 12)
random_bytes = st.binary(min_size=32, max_size=32)


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    form = draw(st.sampled_from(Form))
    projects = tuple(draw(st.lists(st.integers(0, 99), unique=True, max_size=12)))
    points = tuple(range(len(projects))) if form is Form.POINTS else ()
    canonical = CanonicalBallot(POLL, form, projects, points).encode()
    return Opening(POLL, draw(random_bytes), draw(random_bytes), canonical)


def sealed(opening: Opening) -> bytes:
    return seal(KEY.public_key(), POLL, opening.commitment, opening.encode(SIZE))


# RFC 9180, appendix A.2.1 (base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305), sequence number 0.
RFC_INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
RFC_PRIVATE = bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
RFC_PUBLIC = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"
RFC_ENC = bytes.fromhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
RFC_AAD = b"Count-0"
RFC_CIPHERTEXT = bytes.fromhex(
    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
)
RFC_PLAINTEXT = b"Beauty is truth, truth beauty"


def test_the_suite_is_the_one_of_rfc_9180() -> None:
    key = X25519PrivateKey.from_private_bytes(RFC_PRIVATE)
    assert key.public_key().public_bytes_raw().hex() == RFC_PUBLIC
    # The RFC's vectors have an `aad`, which the library takes in private only.
    opened = openssl.hpke._decrypt_with_aad(SUITE, RFC_ENC + RFC_CIPHERTEXT, key, info=RFC_INFO, aad=RFC_AAD)
    assert opened == RFC_PLAINTEXT


def _extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    return HKDF.extract(hashes.SHA256(), salt or bytes(32), b"HPKE-v1" + suite + label + material)


def _expand(suite: bytes, secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2) + b"HPKE-v1" + suite + label + info
    return HKDFExpand(hashes.SHA256(), length, labelled).derive(secret)


def rfc_9180_open(key: X25519PrivateKey, enc: bytes, ciphertext: bytes, info: bytes, aad: bytes) -> bytes:
    """RFC 9180, sections 4.1 and 5.1, once more and step by step, as a stranger would write it."""
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"
    shared = key.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + key.public_key().public_bytes_raw()
    secret = _expand(kem, _extract(kem, b"", b"eae_prk", shared), b"shared_secret", context, 32)
    schedule = b"\x00" + _extract(suite, b"", b"psk_id_hash", b"") + _extract(suite, b"", b"info_hash", info)
    prk = _extract(suite, secret, b"secret", b"")
    cipher = ChaCha20Poly1305(_expand(suite, prk, b"key", schedule, 32))
    return cipher.decrypt(_expand(suite, prk, b"base_nonce", schedule, 12), ciphertext, aad)


def test_a_stranger_with_the_rfc_opens_our_envelopes() -> None:
    key = X25519PrivateKey.from_private_bytes(RFC_PRIVATE)
    assert rfc_9180_open(key, RFC_ENC, RFC_CIPHERTEXT, RFC_INFO, RFC_AAD) == RFC_PLAINTEXT
    opening = Opening(POLL, bytes(32), bytes(32), CanonicalBallot(POLL, Form.SET, (7, 2)).encode())
    envelope, info = sealed(opening), b"pbvote sealed ballot 1\x00" + POLL.bytes + opening.commitment
    assert rfc_9180_open(KEY, envelope[1:33], envelope[33:], info, b"") == opening.encode(SIZE)


@given(openings())
def test_a_sealed_ballot_is_opened_by_the_poll_s_key_alone(opening: Opening) -> None:
    envelope = sealed(opening)
    assert unseal_ballot(KEY, POLL, opening.commitment, envelope) == opening
    with pytest.raises(WrongBallotError):
        unseal(X25519PrivateKey.generate(), POLL, opening.commitment, envelope)


@given(openings(), st.data())
def test_no_flipped_bit_of_an_envelope_is_accepted(opening: Opening, data: st.DataObject) -> None:
    envelope = bytearray(sealed(opening))
    envelope[data.draw(st.integers(0, len(envelope) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(WrongBallotError):
        unseal_ballot(KEY, POLL, opening.commitment, bytes(envelope))


@given(openings(), st.integers(0, 255), st.integers(0, 127))
def test_an_envelope_is_bound_to_its_commitment_and_its_poll(opening: Opening, bit: int, poll_bit: int) -> None:
    envelope = sealed(opening)
    other = (int.from_bytes(opening.commitment) ^ 1 << bit).to_bytes(32)
    with pytest.raises(WrongBallotError):
        unseal(KEY, POLL, other, envelope)
    with pytest.raises(WrongBallotError):
        unseal(KEY, UUID(int=POLL.int ^ 1 << poll_bit), opening.commitment, envelope)


@given(openings(), openings())
def test_the_length_of_an_envelope_tells_nothing(one: Opening, other: Opening) -> None:
    assert len(sealed(one)) == len(sealed(other)) == SIZE + OVERHEAD


@given(openings(), random_bytes)
def test_equal_ballots_have_different_commitments_receipts_and_envelopes(opening: Opening, browser: bytes) -> None:
    assert sealed(opening) != sealed(opening)
    again = Opening(POLL, opening.server_random, browser, opening.canonical)
    if browser != opening.browser_random:
        assert again.commitment != opening.commitment
        assert receipt(again.commitment) != receipt(opening.commitment)


@given(openings(), st.data())
def test_no_flipped_bit_of_an_opening_is_accepted(opening: Opening, data: st.DataObject) -> None:
    changed = bytearray(opening.encode(SIZE))
    changed[data.draw(st.integers(0, SIZE - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(WrongBallotError):
        read_opening(bytes(changed), POLL, opening.commitment)


@pytest.mark.parametrize("length", [0, 67, 68, SIZE - 1])
def test_an_opening_cut_short_is_refused(length: int) -> None:
    full = CanonicalBallot(POLL, Form.POINTS, tuple(range(12)), tuple(range(12)))
    opening = Opening(POLL, bytes(32), bytes(32), full.encode())
    with pytest.raises(WrongBallotError):
        read_opening(opening.encode(SIZE)[:length], POLL, opening.commitment)
    with pytest.raises(ValueError, match="does not fit"):
        opening.encode(length)


def test_an_opening_of_another_poll_is_refused() -> None:
    foreign = CanonicalBallot(UUID(int=1), Form.SET, (1,)).encode()
    opening = Opening(POLL, bytes(32), bytes(32), foreign)
    with pytest.raises(WrongBallotError, match="another vote"):
        read_opening(opening.encode(SIZE), POLL, opening.commitment)
    opening = Opening(POLL, bytes(32), bytes(32), b"no ballot")
    with pytest.raises(WrongBallotError, match="cannot be read"):
        read_opening(opening.encode(SIZE), POLL, opening.commitment)


@given(random_bytes, random_bytes, st.integers(0, 255))
def test_either_side_alone_makes_the_nonce_another_one(server: bytes, browser: bytes, bit: int) -> None:
    def changed(part: bytes) -> bytes:
        return (int.from_bytes(part) ^ 1 << bit).to_bytes(32)

    nonces = {
        nonce(POLL, server, browser),
        nonce(POLL, changed(server), browser),
        nonce(POLL, server, changed(browser)),
    }
    assert len(nonces | {nonce(UUID(int=POLL.int ^ 1), server, browser)}) == 4


def test_the_server_is_held_to_what_it_offered() -> None:
    key, ticket, request = bytes(32), bytes(16), bytes(32)
    server = server_random(key, POLL, ticket)
    assert server == server_random(key, POLL, ticket)
    others = [server_random(key, POLL, b"\x01" * 16), server_random(key, UUID(int=1), ticket)]
    assert len({offer(POLL, part) for part in [server, *others]}) == 3
    filled = filled_in(key, POLL, ticket, request)
    assert filled == filled_in(key, POLL, ticket, request)
    assert len({server, filled, filled_in(key, POLL, ticket, b"\x01" * 32)}) == 3


@pytest.mark.parametrize("length", [0, 31, 33])
def test_parts_of_any_other_length_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="expected 32"):
        nonce(POLL, bytes(length), bytes(32))
    with pytest.raises(ValueError, match="expected 32"):
        nonce(POLL, bytes(32), bytes(length))
    with pytest.raises(ValueError, match="expected 16"):
        server_random(bytes(32), POLL, bytes(length))
