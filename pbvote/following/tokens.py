"""What the links in our mails carry: a random token once, to confirm; and one made from a follower's id, to stop.

The second is `base64url(id || HMAC-SHA256(pepper, label || id)[:16])`: it need not be stored, works as long as the
follower is there, and says nothing to anybody else.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from uuid import UUID

from pbvote.emails import email_key
from pbvote.keys import Keys

ID_BYTES = MAC_BYTES = 16
LABEL = b"follower's token\x00"


def follower_token(keys: Keys, follower_id: UUID) -> str:
    """The token of a follower: 43 symbols that an address can carry."""
    return urlsafe_b64encode(follower_id.bytes + _mac(keys, follower_id.bytes)).decode().rstrip("=")


def read_token(keys: Keys, token: str) -> UUID | None:
    """The follower whose token this is; None if it is nobody's."""
    try:
        content = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (Error, ValueError):
        return None
    id_, mac = content[:ID_BYTES], content[ID_BYTES:]
    good = len(content) == ID_BYTES + MAC_BYTES and hmac.compare_digest(mac, _mac(keys, id_))
    return UUID(bytes=id_) if good else None


def hash_token(token: str) -> bytes:
    """What is stored of a random token."""
    return hashlib.sha256(token.encode()).digest()


def hash_address(keys: Keys, email: str) -> bytes:
    """What finds the follower of an address: without the pepper nobody can try addresses."""
    return hmac.digest(keys.pepper, b"follower\x00" + email_key(email).encode(), hashlib.sha256)


def _mac(keys: Keys, id_: bytes) -> bytes:
    return hmac.digest(keys.pepper, LABEL + id_, hashlib.sha256)[:MAC_BYTES]
