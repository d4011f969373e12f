"""What a check found, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence for people, and whether what it says is right or wrong.

    `note` marks what is not wrong and not checked either: something that only the reader can find out.
    """

    right: bool
    sentence: str
    note: bool = False


def verdict(wrong: Sequence[str], right: str, summary: str) -> Finding:
    """The right sentence if nothing is wrong, else the summary with the first examples."""
    if not wrong:
        return Finding(True, right)
    more = f"; and {len(wrong) - MOST_EXAMPLES} more" if len(wrong) > MOST_EXAMPLES else ""
    return Finding(False, f"{summary}: {'; '.join(wrong[:MOST_EXAMPLES])}{more}.")
