"""Crockford's base 32: the symbols of voting codes and receipts, which people read aloud and type.

I, L, O and U are left out; when typed, I and L are read as 1 and O as 0 (crockford.com/base32.html).
"""

from __future__ import annotations

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP = 4
_READ_AS = str.maketrans("ILO", "110", " -\u2010\u2011\u2012\u2013\u2014\t\r\n")


def encode(number: int, length: int) -> str:
    """The number in `length` symbols, the most significant first; higher digits are cut off."""
    return "".join(SYMBOLS[(number >> 5 * place) & 31] for place in reversed(range(length)))


def decode(text: str) -> int:
    """The number that symbols stand for. Raises ValueError for anything else than symbols."""
    number = 0
    for symbol in text:
        number = number * 32 + SYMBOLS.index(symbol)
    return number


def tidy(text: str) -> str:
    """What was typed, in upper case, without spaces and hyphens, with look-alikes read as the symbol meant."""
    return text.upper().translate(_READ_AS)


def grouped(text: str) -> str:
    """Symbols in groups of four, as printed: `K7QF-2MXR-9CVW`."""
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))
