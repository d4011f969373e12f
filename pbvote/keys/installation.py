"""The keys of the installation.

`pepper` turns a voting code into what the roll stores, `ticket` makes the server's part of a ballot's randomness, and
the signing key signs the ballot logs' checkpoints and the voters' receipts. Its public half is printed in the notice of
the vote. Whoever has only the database, its log or a backup can do none of these.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.notes import KeyType, SigningKey
from pbvote.errors import SettingsError
from pbvote.keys.files import make_folder, read_bytes, read_text, write_new

KEY_BYTES = 32
PEPPER, TICKET, SIGN = "pepper.key", "ticket.key", "sign.key"
NAMES = (PEPPER, TICKET, SIGN)
_PRIVATE = "PRIVATE+KEY+"  # as private keys of signed notes are written elsewhere, so that other tools read them


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The secrets, 32 random bytes each, and where those of single votes lie. Never printed: it has no repr."""

    folder: Path
    pepper: bytes
    ticket: bytes
    sign: SigningKey


def make_keys(folder: Path, name: str) -> Keys:
    """Make new keys, readable by their owner only. Raises SettingsError if there are any: they are never replaced.

    `name` is that of the signing key, such as `vote.example.org`: it stands in every checkpoint and receipt.
    """
    make_folder(folder)
    there = [file for file in NAMES if (folder / file).exists()]
    if len(there) == len(NAMES):
        raise SettingsError(f"There are already keys in {folder}; keys are never replaced.")
    if there:
        lacking = ", ".join(file for file in NAMES if file not in there)
        raise SettingsError(
            f"Of the keys in {folder} only {', '.join(there)} can be found; expected {lacking} from your copy too, or "
            "an empty folder for new keys."
        )
    for file in (PEPPER, TICKET):
        write_new(folder / file, secrets.token_hex(KEY_BYTES))
    write_new(folder / SIGN, _written(name, Ed25519PrivateKey.generate()))
    return read_keys(folder)


def read_keys(folder: Path) -> Keys:
    """Read the keys. Raises SettingsError, naming the file, if one is missing, damaged or open to others."""
    pepper, ticket = (read_bytes(folder / file, KEY_BYTES) for file in (PEPPER, TICKET))
    return Keys(folder, pepper, ticket, _signing_key(folder / SIGN))


def keys_exist(folder: Path) -> bool:
    """Whether any key is there."""
    return any((folder / file).exists() for file in NAMES)


def _written(name: str, private: Ed25519PrivateKey) -> str:
    key = SigningKey(name, KeyType.NOTE, private)
    content = base64.b64encode(bytes([KeyType.NOTE]) + private.private_bytes_raw()).decode()
    return f"{_PRIVATE}{name}+{key.verify_key.id.hex()}+{content}"


def _signing_key(path: Path) -> SigningKey:
    """The signing key. Raises SettingsError unless its id is that of its content."""
    text = read_text(path)
    name, _, rest = text.removeprefix(_PRIVATE).partition("+")
    try:
        content = base64.b64decode(rest.partition("+")[2], validate=True)
        private = Ed25519PrivateKey.from_private_bytes(content[1:])
        intact = _written(name, private) == text
    except (ValueError, MalformedError):
        intact = False
    if not intact:
        raise SettingsError(f"The key {path} is damaged; expected {_PRIVATE}NAME+ID+KEY on one line.")
    return SigningKey(name, KeyType.NOTE, private)
