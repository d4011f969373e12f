"""A witness' own key, in a file of one line, written as Go's `note` package writes private keys.

It is `PRIVATE+KEY+name+id+base64(0x04 || seed)`, where the id is that of the public key.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.notes import KeyType, SigningKey

PREFIX = "PRIVATE+KEY+"
SEED_BYTES = 32


def new_key(name: str) -> SigningKey:
    """A new key. Raises MalformedError for a name with spaces or a plus sign."""
    key = SigningKey(name, KeyType.COSIGNATURE, Ed25519PrivateKey.generate())
    _ = key.verify_key  # which refuses such a name
    return key


def write_key(key: SigningKey, file: Path) -> None:
    """Write the key into a new file that only its owner may read. Raises FileExistsError."""
    content = bytes([key.type]) + key.private.private_bytes_raw()
    line = f"{PREFIX}{key.name}+{key.verify_key.id.hex()}+{base64.b64encode(content).decode()}\n"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as opened:
        opened.write(line)


def read_key_file(file: Path) -> SigningKey:
    """The key in a file. Raises MalformedError, which says nothing of the key."""
    line = file.read_text(encoding="utf-8", errors="replace").strip()
    name, _, rest = line.removeprefix(PREFIX).partition("+")
    id_, _, encoded = rest.partition("+")
    try:
        content = base64.b64decode(encoded, validate=True)
    except ValueError:
        content = b""
    if not line.startswith(PREFIX) or len(content) != 1 + SEED_BYTES or content[0] != KeyType.COSIGNATURE:
        raise MalformedError(f"{file} is not the key of a witness")
    key = SigningKey(name, KeyType.COSIGNATURE, Ed25519PrivateKey.from_private_bytes(content[1:]))
    if key.verify_key.id.hex() != id_:
        raise MalformedError(f"{file} was changed: the id in it is not that of the key")
    return key
