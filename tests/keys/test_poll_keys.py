"""The keys of one vote as files: for their owner only, never replaced, half of them refused, destroyed for good."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from pbvote.errors import SettingsError
from pbvote.keys import Keys, make_keys
from pbvote.keys.files import destroy, read_text, write_new
from pbvote.keys.polls import (
    destroy_poll_keys,
    link_key,
    make_link,
    make_seal,
    path_of,
    public_seal_key,
    seal_key,
)

POLL = UUID(int=7)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys", "vote.example.org")


def polls(keys: Keys) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (keys.folder / "polls").iterdir()}


@pytest.mark.parametrize("read", [link_key, seal_key, public_seal_key])
def test_a_vote_that_was_not_prepared_has_no_keys(keys: Keys, read: object) -> None:
    assert callable(read)
    with pytest.raises(SettingsError, match=str(POLL)):
        read(keys, POLL)


def test_they_are_for_their_owner_only(keys: Keys) -> None:
    make_link(keys, POLL)
    make_seal(keys, POLL)
    assert sorted(polls(keys)) == [f"{POLL}.{name}" for name in ("link", "seal", "seal.pub")]
    assert {path.stat().st_mode & 0o777 for path in (keys.folder / "polls").iterdir()} == {0o600}
    assert (keys.folder / "polls").stat().st_mode & 0o777 == 0o700


def test_the_public_half_is_that_of_the_secret_one_and_each_vote_has_its_own(keys: Keys) -> None:
    for poll in (POLL, uuid4()):
        make_link(keys, poll)
        make_seal(keys, poll)
        assert public_seal_key(keys, poll) == seal_key(keys, poll).public_key()
    assert len(set(polls(keys).values())) == 6


def test_keys_that_are_there_stay(keys: Keys) -> None:
    make_link(keys, POLL)
    make_seal(keys, POLL)
    before = polls(keys)
    make_link(keys, POLL)
    make_seal(keys, POLL)
    assert polls(keys) == before


@pytest.mark.parametrize("name", ["link", "seal", "seal.pub"])
@pytest.mark.parametrize("damage", ["ff" * 31, "ff" * 33, "zz" * 32, ""], ids=["short", "long", "no hex", "empty"])
def test_a_damaged_key_is_named_and_not_used(keys: Keys, name: str, damage: str) -> None:
    make_link(keys, POLL)
    make_seal(keys, POLL)
    read = {"link": link_key, "seal": seal_key, "seal.pub": public_seal_key}[name]
    path_of(keys, POLL, name).write_text(damage)
    with pytest.raises(SettingsError, match=rf"{POLL}\.{name} is damaged"):
        read(keys, POLL)


@pytest.mark.parametrize("name", ["link", "seal", "seal.pub"])
def test_a_key_that_others_can_read_is_not_used(keys: Keys, name: str) -> None:
    make_link(keys, POLL)
    make_seal(keys, POLL)
    read = {"link": link_key, "seal": seal_key, "seal.pub": public_seal_key}[name]
    path_of(keys, POLL, name).chmod(0o640)
    with pytest.raises(SettingsError, match="mode 640"):
        read(keys, POLL)


def test_a_public_half_that_was_lost_is_made_of_the_secret_one(keys: Keys) -> None:
    """A crash between the two files leaves the secret half alone."""
    make_seal(keys, POLL)
    secret = seal_key(keys, POLL).private_bytes_raw()
    path_of(keys, POLL, "seal.pub").unlink()
    make_seal(keys, POLL)
    assert seal_key(keys, POLL).private_bytes_raw() == secret
    assert (
        public_seal_key(keys, POLL).public_bytes_raw()
        == X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    )


def test_a_public_half_alone_gets_no_new_secret_one(keys: Keys) -> None:
    """Ballots may be sealed to it: another secret key would not open them."""
    make_seal(keys, POLL)
    path_of(keys, POLL, "seal").unlink()
    before = polls(keys)
    make_seal(keys, POLL)
    assert polls(keys) == before
    with pytest.raises(SettingsError):
        seal_key(keys, POLL)


def test_every_secret_is_destroyed_and_nothing_else(keys: Keys) -> None:
    other = uuid4()
    for poll in (POLL, other):
        make_link(keys, poll)
        make_seal(keys, poll)
    path_of(keys, POLL, "seal.board").write_text("{}")
    assert destroy_poll_keys(keys, POLL) == ["link", "seal", "seal.board"]
    assert sorted(polls(keys)) == sorted(
        [f"{POLL}.seal.pub", *(f"{other}.{name}" for name in ("link", "seal", "seal.pub"))]
    )
    assert destroy_poll_keys(keys, POLL) == []
    for read in (link_key, seal_key):
        with pytest.raises(SettingsError):
            read(keys, POLL)


def test_a_destroyed_key_was_overwritten_before_its_name_went(keys: Keys, tmp_path: Path) -> None:
    make_link(keys, POLL)
    path = path_of(keys, POLL, "link")
    os.link(path, tmp_path / "another name")  # so that what stands on the disk can still be read
    secret = path.read_text()
    assert destroy(path)
    left = (tmp_path / "another name").read_text()
    assert not path.exists()
    assert set(left) == {"0"}
    assert len(left) == len(secret)


def test_a_crash_while_a_key_is_written_leaves_no_key(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*rest: object) -> None:
        raise OSError(f"the disk is full: {len(rest)}")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="the disk is full"):
        make_link(keys, POLL)
    assert not path_of(keys, POLL, "link").exists()


def test_a_key_is_never_replaced_however_two_race(tmp_path: Path) -> None:
    write_new(tmp_path / "one.key", "first")
    with pytest.raises(SettingsError, match="never replaced"):
        write_new(tmp_path / "one.key", "second")
    assert read_text(tmp_path / "one.key") == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["one.key"]
