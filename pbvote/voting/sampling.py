"""Which of those who are marked as having voted are asked whether they did: how many, and who. Pure.

If a share of the marks is false, a sample of so many finds at least one false mark with a chance of 95 %: the fewest
for which (1 - share)^size is at most 5 %. Public dice draw the sample, so nobody could know it while marks were made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID

# By the share of false marks, in per cent, that would be found.
SIZES = {5: 59, 2: 149, 1: 299}


def sample_size(percent: int, marked: int) -> int:
    """How many are asked: those of SIZES, or all where fewer are marked."""
    return min(SIZES[percent], marked)


def drawn(digits: str, electors: Iterable[UUID], size: int) -> list[UUID]:
    """The sample in the order of its lots: SHA-256(digits || 0x00 || the elector's id, 16 bytes), the lowest first."""
    lots = {elector: hashlib.sha256(digits.encode() + b"\x00" + elector.bytes).digest() for elector in electors}
    return sorted(lots, key=lots.__getitem__)[:size]
