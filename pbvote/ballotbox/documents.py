r"""Documents: JSON in one encoding only, so that a document has one hash.

The encoding is RFC 8785 (JSON Canonicalization Scheme) without fractions: UTF-8; no spaces; the keys of an object in
the order of their UTF-16 code units, each once; in strings only `"`, `\` and control characters are escaped, with the
short forms where JSON has one and else `\u00xx` in lower case; integers from -(2**53 - 1) to 2**53 - 1, and no other
numbers; no lone surrogates. `JSON.stringify` writes texts and
numbers like that, but has its own order for keys that look like integers.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeAlias

Document: TypeAlias = Any  # None, bool, int, str, lists and dicts of these; JSON's type cannot be said in full
LARGEST = 2**53 - 1
DEEPEST = 32


class MalformedError(ValueError):
    """Something cannot be read; the message says where, and what is wrong."""


class NotAuthenticError(ValueError):
    """Something can be read and is not what it claims to be: a signature, a proof or a hash is wrong."""


def encode(document: Document) -> bytes:
    """The one encoding of a document. Raises MalformedError if it has none."""
    try:
        return json.dumps(_ordered(document, 0), ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise MalformedError("a text holds half of a character (a lone surrogate)") from None


def decode(data: bytes) -> Document:
    """The document that these bytes encode. Raises MalformedError unless they are its one encoding."""
    try:
        document = json.loads(data.decode(), parse_float=_no_fraction, parse_constant=_no_fraction)
    except UnicodeDecodeError as error:
        raise MalformedError(f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise MalformedError("nested too deeply") from None
    except MalformedError:
        raise
    except ValueError as error:  # json.JSONDecodeError, or an integer with thousands of digits
        raise MalformedError(f"not JSON: {str(error)[:200]}") from None
    again = encode(document)
    if again != data:
        shared = min(len(data), len(again))
        place = next((byte for byte in range(shared) if data[byte] != again[byte]), shared)
        raise MalformedError(f"not in the one canonical form from byte {place} on")
    return document


def _ordered(value: Document, depth: int) -> Document:
    """The value with all keys in order, after checking that it can be encoded."""
    if depth > DEEPEST:
        raise MalformedError("nested too deeply")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise MalformedError("every key is a text")
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _ordered(value[key], depth + 1) for key in keys}
    if isinstance(value, list | tuple):
        return [_ordered(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | str):
        return value
    if not isinstance(value, int) or not -LARGEST <= value <= LARGEST:
        raise MalformedError(f"{str(value)[:60]} is not an integer of at most 53 bits")
    return value


def _no_fraction(text: str) -> NoReturn:
    raise MalformedError(f"{text[:60]} is not an integer")
