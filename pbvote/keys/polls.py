"""The keys of one vote: they are made before it opens and destroyed when its result is certified.

`link` ties an elector to the slot of their ballot. `seal` opens the ballots; its public half seals them and lies in a
file of its own, so that nobody who can write into the database can have ballots sealed to a key of theirs. Where a
board keeps the seal key (`board`), only the public half lies here in the clear.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from pbvote.keys.files import destroy, make_folder, read_bytes, write_new
from pbvote.keys.installation import KEY_BYTES, Keys

LINK, SEAL, PUBLIC, BOARD = "link", "seal", "seal.pub", "seal.board"
EVERY = (LINK, SEAL, PUBLIC, BOARD)


def path_of(keys: Keys, poll_id: UUID, name: str) -> Path:
    """Where a key of a vote lies."""
    return keys.folder / "polls" / f"{poll_id}.{name}"


def make_link(keys: Keys, poll_id: UUID) -> None:
    """Make the link key unless it is there."""
    make_folder(keys.folder / "polls")
    if not path_of(keys, poll_id, LINK).exists():
        write_new(path_of(keys, poll_id, LINK), secrets.token_hex(KEY_BYTES))


def make_seal(keys: Keys, poll_id: UUID) -> None:
    """Make the seal key, kept by this host, unless there is one."""
    make_folder(keys.folder / "polls")
    private = path_of(keys, poll_id, SEAL)
    if not private.exists() and not path_of(keys, poll_id, PUBLIC).exists():
        write_new(private, X25519PrivateKey.generate().private_bytes_raw().hex())
    if private.exists() and not path_of(keys, poll_id, PUBLIC).exists():
        write_new(path_of(keys, poll_id, PUBLIC), seal_key(keys, poll_id).public_key().public_bytes_raw().hex())


def link_key(keys: Keys, poll_id: UUID) -> bytes:
    """The key that ties electors to slots. Raises SettingsError."""
    return read_bytes(path_of(keys, poll_id, LINK), KEY_BYTES)


def seal_key(keys: Keys, poll_id: UUID) -> X25519PrivateKey:
    """The key that opens the ballots, where this host keeps it. Raises SettingsError."""
    return X25519PrivateKey.from_private_bytes(read_bytes(path_of(keys, poll_id, SEAL), KEY_BYTES))


def public_seal_key(keys: Keys, poll_id: UUID) -> X25519PublicKey:
    """The key that ballots are sealed to. Raises SettingsError."""
    return X25519PublicKey.from_public_bytes(read_bytes(path_of(keys, poll_id, PUBLIC), KEY_BYTES))


def forget_seal(keys: Keys, poll_id: UUID) -> None:
    """Destroy the seal key of a vote that has not opened, whoever keeps it: nothing was sealed with it but trials."""
    for name in (SEAL, PUBLIC, BOARD):
        destroy(path_of(keys, poll_id, name))


def destroy_poll_keys(keys: Keys, poll_id: UUID) -> list[str]:
    """Destroy every secret of the vote; the names of those that were there. The public half stays."""
    return [name for name in (LINK, SEAL, BOARD) if destroy(path_of(keys, poll_id, name))]
