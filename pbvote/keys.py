"""The installation's secrets: files outside the data directory and outside the database's backups.

`link` ties an elector to the slot of their ballot, `pepper` turns a voting code into what the roll stores, and `seal`
opens the ballots. Whoever has only the database, its log or a backup can do none of these.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pbvote.errors import SettingsError

KEY_BYTES = 32
NAMES = ("link", "pepper", "seal")
_SEAL = b"pbvote poll seal key 1\x00"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The secrets, 32 random bytes each. Never printed: the class has no repr of its content."""

    link: bytes
    pepper: bytes
    seal: bytes


def make_keys(folder: Path) -> Keys:
    """Make new keys, readable by their owner only. Raises SettingsError if there are any: they are never replaced."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for name in NAMES:
        try:
            file = os.open(folder / f"{name}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise SettingsError(
                f"There is already a key at {folder / f'{name}.key'}; keys are never replaced."
            ) from None
        with os.fdopen(file, "w") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    return read_keys(folder)


def read_keys(folder: Path) -> Keys:
    """Read the keys. Raises SettingsError, naming the file, if one is missing, damaged or open to others."""
    return Keys(**{name: _read(folder / f"{name}.key") for name in NAMES})


def keys_exist(folder: Path) -> bool:
    """Whether any key is there."""
    return any((folder / f"{name}.key").exists() for name in NAMES)


def seal_key(keys: Keys, poll_id: UUID) -> X25519PrivateKey:
    """The key that opens a poll's ballots: HKDF-SHA256 of the seal key, so that no poll's key opens another's."""
    derived = HKDF(SHA256(), length=KEY_BYTES, salt=None, info=_SEAL + poll_id.bytes).derive(keys.seal)
    return X25519PrivateKey.from_private_bytes(derived)


def _read(path: Path) -> bytes:
    try:
        text, mode = path.read_text(encoding="ascii").strip(), path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The key {path} cannot be read ({error}); make keys with `pbvote keys init`.") from None
    if mode & 0o077:
        raise SettingsError(f"The key {path} can be read by others (mode {mode & 0o777:o}); expected mode 600.")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"The key {path} is damaged; expected {2 * KEY_BYTES} hexadecimal digits.")
    return key
