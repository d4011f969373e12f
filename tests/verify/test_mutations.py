"""Single changes of a whole bundle, anywhere: never is the result found right."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from pbvote.ballotbox.archive import read_archive, write_archive
from pbvote.ballotbox.checking import Kept
from pbvote.ballotbox.findings import Finding
from pbvote.verify import OK, WRONG, verify
from tests.ballotbox.bundles import LOG_KEY, WITNESS
from tests.verify.test_verify import DATA

FILES = read_archive(DATA)
KEPT = Kept(pins=(LOG_KEY.verify_key,))
WITNESSED = f"\N{EM DASH} {WITNESS.name} ".encode()
# That a witness' signature was left out cannot be seen, unless its key is asked for: docs/bundle-format.md, section 7.
CHECKPOINTS = FILES["checkpoints.txt"].splitlines(keepends=True)
WITHOUT_A_WITNESS = {
    write_archive({**FILES, "checkpoints.txt": b"".join(CHECKPOINTS[:number] + CHECKPOINTS[number + 1 :])})
    for number, line in enumerate(CHECKPOINTS)
    if line.startswith(WITNESSED)
}
MUTATIONS = 50_000 if os.environ.get("PBVOTE_HYPOTHESIS") == "nightly" else 2_000


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A bit flipped; a byte left out, put in, or another digit; two neighbours swapped; a line left out or twice."""
    changed, place = bytearray(content), chance.randrange(len(content))
    match chance.randrange(7):
        case 0:
            changed[place] ^= 1 << chance.randrange(8)
        case 1:
            del changed[place]
        case 2:
            changed.insert(place, chance.randrange(256))
        case 3:
            changed[place] = chance.choice(b"0123456789abcdef")
        case 4:
            changed[place : place + 2] = changed[place : place + 2][::-1]
        case kind:
            lines = content.splitlines(keepends=True)
            number = chance.randrange(len(lines))
            changed = bytearray(b"".join([*lines[:number], lines[number] * 2 * (kind - 5), *lines[number + 1 :]]))
    return bytes(changed)


def mutants(count: int) -> Iterator[tuple[str, bytes]]:
    """Bundles with one change: nine in ten in one of the files, one in ten in the zip file itself."""
    chance, names = random.Random(20260302), sorted(FILES)  # noqa: S311  # the same changes each time
    for number in range(count):
        name = chance.choice(names)
        content = mutated(FILES[name], chance)
        if number % 10 == 0:
            yield "zip", mutated(DATA, chance)
        elif content != FILES[name]:
            yield name, write_archive({**FILES, name: content})


def passed(count: int) -> list[tuple[str, bytes]]:
    """The changed bundles that are found right."""
    return [
        (name, data)
        for name, data in mutants(count)
        if data not in WITHOUT_A_WITNESS and data != DATA and verify(data, KEPT).code == OK
    ]


def test_no_mutated_bundle_is_found_right() -> None:
    assert verify(write_archive(FILES), KEPT).code == OK
    assert len({name for name, _ in mutants(500)}) == len(FILES) + 1
    assert passed(MUTATIONS) == []


def test_a_witness_signature_that_was_left_out_is_missed_by_whoever_asks_for_it() -> None:
    witness = Kept(pins=(WITNESS.verify_key,))
    assert len(WITHOUT_A_WITNESS) == 3
    assert {verify(data, KEPT).code for data in WITHOUT_A_WITNESS} == {OK}
    assert sorted(verify(data, witness).code for data in WITHOUT_A_WITNESS) == [OK, OK, WRONG]  # that of the close


def test_without_the_hashes_some_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> Iterator[Finding]:
        yield from ()

    monkeypatch.setattr("pbvote.ballotbox.checking._files", nothing)
    assert {name for name, _ in passed(500)} >= {"approvals.json"}
