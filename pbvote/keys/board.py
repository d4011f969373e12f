"""A vote's seal key in the hands of a board: three people, any two of whom can open the box, and nobody alone.

The key is sealed three times, once for each pair: with ChaCha20-Poly1305 under a key that Argon2id (RFC 9106) makes of
both passphrases, in the order of the members. The file with the three copies is no secret by itself; it is printed as
the board's backup. Passphrases are chosen by their owners and never stored.
"""

from __future__ import annotations

import base64
import json
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar
from uuid import UUID

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from pbvote.errors import DomainError, InputIsWrong, Reason, SettingsError
from pbvote.keys.files import make_folder, read_bytes, read_text, write_new
from pbvote.keys.installation import KEY_BYTES, Keys
from pbvote.keys.polls import BOARD, PUBLIC, path_of

FORMAT = "pbvote board 1"
MEMBERS = 3
SHORTEST_PASSPHRASE = 12
SALT_BYTES, NONCE_BYTES = 16, 12
# RFC 9106, section 4, second recommendation: 64 MiB, three passes, four lanes.
MEMORY_KIB, PASSES, LANES = 65_536, 3, 4
_PARTS = ("salt", "nonce", "sealed")


@dataclass(frozen=True, slots=True)
class _Copies:
    """The file as it is read: the public key, and a sealed copy of the secret one for each pair."""

    public: bytes
    pairs: Sequence[Mapping[str, bytes]]


class WrongPassphrases(DomainError):
    """These two passphrases do not open the box."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "The passphrases do not fit"


def give_to_board(keys: Keys, poll_id: UUID, passphrases: Sequence[str]) -> str:
    """Make the vote's seal key and leave it to the board alone; the text of its printable backup.

    Raises InputIsWrong for passphrases that are too short or alike, SettingsError if the vote has a seal key.
    """
    plain = [plain_passphrase(passphrase) for passphrase in passphrases]
    _check(plain)
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    wraps = [_wrapped(poll_id, (first, second), plain, private) for first, second in combinations(range(MEMBERS), 2)]
    document = {"format": FORMAT, "poll": str(poll_id), "public": public.hex(), "pairs": wraps}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    make_folder(keys.folder / "polls")
    write_new(path_of(keys, poll_id, PUBLIC), public.hex())
    write_new(path_of(keys, poll_id, BOARD), text)
    return text


def unlock_seal_key(keys: Keys, poll_id: UUID, passphrases: Sequence[str]) -> X25519PrivateKey:
    """The seal key, by two passphrases in either order. Raises WrongPassphrases, or SettingsError without the file."""
    path = path_of(keys, poll_id, BOARD)
    copies = _read(read_text(path), poll_id) if path.exists() else None
    if copies is None:
        raise SettingsError(f"The key {path} is lost or damaged; bring it back with `pbvote keys restore-board`.")
    plain = [plain_passphrase(passphrase) for passphrase in passphrases]
    if len(plain) == 2:  # noqa: PLR2004  # two of the board
        for pair in copies.pairs:
            for two in (plain, plain[::-1]):
                opened = _unwrapped(poll_id, pair, two)
                if opened and opened.public_key() == X25519PublicKey.from_public_bytes(copies.public):
                    return opened
    raise WrongPassphrases("Two members of the board have to enter their passphrases; these two do not open the box.")


def restore_board(keys: Keys, poll_id: UUID, backup: str) -> None:
    """Put the copies of the seal key back from the text of the printed backup, lines and spaces as they may be.

    Raises SettingsError for a text that is damaged, of another vote or of another key, and where the file is there.
    """
    text = "".join(line.strip() for line in backup.splitlines())
    copies = _read(text, poll_id)
    if copies is None:
        raise SettingsError(f"This is no backup of the key of vote {poll_id}, or a part of it is missing or mistyped.")
    public = path_of(keys, poll_id, PUBLIC)
    if public.exists() and read_bytes(public, KEY_BYTES) != copies.public:
        raise SettingsError("This backup is of another key than the one that this vote's ballots are sealed to.")
    make_folder(keys.folder / "polls")
    if not public.exists():
        write_new(public, copies.public.hex())
    write_new(path_of(keys, poll_id, BOARD), text)


def _read(text: str, poll_id: UUID) -> _Copies | None:
    """The copies of a vote's key, or None for a text that is damaged or of another vote."""
    try:
        document = json.loads(text)
        pairs = [{name: base64.b64decode(pair[name]) for name in _PARTS} for pair in document["pairs"]]
        copies = _Copies(bytes.fromhex(document["public"]), pairs)
        intact = document["format"] == FORMAT and document["poll"] == str(poll_id) and len(copies.public) == KEY_BYTES
        intact &= all((len(pair["salt"]), len(pair["nonce"])) == (SALT_BYTES, NONCE_BYTES) for pair in pairs)
    except (ValueError, KeyError, TypeError):
        return None
    return copies if intact else None


def plain_passphrase(passphrase: str) -> str:
    """A passphrase however it was typed: spaces at the ends and doubled ones do not count."""
    return " ".join(unicodedata.normalize("NFC", passphrase).split())


def _check(passphrases: Sequence[str]) -> None:
    reasons = []
    if len(passphrases) != MEMBERS or len(set(passphrases)) != MEMBERS:
        detail = f"The board has {MEMBERS} members, each with a passphrase of their own."
        reasons.append(Reason("board_passphrases", detail, {"members": MEMBERS}, "passphrases"))
    if any(len(passphrase) < SHORTEST_PASSPHRASE for passphrase in passphrases):
        detail = f"A passphrase has at least {SHORTEST_PASSPHRASE} characters: four words that do not belong together."
        reasons.append(Reason("passphrase_too_short", detail, {"fewest": SHORTEST_PASSPHRASE}, "passphrases"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)


def _wrapped(
    poll_id: UUID, pair: tuple[int, int], passphrases: Sequence[str], private: X25519PrivateKey
) -> dict[str, object]:
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    key = _key([passphrases[member] for member in pair], salt)
    sealed = ChaCha20Poly1305(key).encrypt(nonce, private.private_bytes_raw(), poll_id.bytes)
    members = [member + 1 for member in pair]
    return {"members": members, "salt": _text(salt), "nonce": _text(nonce), "sealed": _text(sealed)}


def _unwrapped(poll_id: UUID, pair: Mapping[str, bytes], passphrases: Sequence[str]) -> X25519PrivateKey | None:
    salt, nonce, sealed = (pair[name] for name in _PARTS)
    try:
        opened = ChaCha20Poly1305(_key(passphrases, salt)).decrypt(nonce, sealed, poll_id.bytes)
    except InvalidTag:
        return None
    return X25519PrivateKey.from_private_bytes(opened)


def _key(passphrases: Sequence[str], salt: bytes) -> bytes:
    """Argon2id of both passphrases, with a byte between them that no text has."""
    secret = b"\xff".join(passphrase.encode() for passphrase in passphrases)
    return hash_secret_raw(secret, salt, PASSES, MEMORY_KIB, LANES, KEY_BYTES, Type.ID)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
