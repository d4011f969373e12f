"""Single changes of a whole bundle, anywhere: never is the result found right."""

from __future__ import annotations

import os
import random

from pbvote.ballotbox.archive import read_archive, write_archive
from pbvote.ballotbox.checking import Kept
from pbvote.verify import OK, verify
from tests.ballotbox.bundles import LOG_KEY
from tests.verify.test_verify import DATA

FILES = read_archive(DATA)
MUTATIONS = 50_000 if os.environ.get("PBVOTE_HYPOTHESIS") == "nightly" else 2_000


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A bit flipped, a byte left out, put in, or made another digit."""
    changed, place = bytearray(content), chance.randrange(len(content))
    kind = chance.randrange(4)
    if kind == 0:
        changed[place] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del changed[place]
    elif kind == 2:
        changed.insert(place, chance.randrange(256))
    else:
        changed[place] = chance.choice(b"0123456789abcdef")
    return bytes(changed)


def test_no_mutated_bundle_is_found_right() -> None:
    chance = random.Random(20260302)  # noqa: S311  # the same changes each time
    kept, names = Kept(pins=(LOG_KEY.verify_key,)), sorted(FILES)
    assert verify(write_archive(FILES), kept).code == OK
    for _ in range(MUTATIONS):
        name = chance.choice(names)
        content = mutated(FILES[name], chance)
        if content != FILES[name]:
            assert verify(write_archive({**FILES, name: content}), kept).code != OK, (name, content)
