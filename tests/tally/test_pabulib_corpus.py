"""The inputs that the fuzzer (bench/fuzz_pabulib.py) came to: whatever holds for every input holds for them."""

from pathlib import Path

import pytest

from tests.tally.pabulib_invariants import hold_for, read

CORPUS = sorted((Path(__file__).parent / "data" / "corpus").iterdir())


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_invariants_hold(path: Path) -> None:
    hold_for(path.read_bytes())


def test_the_corpus_is_small_and_has_both_sense_and_nonsense() -> None:
    assert len(CORPUS) <= 300
    assert sum(path.stat().st_size for path in CORPUS) < 300_000
    strict = [isinstance(read(path.read_bytes()), str) for path in CORPUS]
    lenient = [isinstance(read(path.read_bytes(), lenient=True), str) for path in CORPUS]
    assert 0 < sum(lenient) < sum(strict) < len(CORPUS)
