from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballotbox.checkpoints import (
    Checkpoint,
    check_follows,
    cosign,
    open_checkpoint,
    read_text,
    sign,
    verify_cosignature,
)
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.ballotbox.notes import KeyType, Note, SigningKey, VerifyKey, read_key, read_note, verify
from pbvote.ballotbox.notes import sign as sign_note


def key_of(name: str, seed: int, type_: KeyType = KeyType.NOTE) -> SigningKey:
    return SigningKey(name, type_, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


ORIGIN = "vote.example.org/poll/6f1f3e3c"
LOG = key_of(ORIGIN, 1)
WITNESS = key_of("witness.example.net/w", 2, KeyType.COSIGNATURE)
CHECKPOINT = Checkpoint(ORIGIN, 42, leaf_hash(b"root"))
NOTE = sign(CHECKPOINT, LOG)
COSIGNED = cosign(NOTE, WITNESS, 1_772_442_000)

# golang.org/x/mod/sumdb/note: the example of the package's documentation, keys and note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

# A checkpoint of a public log with the cosignatures of public witnesses, and the log's and two witnesses' keys.
PUBLIC = """arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

\u2014 arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIg\
IpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
\u2014 arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei5\
9RA23oHP7Ry1k3ZFWwQ=
\u2014 witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmN\
WVuE0tgh0XwzdZsDsUAQ==
\u2014 remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0D\
rAWfBw==
"""
PUBLIC_LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
PUBLIC_WITNESSES = (
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
)


def test_the_published_example_of_signed_notes_is_verified_and_made_again() -> None:
    key = read_key(GO_KEY)
    assert key.text == GO_KEY
    assert list(verify(read_note(f"{GO_TEXT}\n{GO_SIGNATURE}"), [key])) == [key]
    private = SigningKey("PeterNeumann", KeyType.NOTE, Ed25519PrivateKey.from_private_bytes(GO_PRIVATE[1:]))
    assert private.verify_key == key
    assert sign_note(GO_TEXT, private).line() == GO_SIGNATURE


def test_a_public_log_s_checkpoint_and_its_witnesses_are_verified() -> None:
    checkpoint = open_checkpoint(PUBLIC, read_key(PUBLIC_LOG), "arche2025h1.staging.ct.transparency.dev")
    assert checkpoint.size == 1_432_088_532
    assert {verify_cosignature(PUBLIC, read_key(key)) for key in PUBLIC_WITNESSES} == {0x6A122120}
    with pytest.raises(NotAuthenticError):
        verify_cosignature(PUBLIC.replace("1432088532", "1432088533"), read_key(PUBLIC_WITNESSES[0]))


def test_a_checkpoint_is_signed_and_cosigned() -> None:
    assert NOTE.startswith(f"{ORIGIN}\n42\n{base64.b64encode(CHECKPOINT.root).decode()}\n\n\u2014 {ORIGIN} ")
    assert open_checkpoint(NOTE, LOG.verify_key, ORIGIN) == CHECKPOINT
    assert open_checkpoint(COSIGNED, LOG.verify_key, ORIGIN) == CHECKPOINT
    assert COSIGNED.startswith(NOTE)
    assert verify_cosignature(COSIGNED, WITNESS.verify_key) == 1_772_442_000
    later = cosign(COSIGNED, WITNESS, 1_772_442_001)
    assert verify_cosignature(later, WITNESS.verify_key) == 1_772_442_001
    assert len(read_note(later).signatures) == 2


@given(st.data())
def test_no_flipped_bit_of_a_note_keeps_both_signatures(data: st.DataObject) -> None:
    changed = bytearray(COSIGNED.encode())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        signed = verify(read_note(changed.decode()), [LOG.verify_key, WITNESS.verify_key])
    except (UnicodeDecodeError, MalformedError, NotAuthenticError):
        return
    assert len(signed) < 2


def test_other_keys_do_not_count() -> None:
    for stranger in (key_of(ORIGIN, 3), key_of("vote.example.net", 1)):
        with pytest.raises(NotAuthenticError, match="not signed"):
            open_checkpoint(NOTE, stranger.verify_key, ORIGIN)
    with pytest.raises(NotAuthenticError, match="not signed"):
        verify_cosignature(NOTE, WITNESS.verify_key)
    with pytest.raises(NotAuthenticError, match="not of"):
        open_checkpoint(NOTE, LOG.verify_key, "vote.example.org/poll/another")
    forged = read_note(NOTE)
    own = sign_note(forged.text.replace("42", "43"), LOG)
    with pytest.raises(NotAuthenticError, match="wrong"):
        open_checkpoint(Note(forged.text, (own,)).encode(), LOG.verify_key, ORIGIN)


def test_a_cosignature_cannot_pass_for_a_signature_of_the_log() -> None:
    same = SigningKey(ORIGIN, KeyType.COSIGNATURE, LOG.private)
    line = sign_note(CHECKPOINT.text(), same, 5)
    moved = Note(CHECKPOINT.text(), (type(line)(ORIGIN, LOG.verify_key.id, line.data[8:]),))
    with pytest.raises(NotAuthenticError):
        open_checkpoint(moved.encode(), LOG.verify_key, ORIGIN)
    with pytest.raises(MalformedError, match="not a witness"):
        cosign(NOTE, LOG, 5)
    with pytest.raises(MalformedError, match="not a witness"):
        verify_cosignature(NOTE, LOG.verify_key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        f"origin\n01\n{'A' * 43}=\n",
        f"origin\n-1\n{'A' * 43}=\n",
        f"origin\n+1\n{'A' * 43}=\n",
        f"origin\n\u0661\n{'A' * 43}=\n",
        f"\n1\n{'A' * 43}=\n",
        f"origin\n1\n{'A' * 42}B=\n",
        f"origin\n1\n{'A' * 44}\n",
        f"origin\n1\n{'A' * 43}=",
        f"origin\n1\n{'A' * 43}=\n\nmore\n",
        f"origin\n{'9' * 20}\n{'A' * 43}=\n",
    ],
)
def test_refuses_text_that_is_no_checkpoint(text: str) -> None:
    with pytest.raises(MalformedError):
        read_text(text)


