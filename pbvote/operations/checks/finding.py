"""What a check looks at, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from pbvote.db import Database
from pbvote.settings import Settings

Level = Literal["good", "look", "wrong"]
GOOD: Level = "good"
LOOK: Level = "look"
WRONG: Level = "wrong"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: how it is, in a sentence, and what to do about it (empty where nothing is)."""

    name: str
    level: Level
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What the checks look at. Thorough ones read every log anew, and wait to see whether batches move."""

    database: Database
    settings: Settings
    thorough: bool
