"""What an operator should know of an installation: each finding with what to do about it.

`pbvote doctor` prints the findings, and the operator's page shows them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["good", "look", "wrong"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: how it is, in a sentence, and what to do about it (empty where nothing is)."""

    name: str
    level: Level
    sentence: str
    remedy: str = ""