def test_further_lines_of_other_logs_are_kept_and_cosigned() -> None:
    text = CHECKPOINT.text() + "further\n"
    assert read_text(text).text() == text
    note = cosign(Note(text, (sign_note(text, LOG),)).encode(), WITNESS, 7)
    assert verify_cosignature(note, WITNESS.verify_key) == 7
    with pytest.raises(NotAuthenticError):
        verify_cosignature(note.replace("further", "farther"), WITNESS.verify_key)
    with pytest.raises(MalformedError):
        sign(read_text(text), LOG)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        NOTE[:-1],
        NOTE.replace("\u2014", "-"),
        NOTE + "\n",
        NOTE + NOTE.splitlines(keepends=True)[-1] * 100,
        NOTE.replace("=\n", "\n"),
        NOTE.replace("\n42", "\t\n42"),
        "x" * 70_000 + NOTE,
        "\n\n\u2014 name AAAAAAA=\n",
        "\ud800" + NOTE,
    ],
)
def test_refuses_what_is_no_note(note: str) -> None:
    with pytest.raises(MalformedError):
        read_note(note)


@pytest.mark.parametrize(
    "key",
    ["", "name", GO_KEY[:-1], GO_KEY.replace("c74f", "c74e"), GO_KEY.replace("ARpc", "AxpC"), GO_KEY + "\n", "a+b+c+d"],
)
def test_refuses_a_key_that_was_copied_wrongly(key: str) -> None:
    with pytest.raises(MalformedError):
        read_key(key)
    for name in ("", "a b", "a+b", "a\u00a0b", "a\nb"):
        with pytest.raises(MalformedError):
            VerifyKey(name, KeyType.NOTE, bytes(32))
    with pytest.raises(MalformedError):
        VerifyKey("name", KeyType.NOTE, bytes(31))


def test_a_log_that_was_changed_does_not_follow() -> None:
    tree, other = Tree([leaf_hash(b"%d" % n) for n in range(9)]), Tree([leaf_hash(b"%d" % n) for n in range(1, 10)])
    before, after = Checkpoint(ORIGIN, 5, tree.root(5)), Checkpoint(ORIGIN, 9, tree.root())
    check_follows(None, after, [])
    check_follows(before, after, tree.consistency(5))
    check_follows(after, after, [])
    with pytest.raises(NotAuthenticError, match="changed or taken away"):
        check_follows(before, Checkpoint(ORIGIN, 9, other.root()), other.consistency(5))
    with pytest.raises(NotAuthenticError, match="changed or taken away"):
        check_follows(after, before, tree.consistency(5))
    with pytest.raises(NotAuthenticError, match="two logs"):
        check_follows(before, Checkpoint("other", 9, tree.root()), tree.consistency(5))


def test_a_key_does_not_print_itself() -> None:
    assert repr(LOG) == object.__repr__(LOG)
