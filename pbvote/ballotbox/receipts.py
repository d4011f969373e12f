"""Receipts: what a voter keeps. Twelve symbols to compare by eye, and the server's signed promise for a program.

promise = Ed25519 over "pbvote receipt 1" || 0x00 || poll, 16 bytes || commitment, 32 bytes || randomness, 33 bytes,
where randomness is 0x01 and the 32 bytes that the voter's browser drew, or 33 zero bytes if the server filled them in.
The promise has no time. It may be made with the key that signs the log's checkpoints: the text of a note cannot hold
the zero byte that follows the domain, so neither signature can pass for the other.

The receipt does not hold the server's part of the nonce: found by somebody before the result is published, it does not
help to try out what was voted.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pbvote.ballotbox import documents
from pbvote.ballotbox.canonical import receipt as symbols_of
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.notes import KeyType, SigningKey, VerifyKey
from pbvote.ballotbox.opening import Opening

FORMAT = "pbvote receipt 1"
NONE = "none, the server filled it in"
_DOMAIN = FORMAT.encode() + b"\x00"
_FIELDS = {
    "receipt": r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}",
    "poll": r"[0-9a-f-]{36}",
    "commitment": r"[0-9a-f]{64}",
    "randomness": rf"[0-9a-f]{{64}}|{NONE}",
    "key": r"[^\s+]+\+[0-9a-f]{8}",
    "promise": r"[0-9A-Za-z+/]{86}==",
}
_LONGEST = 4_096


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt. `key` names the signing key: its name, a plus sign and its id in hexadecimal digits.

    `browser_random` is None where the server filled in the browser's part.
    """

    poll: UUID
    commitment: bytes
    browser_random: bytes | None
    key: str
    promise: bytes

    @property
    def symbols(self) -> str:
        """Twelve symbols, for people."""
        return symbols_of(self.commitment)

    def fields(self) -> dict[str, str]:
        """All that a receipt says, as text."""
        return {
            "receipt": self.symbols,
            "poll": str(self.poll),
            "commitment": self.commitment.hex(),
            "randomness": NONE if self.browser_random is None else self.browser_random.hex(),
            "key": self.key,
            "promise": base64.b64encode(self.promise).decode(),
        }

    def text(self) -> str:
        """The receipt to print or to save: a line for its format, then a line for each field."""
        return f"{FORMAT}\n" + "".join(f"{name}: {value}\n" for name, value in self.fields().items())

    def json(self) -> bytes:
        """The receipt as a canonical JSON document."""
        return documents.encode({"format": FORMAT, **self.fields()})


def promise(key: SigningKey, poll: UUID, commitment: bytes, browser_random: bytes | None) -> Receipt:
    """The receipt of a ballot that is safely stored: the same bytes whenever it is asked for."""
    if key.type is not KeyType.NOTE:
        raise MalformedError(f"{key.name} is a witness' key and signs no receipts")
    signature = key.private.sign(_message(poll, commitment, browser_random))
    return Receipt(poll, commitment, browser_random, _name(key.verify_key), signature)


def read_receipt(data: bytes) -> Receipt:
    """A receipt in either form; line ends may have become those of Windows. Raises MalformedError."""
    if len(data) > _LONGEST:
        raise MalformedError("this is too long for a receipt")
    if data.startswith(b"{"):
        fields = documents.decode(data)
        if not isinstance(fields, dict) or fields.pop("format", None) != FORMAT:
            raise MalformedError(f"a receipt says that its format is {FORMAT!r}")
        receipt = _read_fields(fields)
        if receipt.json() != data:
            raise MalformedError("the receipt is not written in its one form")
        return receipt
    try:
        text = data.decode("ascii").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise MalformedError("a receipt is plain text, in English letters and digits") from None
    first, *lines = text.split("\n")
    if first != FORMAT:
        raise MalformedError(f"the first line of a receipt is {FORMAT!r}")
    receipt = _read_fields(dict(line.partition(": ")[::2] for line in lines if line))
    if receipt.text() != text:
        raise MalformedError("the receipt is not written in its one form")
    return receipt


def verify(receipt: Receipt, key: VerifyKey) -> None:
    """Raise NotAuthenticError unless this key promised the receipt."""
    message = _message(receipt.poll, receipt.commitment, receipt.browser_random)
    if receipt.key != _name(key) or not key.has_signed(message, receipt.promise):
        raise NotAuthenticError(f"the receipt {receipt.symbols} was not signed by {key.name}")


def is_in(receipt: Receipt, opening: Opening) -> bool:
    """Whether this is the receipt's ballot, made with the randomness of the voter's browser if it gave any."""
    return (receipt.poll, receipt.commitment) == (opening.poll, opening.commitment) and (
        receipt.browser_random in {None, opening.browser_random}
    )


def _read_fields(fields: Mapping[str, object]) -> Receipt:
    if fields.keys() != _FIELDS.keys():
        raise MalformedError(f"a receipt has these fields and no others: {', '.join(_FIELDS)}")
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    for name, pattern in _FIELDS.items():
        if not re.fullmatch(pattern, texts.get(name, "")):
            raise MalformedError(f"the receipt's {name} is not what it should look like")
    drawn = None if texts["randomness"] == NONE else bytes.fromhex(texts["randomness"])
    try:
        poll = UUID(texts["poll"])
    except ValueError:
        raise MalformedError("the receipt's poll is not what it should look like") from None
    signature = base64.b64decode(texts["promise"])
    return Receipt(poll, bytes.fromhex(texts["commitment"]), drawn, texts["key"], signature)


def _message(poll: UUID, commitment: bytes, browser_random: bytes | None) -> bytes:
    drawn = bytes(33) if browser_random is None else b"\x01" + browser_random
    message = _DOMAIN + poll.bytes + commitment + drawn
    if len(message) != len(_DOMAIN) + 16 + 32 + 33:
        raise MalformedError("a receipt is for a commitment of 32 bytes, with 32 bytes of randomness or none")
    return message


def _name(key: VerifyKey) -> str:
    return f"{key.name}+{key.id.hex()}"
