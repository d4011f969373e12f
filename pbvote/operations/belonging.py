"""Do the keys here belong to a backup? It holds none of them, but a check value of each.

The value is the first eight bytes of HMAC-SHA256 under the key itself. Keys are 32 random bytes, so it tells nothing of
them; that two keys share one by chance is as good as impossible.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from pbvote.errors import SettingsError
from pbvote.keys.files import read_text
from pbvote.keys.installation import NAMES
from pbvote.keys.polls import EVERY

LABEL = b"pbvote check value of a key, version 1: "
VALUE_BYTES = 8


def check_values(folder: Path, polls: Iterable[str]) -> dict[str, str]:
    """The check value of every key that can be read here, of the installation and of these polls, by its name."""
    found = {}
    for name in [*NAMES, *(f"polls/{poll}.{kind}" for poll in polls for kind in EVERY)]:
        with suppress(OSError):  # a backup may be made by somebody who may not read keys
            found[name] = _value(name, (folder / name).read_text(encoding="ascii").strip())
    return found


def strangers(folder: Path, expected: Mapping[str, str]) -> list[str]:
    """What is wrong with the keys here, as sentences, for a database whose keys had these check values."""
    found = []
    for name, value in sorted(expected.items()):
        if not (folder / name).exists():
            found.append(f"The key {name} is not in {folder}; expected the one from your copy of the keys.")
            continue
        try:
            if not hmac.compare_digest(_value(name, read_text(folder / name)), value):
                found.append(f"The key {folder / name} is not the one that belongs to this backup.")
        except SettingsError as error:
            found.append(str(error))
    return found


def _value(name: str, key: str) -> str:
    return hmac.digest(key.encode(), LABEL + name.encode(), hashlib.sha256)[:VALUE_BYTES].hex()
